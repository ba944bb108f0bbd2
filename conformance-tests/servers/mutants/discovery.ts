import type { Mutant } from '../mutation.ts'

const CREATION = 'protocol/src/transitions/creation.ts'
const FEATURES = 'protocol/src/features.ts'
const FACTS = 'reference-server/src/http/server-facts.ts'
const CAPABILITIES = 'reference-server/src/capabilities.ts'
const MAIN = 'reference-server/src/main.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'

const DISCOVERY = 'discovery: async () => ({ status: 200, body: discovery }),'
const CLAIMED_FEATURES =
  "features: ['edit', 'forms', 'expiry', 'exclude_responder_ids', 'requires_person', 'runs', 'usage'],"
const ASKS_NOTHING = '![undefined, false].includes(valueAt(request, pointer) as undefined)'
const REQUIRED = `    if (!capabilities.features.includes(name))
      faults.push({
        pointer: \`/spec/requires/\${index}\`,`

/** The features of the table that the reference server does not claim: each could be forgotten. */
const forgotten: readonly Mutant[] = [
  ['redact', '/spec/redact'],
  ['minimum_assurance', '/spec/minimum_assurance'],
  ['risk', '/spec/risk'],
  ['locale', '/spec/locale'],
].map(([feature, pointer]) => ({
  id: `${feature!.replaceAll('_', '-')}-is-ignored`,
  requirement: 'feature.unclaimed-refused',
  title: `The member ${pointer} is ignored, though nothing acts on it.`,
  patches: [{ file: FEATURES, find: `['${pointer}']`, replace: '[]' }],
}))

