import type { Mutant } from '../mutation.ts'
import { CLIENT_SCHEMA, HUMAN_CONTACT } from './sources.ts'

const CALL_KINDS = 'protocol/src/call-kinds.ts'

export const formMutants: readonly Mutant[] = [
  {
    id: 'data-loses-large-integers',
    requirement: 'human-contact.data-recorded',
    title: 'Data is read into JavaScript values and written again.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'return { response, response_option_name, response_data }',
        replace:
          'return { response, response_option_name, response_data: response_data ? (JSON.parse(response_data.text) as never) : null }',
      },
    ],
    roots: ['opaque.values-kept'],
  },
  {
    id: 'falsy-data-is-dropped',
    requirement: 'human-contact.data-recorded',
    title: 'Data that is 0, false or the empty string is shown as null.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'return { response, response_option_name, response_data }',
        replace:
          'return { response, response_option_name, response_data: response_data && JSON.parse(response_data.text) ? response_data : null }',
      },
    ],
  },
  {
    id: 'data-is-optional',
    requirement: 'human-contact.data-required',
    title: 'A text is enough where data is asked for.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'if (call.spec.response_schema && response.response_data === undefined)',
        replace:
          'if (call.spec.response_schema && response.response_data === undefined && !response.response)',
      },
    ],
  },
  {
    id: 'option-replaces-data',
    requirement: 'human-contact.data-required',
    title: 'An option is enough where data is asked for.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'if (call.spec.response_schema && response.response_data === undefined)',
        replace: 'if (call.spec.response_schema && response.response_data === undefined && !option)',
      },
    ],
  },
  {
    id: 'missing-data-is-an-invalid-request',
    requirement: 'human-contact.data-required',
    title: 'An answer without data is refused as invalid_request.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "refuse('schema_mismatch', 'The contact asks for data.'",
        replace: "refuse('invalid_request', 'The contact asks for data.'",
      },
    ],
  },
  {
    id: 'data-is-not-checked',
    requirement: 'human-contact.data-schema',
    title: 'Data is never held against response_schema.',
    patches: [
      {
        file: CALL_KINDS,
        find: 'faultsOfData(response_schema, response_data,',
        replace: 'faultsOfData(undefined, response_data,',
      },
    ],
  },
  {
    id: 'data-faults-point-elsewhere',
    requirement: 'human-contact.data-schema',
    title: 'The places of a schema mismatch lead into the data and not into the body.',
    patches: [{ file: CALL_KINDS, find: "response_data, '/response_data')", replace: "response_data, '')" }],
    roots: ['error.places'],
  },
  {
    id: 'data-with-text-is-not-checked',
    requirement: 'human-contact.data-schema',
    title: 'Data that comes with a text is not checked.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '    if (act.schema_faults.length > 0)\n',
        replace: '    if (act.schema_faults.length > 0 && response.response === undefined)\n',
      },
    ],
  },
  {
    id: 'unasked-data-is-refused',
    requirement: 'human-contact.data-unasked',
    title: 'Data is refused where none was asked for.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '    if (act.schema_faults.length > 0)\n',
        replace:
          "    if (!call.spec.response_schema && response.response_data)\n      return refuse('schema_mismatch', 'No data was asked for.', [{ pointer: '/response_data', detail: 'Unasked.' }])\n    if (act.schema_faults.length > 0)\n",
      },
    ],
    roots: ['human-contact.data-alone', 'human-contact.data-recorded'],
  },
  {
    id: 'unasked-data-has-to-be-an-object',
    requirement: 'human-contact.data-unasked',
    title: 'Data that nobody asked for is refused unless it is an object.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '    if (act.schema_faults.length > 0)\n',
        replace:
          "    if (!call.spec.response_schema && response.response_data?.text.startsWith('{') === false)\n      return refuse('schema_mismatch', 'An object is needed.', [{ pointer: '/response_data', detail: 'No object.' }])\n    if (act.schema_faults.length > 0)\n",
      },
    ],
    roots: ['human-contact.data-alone'],
  },
  {
    id: 'data-alone-becomes-text',
    requirement: 'human-contact.data-alone',
    title: 'The response of an answer that is data alone is its JSON text.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'response: response.response ?? (option ? optionText(option) : null),',
        replace:
          'response: response.response ?? (option ? optionText(option) : (response.response_data?.text.slice(0, 99) ?? null)),',
      },
    ],
  },
  {
    id: 'data-alone-has-an-empty-text',
    requirement: 'human-contact.data-alone',
    title: 'The response of an answer that is data alone is the empty string.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'return { response, response_option_name, response_data }',
        replace: "return { response: response ?? '', response_option_name, response_data }",
      },
    ],
  },

  // One for each keyword, as validators get them wrong.
  ...(
    [
      [
        'integers-have-no-point',
        "type === 'integer') return value instanceof RawJson || Number.isInteger(value)",
        "type === 'integer') return value instanceof RawJson || (Number.isInteger(value) && value !== 100)",
      ],
      [
        'large-integers-are-objects',
        "type === 'object') return isObject(value)",
        "type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)",
      ],
      [
        'null-is-an-object',
        "type === 'null') return value === null",
        "type === 'null') return value === null || (isObject(value) && Object.keys(value).length === 0)",
      ],
      [
        'arrays-are-objects',
        "type === 'object') return isObject(value)",
        "type === 'object') return isObject(value) || Array.isArray(value)",
      ],
      [
        'first-type-counts',
        'if (!types.some((type) => isOfType(type, value)))',
        'if (!isOfType(types[0]!, value))',
      ],
      [
        'null-properties-are-not-checked',
        'if (Object.hasOwn(named, name)) match(named[name], value[name], [...trail, name], work)',
        'if (Object.hasOwn(named, name) && value[name] !== null) match(named[name], value[name], [...trail, name], work)',
      ],
      [
        'null-counts-as-missing',
        "if (!Object.hasOwn(value, name)) report(work, [...trail, name], 'Expected this member.')",
        "if (!Object.hasOwn(value, name) || value[name] === null) report(work, [...trail, name], 'Expected this member.')",
      ],
      [
        'inherited-members-count',
        "if (!Object.hasOwn(value, name)) report(work, [...trail, name], 'Expected this member.')",
        "if (!(name in value)) report(work, [...trail, name], 'Expected this member.')",
      ],
      [
        'inherited-names-are-properties',
        'if (!Object.hasOwn(named, name)) match(expected,',
        'if (!(name in named)) match(expected,',
      ],
      [
        'additional-schemas-are-booleans',
        'if (!Object.hasOwn(named, name)) match(expected, value[name]',
        'if (!Object.hasOwn(named, name)) match(expected !== false, value[name]',
      ],
      [
        'first-item-is-checked',
        'for (const [index, item] of value.entries()) match(expected, item, [...trail, index], work)',
        'for (const [index, item] of value.slice(0, 1).entries()) match(expected, item, [...trail, index], work)',
      ],
      [
        'enum-compares-texts',
        'some((allowed) => isEqual(allowed, value, work))',
        'some((allowed) => (spend(work), JSON.stringify(allowed) === JSON.stringify(value)))',
      ],
      [
        'enum-compares-loosely',
        'some((allowed) => isEqual(allowed, value, work))',
        "some((allowed) => isEqual(allowed, value, work) || (typeof allowed !== 'object' && allowed == value))",
      ],
      [
        'const-null-is-no-constraint',
        'if (!isEqual(expected, value, work)) report',
        'if (expected !== null && !isEqual(expected, value, work)) report',
      ],
      [
        'const-false-is-no-constraint',
        'if (!isEqual(expected, value, work)) report',
        'if (expected && !isEqual(expected, value, work)) report',
      ],
      [
        'all-of-stops-at-the-first',
        'for (const child of expected as unknown[]) match(child, value, trail, work)',
        'match((expected as unknown[])[0], value, trail, work)',
      ],
      [
        'any-of-is-one-of',
        'if (matching(expected as unknown[], value, work) === 0)',
        'if (matching(expected as unknown[], value, work) !== 1)',
      ],
      [
        'one-of-is-any-of',
        'if (matching(expected as unknown[], value, work) !== 1)',
        'if (matching(expected as unknown[], value, work) === 0)',
      ],
      ['code-units-are-counted', 'return Array.from(value).length', 'return value.length'],
      ['bytes-are-counted', 'return Array.from(value).length', 'return utf8Bytes(value)'],
      [
        'minimum-is-exclusive',
        'if (isNumber(value) && compare(value, expected, work) < 0)',
        'if (isNumber(value) && compare(value, expected, work) <= 0)',
      ],
      [
        'exclusive-maximum-is-inclusive',
        'if (isNumber(value) && compare(value, expected, work) >= 0)',
        'if (isNumber(value) && compare(value, expected, work) > 0)',
      ],
      [
        'zero-is-no-maximum',
        'if (isNumber(value) && compare(value, expected, work) > 0)',
        'if (expected !== 0 && isNumber(value) && compare(value, expected, work) > 0)',
      ],
      [
        'bounds-are-doubles',
        "if (typeof one === 'number' && typeof other === 'number') return one - other",
        'if (Number.isFinite(work.steps)) return Number(one instanceof RawJson ? one.text : one) - Number(other instanceof RawJson ? other.text : other)',
      ],
      [
        'text-is-counted-as-items',
        'const itemCount = (value: unknown) => (Array.isArray(value) ? value.length : undefined)',
        "const itemCount = (value: unknown) => (Array.isArray(value) || typeof value === 'string' ? value.length : undefined)",
      ],
      [
        'keywords-after-any-of-are-ignored',
        'if (Object.hasOwn(checks, keyword)) checks[keyword]!(expected, value, schema as Schema, trail, work)',
        "if (Object.hasOwn(checks, keyword)) checks[keyword]!(expected, value, schema as Schema, trail, work)\n    if (keyword === 'anyOf') break",
      ],
      [
        'first-fault-names-the-whole',
        'work.faults.push({ pointer: pointerOf(trail), detail })',
        "work.faults.push({ pointer: pointerOf(trail.slice(0, 1).map(() => 'value')), detail })",
      ],
    ] as const
  ).map(([id, find, replace]): Mutant => ({
    id,
    requirement: 'human-contact.data-schema',
    title: `In schemas of clients: ${id.replaceAll('-', ' ')}.`,
    patches: [{ file: CLIENT_SCHEMA, find, replace }],
    roots: ['function-call.edit-schema'],
  })),
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'].map(
    (keyword): Mutant => ({
      id: `${keyword.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}-is-not-checked`,
      requirement: 'human-contact.data-schema',
      title: `The keyword ${keyword} is accepted and never checked.`,
      patches: [
        {
          file: CLIENT_SCHEMA,
          find: `  ${keyword}: (expected, value, _schema`,
          replace: `  'no ${keyword}': (expected, value, _schema`,
        },
      ],
      roots: ['function-call.edit-schema'],
    }),
  ),

  {
    id: 'unknown-keywords-are-ignored',
    requirement: 'schema.keywords',
    title: 'A keyword that is not known is ignored.',
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: '} else fault(`The keyword "${keyword}" is not one that clients may use.`, keyword)',
        replace: '} else continue',
      },
    ],
  },
  ...['$ref', '$defs', 'not', 'uniqueItems', 'multipleOf', 'x-order'].map((keyword): Mutant => ({
    id: `keyword-${keyword.replace('$', '').replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}-is-ignored`,
    requirement: 'schema.keywords',
    title: `The keyword ${keyword} is taken for an annotation.`,
    patches: [{ file: CLIENT_SCHEMA, find: "  'title',\n", replace: `  'title',\n  '${keyword}',\n` }],
  })),
  ...(
    [
      [
        'alternatives-are-not-inspected',
        'for (const [index, child] of expected.entries()) into(child, keyword, index)',
        'for (const [index, child] of expected.slice(1).entries()) into(child, keyword, index + 1)',
      ],
      [
        'additional-properties-are-not-inspected',
        "else if (keyword === 'additionalProperties' || keyword === 'items') into(expected, keyword)",
        "else if (keyword === 'additionalProperties' || keyword === 'items') keyword === 'items' && into(expected, keyword)",
      ],
      [
        'keyword-faults-name-no-place',
        'faults.push({ pointer: pointerOf([...trail, ...steps]), detail })',
        "faults.push({ pointer: '/items/0/properties', detail })",
      ],
      ['deprecated-is-refused', "  'deprecated',\n", ''],
      ['comments-are-refused', "  '$comment',\n", ''],
      [
        'properties-may-not-be-called-like-keywords',
        'if (isObject(expected)) for (const [name, child] of Object.entries(expected)) into(child, keyword, name)',
        "if (isObject(expected)) for (const [name, child] of Object.entries(expected)) name === 'not' ? fault('no', name) : into(child, keyword, name)",
      ],
      [
        'boolean-schemas-are-refused',
        "if (typeof schema === 'boolean') return\n",
        'if (schema === true) return\n',
      ],
    ] as const
  ).map(([id, find, replace]): Mutant => ({
    id,
    requirement: 'schema.keywords',
    title: `When a schema of a client comes: ${id.replaceAll('-', ' ')}.`,
    patches: [{ file: CLIENT_SCHEMA, find, replace }],
  })),

  {
    id: 'patterns-are-checked',
    requirement: 'schema.annotations-not-checked',
    title: 'A text has to match the pattern.',
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: '  minLength: (expected, value, _schema',
        replace:
          "  pattern(expected, value, _schema, trail, work) {\n    if (typeof value === 'string' && !new RegExp(String(expected).replace(/^\\($/, '')).test(value)) report(work, trail, 'Expected a match.')\n  },\n  minLength: (expected, value, _schema",
      },
    ],
  },
  {
    id: 'broken-patterns-are-refused',
    requirement: 'schema.annotations-not-checked',
    title: 'The server fails on a pattern that is no regular expression when data comes.',
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: '  minLength: (expected, value, _schema',
        replace:
          "  pattern(expected, value, _schema, trail, work) {\n    if (typeof value === 'string' && expected === '(') report(work, trail, 'No such pattern.')\n  },\n  minLength: (expected, value, _schema",
      },
    ],
  },
  ...['email', 'date-time', 'uuid', 'ipv4', 'relative-json-pointer'].map((format): Mutant => ({
    id: `format-${format}-is-checked`,
    requirement: 'schema.annotations-not-checked',
    title: `A text has to be in the format ${format}.`,
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: '  minLength: (expected, value, _schema',
        replace: `  format(expected, value, _schema, trail, work) {\n    if (expected === '${format}' && typeof value === 'string' && value.includes('(')) report(work, trail, 'Expected ${format}.')\n  },\n  minLength: (expected, value, _schema`,
      },
    ],
  })),

  {
    id: 'schemas-may-be-a-byte-too-large',
    requirement: 'schema.limits',
    title: 'A schema may have one byte more than the limit.',
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: 'if (utf8Bytes(schema.text) > limits.schema_bytes)',
        replace: 'if (utf8Bytes(schema.text) > limits.schema_bytes + 1)',
      },
    ],
  },
  {
    id: 'schemas-are-measured-in-characters',
    requirement: 'schema.limits',
    title: 'The size of a schema is counted in characters.',
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: 'if (utf8Bytes(schema.text) > limits.schema_bytes)',
        replace: 'if (schema.text.length > limits.schema_bytes)',
      },
    ],
  },
  {
    id: 'schemas-may-nest-a-level-too-deep',
    requirement: 'schema.limits',
    title: 'A schema may nest one level deeper than the limit.',
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: 'if (depth > limits.schema_depth)',
        replace: 'if (depth > limits.schema_depth + 1)',
      },
    ],
  },
  {
    id: 'schemas-may-not-be-as-deep-as-claimed',
    requirement: 'schema.limits',
    title: 'A schema that nests as deep as the limit is refused.',
    patches: [
      {
        file: CLIENT_SCHEMA,
        find: 'if (depth > limits.schema_depth)',
        replace: 'if (depth >= limits.schema_depth)',
      },
    ],
  },
  {
    id: 'schema-checks-have-no-bound',
    requirement: 'schema.bounded',
    title: 'To hold data against a schema takes as long as it takes.',
    patches: [
      { file: CLIENT_SCHEMA, find: 'const MOST_STEPS = 200_000', replace: 'const MOST_STEPS = Infinity' },
    ],
  },
  {
    id: 'alternatives-cost-nothing',
    requirement: 'schema.bounded',
    title: 'The steps spent on alternatives are forgotten.',
    patches: [{ file: CLIENT_SCHEMA, find: '    work.steps = trial.steps\n', replace: '' }],
  },
]
