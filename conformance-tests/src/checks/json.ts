import { callKinds, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectStatus, expectThat } from '../expectations.ts'
import { actsOn, expectMalformed, refusesMalformed } from './json-syntax.ts'
import { creationText, postRaw } from './raw-creation.ts'

const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16()

/** What a body may not be, as text. */
export const jsonChecks: readonly Check[] = [
  ...refusesMalformed({
    requirement: 'json.malformed',
    noun: 'a body that is not JSON',
    whole: [
      ['cut off before its end', (text) => text.slice(0, -1)],
      ['a second document behind it', (text) => `${text}{}`],
      ['text behind it', (text) => `${text}x`],
      ['cut off in the middle', (text) => text.slice(0, text.length / 2)],
      ['a comma at the end', (text) => `${text.slice(0, -1)},}`],
      ['a comma at the beginning', (text) => `{,${text.slice(1)}`],
      ['single quotes', (text) => text.replaceAll('"', "'")],
      ['a comment before it', (text) => `// a call\n${text}`],
      ['a comment inside', (text) => `{/* a call */${text.slice(1)}`],
      ['a closing bracket too many', (text) => `${text}}`],
      ['a form', () => 'run_id=1&call_id=2'],
      ['YAML', (text) => text.replaceAll('"', '')],
      ['white space alone', () => ' \n'],
      ['one quote', () => '"'],
      ['UTF-16 without a mark', (text) => Buffer.from(text, 'utf16le')],
    ],
    values: [
      ['NaN', 'NaN'],
      ['Infinity', 'Infinity'],
      ['minus Infinity', '-Infinity'],
      ['undefined', 'undefined'],
      ['True', 'True'],
      ['a single-quoted string', "'a'"],
      ['a leading zero', '01'],
      ['a plus sign', '+1'],
      ['a fraction without a whole', '.5'],
      ['a fraction without digits', '1.'],
      ['an exponent without digits', '1e'],
      ['a hexadecimal number', '0x10'],
      ['a digit separator', '1_000'],
      ['a comma at the end of a list', '[1,]'],
      ['a comma at the end of an object', '{"a":1,}'],
      ['a list without commas', '[1 2]'],
      ['a hole in a list', '[1,,2]'],
      ['a name without quotes', '{a:1}'],
      ['a number as a name', '{1:1}'],
      ['a name without a value', '{"a"}'],
      ['a line feed in a string', '"a\nb"'],
      ['a tab in a string', '"a\tb"'],
      ['U+0000 in a string', '"a\u0000b"'],
      ['an unknown escape', '"\\x41"'],
      ['an escape that is too short', '"\\u12"'],
      ['an escape of no hexadecimal digits', '"\\u12G4"'],
      ['a form feed between values', '[1,\f2]'],
      ['a no-break space between values', '[1,\u00a02]'],
    ],
    right: [
      ['every escape', '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u00E9"'],
      ['white space between values', '[ 1 ,\t2 ,\r\n3 ]'],
      ['numbers in every spelling', '[0,-0,-1.5,1E5,1e+5,1e-5,0.0e0]'],
    ],
    rightWhole: [['white space around it', (text) => `\r\n\t ${text} \t\r\n`]],
  }),

  ...refusesMalformed({
    requirement: 'json.utf-8',
    noun: 'bytes that are no UTF-8',
    whole: [
      ['UTF-16, little-endian', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
      ['UTF-16, big-endian', (text) => swapped(`\ufeff${text}`)],
    ],
    values: [
      ['a byte that never stands in UTF-8', '"a\xffb"'],
      ['a Latin-1 letter', '"caf\xe9"'],
      ['a continuation alone', '"\x80"'],
      ['two bytes of which one is missing', '"\xc3"'],
      ['three bytes of which one is missing', '"\xe2\x82"'],
      ['four bytes of which one is missing', '"\xf0\x9f\x98"'],
      ['an overlong slash of two bytes', '"\xc0\xaf"'],
      ['an overlong slash of three bytes', '"\xe0\x80\xaf"'],
      ['an overlong slash of four bytes', '"\xf0\x80\x80\xaf"'],
      ['an overlong U+0000', '"\xc0\x80"'],
      ['a surrogate', '"\xed\xa0\x80"'],
      ['a pair of surrogates', '"\xed\xa0\xbd\xed\xb8\x80"'],
      ['beyond U+10FFFF', '"\xf4\x90\x80\x80"'],
      ['five bytes', '"\xf8\x88\x80\x80\x80"'],
      ['in a name', '{"\xff":1}'],
    ],
    right: [
      ['two bytes', '"é"'],
      ['three bytes', '"€ﬀ\ud7ff\ue000\ufffd"'],
      ['four bytes', '"😀\u{10ffff}"'],
    ],
    encoding: 'latin1',
  }),

  ...refusesMalformed({
    requirement: 'json.duplicate-members',
    noun: 'a member that stands twice',
    whole: [
      ['beside the spec', (text) => `${text.slice(0, -1)},"x":1,"x":2}`],
      ['the first member', (text) => text.replace(FIRST, '{"$1$2":$3,"$1$2":$3')],
      ['the first member, once escaped', (text) => text.replace(FIRST, escapedAndPlain)],
    ],
    values: [
      ['in an object', '{"a":1,"a":2}'],
      ['with the same value', '{"a":1,"a":1}'],
      ['with null', '{"a":1,"a":null}'],
      ['with others between', '{"a":1,"b":2,"c":3,"a":4}'],
      ['in a list', '[{},{"a":1,"a":2}]'],
      ['far down', '{"a":[[{"b":{"c":1,"d":{},"c":2}}]]}'],
      ['once escaped', '{"a":1,"\\u0061":2}'],
      ['escaped in two ways', '{"\\u00E9":1,"\\u00e9":2}'],
      ['a slash, once escaped', '{"/":1,"\\/":2}'],
      ['a pair of surrogates, once escaped', '{"😀":1,"\\ud83d\\ude00":2}'],
      ['the empty name', '{"":1,"":2}'],
      ['__proto__', '{"__proto__":1,"__proto__":2}'],
      ['toString', '{"toString":1,"toString":2}'],
      ['a number', '{"1":1,"2":2,"1":3}'],
    ],
    right: [
      ['names that differ in case', '{"a":1,"A":2}'],
      ['names that differ in their normal form', '{"\u00e9":1,"e\u0301":2}'],
      ['the same name at different depths', '{"a":{"a":{"a":1}}}'],
      ['the same name in different objects', '[{"a":1},{"a":2}]'],
      ['the same text as name and value', '{"a":"a","b":"a"}'],
      ['names that look alike', '{"1":1,"01":2,"1.0":3," 1":4}'],
    ],
  }),

  ...refusesMalformed({
    requirement: 'json.lone-surrogates',
    noun: 'an escape for a lone surrogate',
    values: [
      ['a high one', '"\\ud800"'],
      ['a low one', '"\\udc00"'],
      ['in the middle of a text', '"before \\uDBFF behind"'],
      ['a pair the wrong way round', '"\\ude00\\ud83d"'],
      ['two high ones', '"\\ud83d\\ud83d\\ude00"'],
      ['a pair and a low one', '"\\ud83d\\ude00\\ude00"'],
      ['a high one before another escape', '"\\ud83d\\u0041"'],
      ['a high one before an escaped backslash', '"\\ud83d\\\\ude00"'],
      ['in a name', '{"\\ud800":1}'],
      ['in a name far down', '[[{"a":{"b\\udfff":1}}]]'],
    ],
    right: [
      ['a pair', '"\\ud83d\\ude00"'],
      ['a pair in capitals', '"\\uD83D\\uDE00"'],
      ['a pair in a name', '{"\\ud83d\\ude00":1}'],
      ['an escaped backslash before the letters', '"\\\\ud800"'],
    ],
  }),

  ...refusesMalformed({
    requirement: 'json.number-range',
    noun: 'a number beyond the range of a double',
    values: [
      ['1e400', '1e400'],
      ['minus 1e400', '-1e400'],
      ['1E+309', '1E+309'],
      ['just beyond', '1.7976931348623159e308'],
      ['with a fraction', '123.4e9999'],
      ['a long whole with a fraction', `1${'0'.repeat(400)}.5`],
      ['a huge exponent', '1e99999999999999999999'],
      ['in a list', '[1,2,1e400]'],
    ],
    right: [
      ['the largest double', '1.7976931348623157e308'],
      ['the smallest double', '5e-324'],
      ['an integer without an exponent', `1${'0'.repeat(400)}`],
      ['text', '"1e400"'],
    ],
  }),

  check(
    'json.depth',
    'a body that nests as deep as the limit is taken whole, and one level more is refused',
    { expect: 'reject' },
    async (context) => {
      const limit = Math.min(context.limits.json_depth, DEEPEST)
      for (const kind of callKinds)
        for (const [open, close] of [
          ['[', ']'],
          ['{"a":', '}'],
        ] as const) {
          // The body, the spec and metadata are three levels already.
          const nested = `{"a":${open.repeat(limit - 3)}1${close.repeat(limit - 3)}}`
          const call_id = context.id(context.nextName())

          const taken = await postRaw(context, kind, inMetadata(context, kind, call_id, nested))
          expectStatus(taken, 201)
          for (const reply of [taken, await context.agent.read(kind, call_id)])
            expectThat(
              reply.text.replaceAll(/\s/g, '').includes(nested),
              'every level of what was sent',
              `${reply.text.length} characters without it`,
              { reply, pointer: '/spec/metadata/a' },
            )

          if (context.limits.json_depth > DEEPEST) continue
          const deeper = `{"a":${open.repeat(limit - 2)}1${close.repeat(limit - 2)}}`
          const refused = await postRaw(
            context,
            kind,
            inMetadata(context, kind, context.id(context.nextName()), deeper),
          )
          expectMalformed(refused, `${limit + 1} levels of ${open}`)
        }
    },
  ),

  check(
    'json.depth',
    'an unknown member or an answer that nests deeper than the limit is refused',
    { variant: 'elsewhere', expect: 'reject' },
    async (context) => {
      const limit = context.limits.json_depth
      if (limit > DEEPEST) {
        await context.agent.create(callKinds[0]!)
        return
      }
      for (const kind of callKinds) {
        const unknown = (levels: number) =>
          creationText(context, kind, {
            call_id: context.id(context.nextName()),
            beside: `"x_unknown":${lists(levels)}`,
          })
        expectMalformed(await postRaw(context, kind, unknown(limit)), 'in an unknown member')
        expectStatus(await postRaw(context, kind, unknown(limit - 1)), 201)

        const call_id = context.id(context.nextName())
        await context.agent.create(kind, { call_id })
        for (const { actor, path, json } of actsOn(context, kind, call_id)) {
          const body = `${JSON.stringify(json).slice(0, -1)},"x_unknown":${lists(limit)}}`
          expectMalformed(await actor.send({ method: 'POST', path, body }), 'in an act')
        }
        await context.responder.respond(kind, call_id)
      }
    },
  ),
]

/** Beyond this the body would not be the subject any more, but the stack of whoever reads the answer. */
const DEEPEST = 2_000

function lists(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`
}

function inMetadata(context: Context, kind: CallKind, call_id: string, metadata: string): string {
  return creationText(context, kind, { call_id, spec: `"metadata":${metadata}` })
}

const FIRST = /^\{"(\w)(\w+)":("[^"]*"|\w+)/

/** `{"run_id":1` becomes `{"\u0072un_id":1,"run_id":1`. */
function escapedAndPlain(_text: string, first: string, rest: string, value: string): string {
  const code = first.charCodeAt(0).toString(16).padStart(4, '0')
  return `{"\\u${code}${rest}":${value},"${first}${rest}":${value}`
}