export const discoveryMutants: readonly Mutant[] = [
  {
    id: 'runs-is-ignored',
    requirement: 'feature.unclaimed-refused',
    title: 'A server without the feature runs ignores the parent of a run.',
    patches: [
      { file: CAPABILITIES, find: CLAIMED_FEATURES, replace: "features: ['edit', 'forms', 'expiry']," },
      { file: FEATURES, find: "['/parent_run_id']", replace: '[]' },
      { file: 'protocol/src/operations.ts', find: '  ...runOperations(),\n', replace: '' },
    ],
  },
  {
    id: 'discovery-names-no-version',
    requirement: 'discovery.served',
    title: 'The discovery document has an empty list of versions.',
    patches: [
      {
        file: FACTS,
        find: DISCOVERY,
        replace: DISCOVERY.replace('body: discovery', 'body: { ...discovery, versions: [] }'),
      },
    ],
    roots: ['http.answer-shape'],
  },
  {
    id: 'discovery-names-no-channel-kind',
    requirement: 'discovery.served',
    title: 'The discovery document names no channel kind.',
    patches: [
      {
        file: FACTS,
        find: DISCOVERY,
        replace: DISCOVERY.replace('body: discovery', 'body: { ...discovery, channel_kinds: [] }'),
      },
    ],
    roots: ['channel.default'],
  },
  {
    id: 'discovery-tells-a-key-more',
    requirement: 'discovery.served',
    title: 'The discovery document is refused to whoever sends a key.',
    patches: [
      {
        file: 'reference-server/src/http/authenticate.ts',
        find: "if (scopes === 'none') return NOBODY",
        replace: `if (scopes === 'none') {
    if (authorization.length > 0) throw unauthenticated('No key is needed here.')
    return NOBODY
  }`,
      },
    ],
    roots: ['http.health'],
  },
  {
    id: 'bodies-are-cut-at-32-kibibytes',
    requirement: 'discovery.limits-generous',
    title: 'The server takes and claims bodies of 32 KiB.',
    patches: [{ file: MAIN, find: 'LIMITS, body_bytes,', replace: 'LIMITS, body_bytes: 32_768,' }],
  },
  {
    id: 'nesting-ends-at-twelve',
    requirement: 'discovery.limits-generous',
    title: 'The server takes and claims bodies that nest 12 levels deep.',
    patches: [{ file: CAPABILITIES, find: 'json_depth: 64,', replace: 'json_depth: 12,' }],
  },
  {
    id: 'limits-of-schemas-are-not-told',
    requirement: 'discovery.limits-generous',
    title: 'The discovery document tells no limits for schemas.',
    patches: [
      {
        file: FACTS,
        find: DISCOVERY,
        replace: DISCOVERY.replace(
          'body: discovery',
          'body: { ...discovery, limits: { ...discovery.limits, schema_bytes: undefined, schema_depth: undefined } }',
        ),
      },
    ],
  },
  ...forgotten,
  {
    id: 'empty-members-of-features-are-ignored',
    requirement: 'feature.unclaimed-refused',
    title: 'A member of an unclaimed feature is ignored when it is an empty list.',
    patches: [
      {
        file: CREATION,
        find: ASKS_NOTHING,
        replace:
          '![undefined, false].includes(valueAt(request, pointer) as undefined) && (valueAt(request, pointer) as unknown[]).length !== 0',
      },
    ],
  },
  {
    id: 'unclaimed-feature-has-no-place',
    requirement: 'feature.unclaimed-refused',
    title: 'The refusal of an unclaimed feature points at the spec.',
    patches: [
      {
        file: CREATION,
        find: 'faults.push({ pointer, detail: `This server does not offer the feature',
        replace: "faults.push({ pointer: '/spec', detail: `This server does not offer the feature",
      },
    ],
    roots: ['error.places'],
  },
  {
    id: 'unclaimed-expiry-is-ignored',
    requirement: 'feature.unclaimed-refused',
    title: 'A server without the feature expiry ignores on_expire.',
    patches: [
      {
        file: CAPABILITIES,
        find: CLAIMED_FEATURES,
        replace: "features: ['edit', 'forms', 'runs', 'usage'],",
      },
      { file: FEATURES, find: ", '/spec/on_expire'", replace: '' },
    ],
  },
  {
    id: 'unclaimed-data-is-ignored',
    requirement: 'feature.unclaimed-refused',
    title: 'A server without the feature forms takes data in an answer.',
    patches: [
      {
        file: CAPABILITIES,
        find: CLAIMED_FEATURES,
        replace: "features: ['edit', 'expiry', 'runs', 'usage'],",
      },
      { file: FEATURES, find: ", '/response_data'", replace: '' },
    ],
  },
  {
    id: 'unclaimed-edits-are-ignored',
    requirement: 'feature.unclaimed-refused',
    title: 'A server without the feature edit approves without the edited arguments.',
    patches: [
      {
        file: CAPABILITIES,
        find: CLAIMED_FEATURES,
        replace: "features: ['forms', 'expiry', 'runs', 'usage'],",
      },
      {
        file: HTTP_CALLS,
        find: 'const errors = unsupportedFaults(response, capabilities)',
        replace:
          "const errors = unsupportedFaults(response, capabilities)\n      if ('edited_kwargs' in response) {\n        delete response.edited_kwargs\n        errors.length = 0\n      }",
      },
    ],
  },
  {
    id: 'false-asks-for-a-feature',
    requirement: 'feature.unclaimed-refused',
    title: 'A server without the feature edit refuses allow_edit: false.',
    patches: [
      {
        file: CAPABILITIES,
        find: CLAIMED_FEATURES,
        replace: "features: ['forms', 'expiry', 'runs', 'usage'],",
      },
      { file: CREATION, find: ASKS_NOTHING, replace: 'valueAt(request, pointer) !== undefined' },
    ],
  },
  {
    id: 'requires-is-ignored',
    requirement: 'feature.requires',
    title: 'What a call requires is not looked at.',
    patches: [
      {
        file: CREATION,
        find: REQUIRED,
        replace: REQUIRED.replace('!capabilities', 'false && !capabilities'),
      },
    ],
  },
  {
    id: 'only-known-features-can-be-required',
    requirement: 'feature.requires',
    title: 'A feature that the server has never heard of is ignored when it is required.',
    patches: [
      {
        file: CREATION,
        find: REQUIRED,
        replace: REQUIRED.replace(
          '!capabilities.features.includes(name)',
          'Object.hasOwn(features, name) && !capabilities.features.includes(name)',
        ),
      },
    ],
  },
  {
    id: 'known-features-count-as-offered',
    requirement: 'feature.requires',
    title: 'A feature that the server knows and does not claim can be required.',
    patches: [
      {
        file: CREATION,
        find: REQUIRED,
        replace: REQUIRED.replace('!capabilities.features.includes(name)', '!(name in features)'),
      },
    ],
  },
  {
    id: 'one-offered-feature-is-enough',
    requirement: 'feature.requires',
    title: 'A call is taken when one of the features that it requires is offered.',
    patches: [
      {
        file: CREATION,
        find: REQUIRED,
        replace: REQUIRED.replace(
          '!capabilities.features.includes(name)',
          '!spec?.requires?.some((each) => capabilities.features.includes(each))',
        ),
      },
    ],
  },
  {
    id: 'lists-are-served-unclaimed',
    requirement: 'feature.unclaimed-operations',
    title: 'A server that does not claim lists serves them.',
    patches: [{ file: CAPABILITIES, find: "    'lists',\n", replace: '' }],
  },
  {
    id: 'keys-are-made-unclaimed',
    requirement: 'feature.unclaimed-operations',
    title: 'A server that does not claim scopes makes keys.',
    patches: [{ file: CAPABILITIES, find: "    'scopes',\n", replace: '' }],
  },
  {
    id: 'humanlayer-is-served-unclaimed',
    requirement: 'feature.unclaimed-operations',
    title: 'A server that does not claim the HumanLayer profile serves it.',
    patches: [{ file: CAPABILITIES, find: "    'humanlayer',\n", replace: '' }],
  },
  {
    id: 'events-are-served-unclaimed',
    requirement: 'feature.unclaimed-operations',
    title: 'A server that does not claim events serves them.',
    patches: [{ file: CAPABILITIES, find: "    'events',\n    'sse',\n", replace: '' }],
  },
]
