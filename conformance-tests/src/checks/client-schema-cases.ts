/** A schema, and values that satisfy it or do not, as JSON texts, because JavaScript has no exact large integers. */
export interface SchemaCase {
  readonly schema: string
  readonly good: readonly string[]
  readonly bad: readonly string[]
}

const BIG = '9007199254740993'

/** What each keyword that clients may use means, in JSON Schema 2020-12 and with the equality of `values.md`. */
export const schemaCases: Readonly<Record<string, readonly SchemaCase[]>> = {
  type: [
    { schema: '{"type":"string"}', good: ['"x"', '""', '"1"'], bad: ['1', 'true', 'null', '["x"]', '{}'] },
    { schema: '{"type":"boolean"}', good: ['true', 'false'], bad: ['"true"', '1', '0', 'null'] },
    { schema: '{"type":"number"}', good: ['1', '-1.5', '1e3', BIG], bad: ['"1"', 'true', 'null', '[1]'] },
    {
      schema: '{"type":"integer"}',
      good: ['1', '-3', '1.0', '1e2', BIG],
      bad: ['1.5', '1e-1', '"1"', 'true'],
    },
    { schema: '{"type":"object"}', good: ['{}', '{"a":1}'], bad: ['[]', '"{}"', 'null', BIG] },
    { schema: '{"type":"array"}', good: ['[]', '[1]'], bad: ['{}', '{"0":1,"length":1}', '"[]"', 'null'] },
    { schema: '{"type":"null"}', good: ['null'], bad: ['0', 'false', '""', '{}', '[]', '"null"'] },
    { schema: '{"type":["integer","string"]}', good: ['1', '"x"'], bad: ['1.5', 'true', '[1]'] },
    { schema: '{"type":["string","null"]}', good: ['"x"', 'null'], bad: ['1', 'false', '{}', '[]'] },
  ],
  properties: [
    {
      schema: '{"properties":{"a":{"type":"string"},"b":{"properties":{"c":{"type":"integer"}}}}}',
      good: ['{"a":"x","b":{"c":1}}', '{}', '{"z":1}', '5', '[]', '{"A":1}'],
      bad: ['{"a":1}', '{"a":null}', '{"a":"x","b":{"c":"1"}}', '{"b":{"c":1.5},"a":"x"}'],
    },
    {
      schema:
        '{"properties":{"never":false,"any":true,"type":{"type":"string"},"toString":{"type":"string"}}}',
      good: ['{}', '{"any":[]}', '{"type":"x","toString":"y"}'],
      bad: ['{"never":1}', '{"never":null}', '{"type":1}', '{"toString":1}'],
    },
    {
      schema:
        '{"type":"object","properties":{"lines":{"type":"array","minItems":1,"items":{"type":"object","required":["sku"],"additionalProperties":false,"properties":{"sku":{"type":"string","minLength":1},"count":{"anyOf":[{"type":"integer","minimum":1},{"const":null}]}}}}},"required":["lines"],"additionalProperties":false}',
      good: ['{"lines":[{"sku":"a"},{"sku":"b","count":null},{"count":2,"sku":"c"}]}'],
      bad: [
        '{"lines":[]}',
        '{"lines":[{"sku":"a"},{"sku":""}]}',
        '{"lines":[{"sku":"a"},{"count":1}]}',
        '{"lines":[{"sku":"a","count":0}]}',
        '{"lines":[{"sku":"a","price":1}]}',
        '{"lines":[{"sku":"a"}],"note":"x"}',
        '{}',
        '[]',
      ],
    },
  ],
  required: [
    {
      schema: '{"required":["a","b"]}',
      good: ['{"a":1,"b":2}', '{"a":null,"b":null}', '{"a":0,"b":"","c":1}', '[]', '"ab"'],
      bad: ['{}', '{"a":1}', '{"b":1}', '{"A":1,"b":1}'],
    },
    { schema: '{"required":["toString"]}', good: ['{"toString":1}'], bad: ['{}', '{"constructor":1}'] },
    { schema: '{"required":["a"],"properties":{"a":true}}', good: ['{"a":null}'], bad: ['{}'] },
  ],
  additionalProperties: [
    {
      schema: '{"additionalProperties":false}',
      good: ['{}', '[1]', '5'],
      bad: ['{"a":1}', '{"toString":1}'],
    },
    {
      schema: '{"properties":{"a":{},"b":{}},"additionalProperties":false}',
      good: ['{"a":1}', '{"a":1,"b":2}', '{}'],
      bad: ['{"a":1,"c":2}', '{"A":1}', '{"constructor":1}', '{"a":1,"__proto__":2}'],
    },
    {
      schema: '{"properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}',
      good: ['{"a":1,"b":"x"}', '{"b":"x"}', '{"a":1}'],
      bad: ['{"a":1,"b":2}', '{"a":"x"}', '{"b":"x","c":null}'],
    },
    { schema: '{"additionalProperties":true}', good: ['{"a":1}'], bad: [] },
  ],
  items: [
    {
      schema: '{"items":{"type":"integer"}}',
      good: ['[]', '[1]', '[1,2,3]', '{"0":"x"}', '"x"'],
      bad: ['["1"]', '[1,2,"3"]', '[1,null]', '[[1]]'],
    },
    { schema: '{"items":false}', good: ['[]', '{}'], bad: ['[1]', '[null]'] },
    {
      schema: '{"items":{"items":{"required":["a"]}}}',
      good: ['[[{"a":1}],[]]', '[]'],
      bad: ['[[{"a":1}],[{"a":1},{}]]', '[[{}]]'],
    },
  ],
  enum: [
    {
      schema: '{"enum":["a",1,null,{"x":1,"y":[2,3]},[]]}',
      good: ['"a"', '1', '1.0', '1e0', '{"y":[2.0,3],"x":1}', '[]', 'null'],
      bad: ['"A"', '"b"', '2', '"1"', 'true', '{"x":1}', '{"x":1,"y":[3,2]}', '{}', '[1]', '0', '""'],
    },
    { schema: `{"enum":[${BIG}]}`, good: [BIG], bad: ['9007199254740992', '9007199254740994'] },
    { schema: '{"enum":[false]}', good: ['false'], bad: ['0', '""', '[]', 'null', 'true'] },
  ],
  const: [
    { schema: '{"const":"a"}', good: ['"a"', String.raw`"\u0061"`], bad: ['"A"', '["a"]', '"a "'] },
    { schema: '{"const":1}', good: ['1', '1.0', '1e0'], bad: ['true', '"1"', '2', '[1]', '1.1'] },
    { schema: '{"const":0}', good: ['0', '0.0', '-0'], bad: ['false', '""', 'null', '"0"'] },
    { schema: '{"const":100.0}', good: ['100', '1e2', '100.0'], bad: ['1e3', '"100"'] },
    { schema: '{"const":null}', good: ['null'], bad: ['0', 'false', '""'] },
    {
      schema: '{"const":{"a":[1,{"b":null}],"c":"d"}}',
      good: ['{"c":"d","a":[1.0,{"b":null}]}'],
      bad: ['{"c":"d","a":[1,{}]}', '{"c":"d","a":[{"b":null},1]}', '{"a":[1,{"b":null}]}', '{}'],
    },
    { schema: `{"const":${BIG}}`, good: [BIG], bad: ['9007199254740992', `"${BIG}"`] },
    { schema: String.raw`{"const":"e\u0301"}`, good: [String.raw`"e\u0301"`], bad: [String.raw`"\u00e9"`] },
  ],
  allOf: [
    {
      schema: '{"allOf":[{"minimum":1},{"maximum":3},{"type":"integer"}]}',
      good: ['1', '2', '3'],
      bad: ['0', '4', '1.5', '"2"'],
    },
    { schema: '{"allOf":[true,{}]}', good: ['1', '"x"'], bad: [] },
    { schema: '{"allOf":[{},false]}', good: [], bad: ['1', '{}'] },
  ],
  anyOf: [
    {
      schema: '{"anyOf":[{"type":"string"},{"minimum":5}]}',
      good: ['"x"', '5', '7', 'true'],
      bad: ['4', '-1'],
    },
    { schema: '{"anyOf":[{"type":"integer"},{"minimum":2}]}', good: ['1', '2.5', '3'], bad: ['1.5'] },
    { schema: '{"anyOf":[{"type":"integer"}],"maximum":5}', good: ['5'], bad: ['6', '4.5'] },
    { schema: '{"anyOf":[false,{"const":1}],"maximum":5}', good: ['1'], bad: ['2', '7'] },
    {
      schema: '{"anyOf":[{"required":["a"]},{"required":["b"]}]}',
      good: ['{"a":1}', '{"b":1}', '{"a":1,"b":1}'],
      bad: ['{}', '{"c":1}'],
    },
  ],
  oneOf: [
    {
      schema: '{"oneOf":[{"type":"integer"},{"minimum":2}]}',
      good: ['1', '2.5'],
      bad: ['3', '1.5', '2'],
    },
    { schema: '{"oneOf":[{"const":1},{"const":1.0}]}', good: [], bad: ['1', '2'] },
    { schema: '{"oneOf":[true,false]}', good: ['1', '{}'], bad: [] },
    { schema: '{"oneOf":[true,{},false]}', good: [], bad: ['1', '{}'] },
  ],
  bounds: [
    { schema: '{"minimum":1}', good: ['1', '1.0', '1.5', BIG, '"0"', '{}'], bad: ['0', '0.99', '-5'] },
    { schema: '{"maximum":1.5}', good: ['1.5', '1', '-5', '"2"', '[]'], bad: ['1.51', '2', '1e10'] },
    { schema: '{"exclusiveMinimum":1}', good: ['1.01', '2', '"1"'], bad: ['1', '1.0', '0'] },
    { schema: '{"exclusiveMaximum":1}', good: ['0.99', '-5', '"1"'], bad: ['1', '1e0', '2'] },
    { schema: '{"minimum":0,"maximum":0}', good: ['0', '-0'], bad: ['1', '-1', '0.1'] },
  ],
  'exact-integers': [
    {
      schema: `{"minimum":${BIG}}`,
      good: [BIG, '9007199254740994', '1e300'],
      bad: ['9007199254740992', '0.5'],
    },
    { schema: `{"exclusiveMinimum":${BIG}}`, good: ['9007199254740994'], bad: [BIG, '9007199254740992'] },
    { schema: `{"maximum":-${BIG}}`, good: [`-${BIG}`, '-1e300'], bad: ['-9007199254740992', '0', BIG] },
    {
      schema: `{"exclusiveMaximum":${BIG}}`,
      good: ['9007199254740992', '1'],
      bad: [BIG, '9007199254740994'],
    },
  ],
  lengths: [
    { schema: '{"minLength":2}', good: ['"ab"', '"abc"', '1', '[]', 'true'], bad: ['"a"', '""'] },
    { schema: '{"maxLength":2}', good: ['"ab"', '""', '123', '["abc"]'], bad: ['"abc"'] },
    // Characters are counted, neither UTF-16 code units nor bytes.
    { schema: '{"minLength":2}', good: ['"😀😀"', '"ää"'], bad: ['"😀"', '"ä"'] },
    { schema: '{"maxLength":2}', good: ['"😀😀"', '"ää"', '"  "'], bad: ['"😀😀😀"', '"   "'] },
  ],
  'item-counts': [
    { schema: '{"minItems":1}', good: ['[1]', '[null]', '{}', '""'], bad: ['[]'] },
    { schema: '{"maxItems":2}', good: ['[]', '[1,1]', '"abc"', '{"a":1,"b":2,"c":3}'], bad: ['[1,1,1]'] },
  ],
  'member-counts': [
    { schema: '{"minProperties":1}', good: ['{"a":null}', '[]', '""'], bad: ['{}'] },
    { schema: '{"maxProperties":2}', good: ['{}', '{"a":1,"b":2}', '[1,2,3]'], bad: ['{"a":1,"b":2,"c":3}'] },
  ],
}
