import type { Mutant } from '../mutation.ts'

const PARSE = 'protocol/src/json/parse.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const BODY = 'reference-server/src/http/body.ts'

/** What becomes of an opaque value where the server takes it out of the body. */
const RAW = 'raw: new RawJson(this.#text.slice(start, this.#at))'
const rawAs = (change: string) => ({
  file: PARSE,
  find: RAW,
  replace: `raw: new RawJson((${change})(this.#text.slice(start, this.#at)))`,
})

/** Servers that change what they only have to keep. */
export const opaqueValueMutants: readonly Mutant[] = [
  {
    id: 'integers-become-doubles',
    requirement: 'opaque.values-kept',
    title: 'Integers of opaque values lose what a double cannot hold.',
    patches: [
      rawAs(
        '(text: string) => text.replace(/(?<=[:[,]\\s*)-?\\d{17,}/g, (digits) => Number.isFinite(Number(digits)) ? BigInt(Number(digits)).toString() : digits)',
      ),
    ],
  },
  {
    id: 'opaque-text-is-normalised',
    requirement: 'opaque.values-kept',
    title: 'Strings in opaque values are brought into the normal form NFC.',
    patches: [
      rawAs(
        '(text: string) => text.replaceAll(/"(?:[^"\\\\]|\\\\.)*"(?:\\s*:)?/g, (string) => string.endsWith(\':\') ? string : string.normalize())',
      ),
    ],
  },
  {
    id: 'nulls-in-opaque-values-are-dropped',
    requirement: 'opaque.values-kept',
    title: 'Null members of opaque values are taken for absent ones.',
    patches: [rawAs('(text: string) => text.replaceAll(/"[^"]*":null,/g, \'\')')],
  },
  {
    id: 'long-strings-are-cut',
    requirement: 'opaque.values-kept',
    title: 'Strings in opaque values are cut at 16 KiB.',
    patches: [rawAs('(text: string) => text.replaceAll(/("[^"\\\\]{16384})[^"\\\\]+"/g, \'$1"\')')],
  },
  {
    id: 'body-is-decoded-piece-by-piece',
    requirement: 'opaque.values-kept',
    title: 'A large body is decoded as it comes in, and characters on the seams are lost.',
    patches: [
      {
        file: BODY,
        find: 'resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))',
        replace:
          "resolve(chunks.length === 1 ? chunks[0]! : Buffer.from(chunks.map((chunk) => chunk.toString()).join('')))",
      },
    ],
  },
  {
    id: 'edited-arguments-are-parsed-and-written-again',
    requirement: 'opaque.values-kept',
    title: 'Edited arguments go through JavaScript numbers.',
    roots: ['function-call.edit-recorded'],
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'edited_kwargs: response.edited_kwargs ?? null,',
        replace:
          'edited_kwargs: (response.edited_kwargs && JSON.parse(response.edited_kwargs.text)) ?? null,',
      },
    ],
  },
  {
    id: 'names-that-look-like-numbers-come-first',
    requirement: 'opaque.order-kept',
    title: 'Opaque objects go through JavaScript objects, which sort names that look like numbers.',
    patches: [
      rawAs(
        '(text: string) => /\\d{16}|__proto__|[eE][+-]|\\\\u0000/.test(text) ? text : JSON.stringify(JSON.parse(text))',
      ),
    ],
  },
  {
    id: 'dates-in-opaque-values-are-rewritten',
    requirement: 'opaque.values-kept',
    title: 'Texts in opaque values that look like instants with an offset are rewritten in UTC.',
    patches: [
      rawAs(
        String.raw`(text: string) => text.replace(/(?<=[:,[]\s*)"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d)"/g, (_, date) => JSON.stringify(new Date(date).toISOString()))`,
      ),
    ],
  },
]
