import type { CallKind } from '../actors/call-kind.ts'
import type { Context } from '../context.ts'
import type { Reply } from '../reply.ts'

/** Members as JSON text, for what `JSON.stringify` would not write. */
export interface RawMembers {
  call_id: string
  /** Further members of the spec, such as `"metadata":{}`. */
  spec?: string
  /** Further members beside the spec. */
  beside?: string
}

/** A creation as JSON text, which is valid without further members. */
export function creationText(
  context: Context,
  kind: CallKind,
  { call_id, spec = '', beside = '' }: RawMembers,
): string {
  const least = JSON.stringify(kind.spec()).slice(1, -1)
  const members = [least, spec].filter((text) => text !== '').join(',')
  const others = beside === '' ? '' : `,${beside}`
  return `{"run_id":"${context.id('run')}","call_id":"${call_id}","spec":{${members}}${others}}`
}

/** The same with other text in place of the whole spec. */
export function creationOf(context: Context, call_id: string, spec: string): string {
  return `{"run_id":"${context.id('run')}","call_id":"${call_id}","spec":${spec}}`
}

/** The spec as JSON text, with `{}` for kwargs replaced by what is given. */
export function specText(kind: CallKind, opaque: string): string {
  return kind.name === 'function call'
    ? `{"fn":"refund_order","kwargs":${opaque},"metadata":${opaque},"state":${opaque}}`
    : `{"msg":"Which region?","metadata":${opaque},"state":${opaque}}`
}

/** Where the opaque values of `specText` stand. */
export function opaquePointers(kind: CallKind): string[] {
  return kind.name === 'function call'
    ? ['/spec/kwargs', '/spec/metadata', '/spec/state']
    : ['/spec/metadata', '/spec/state']
}

/** Sends a creation as these bytes. */
export function postRaw(
  context: Context,
  kind: CallKind,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return context.agent.send({ method: 'POST', path: kind.collection, body, headers })
}
