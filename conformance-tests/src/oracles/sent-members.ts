import { readSpec } from '../registry.ts'
import { membersOf, type Members, type ShownCall } from './call-bodies.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** A member that was sent, with the way to it. The value is undefined where only its presence counts, as for opaque values. */
interface SentMember {
  readonly trail: readonly string[]
  readonly value: unknown
}

/**
 * The members of a spec that the specification names, as they have to come back. What is null was not sent, what is false may belong
 * to a feature that nobody claims: those are left out. Of a channel, which can hold secrets, too, only that it is there.
 */
export function sentMembers(kind: ShownCall['kind'], spec: Members): SentMember[] {
  return membersUnder(specSchema(kind), spec, [])
}

/**
 * What two answers have to show alike of a spec: the members that the specification names, where null is as good as absent. `state`
 * depends on who reads.
 */
export function comparableSpec(kind: ShownCall['kind'], spec: Members): Members {
  const named = specSchema(kind).properties ?? {}
  return Object.fromEntries(
    Object.entries(spec).filter(
      ([name, value]) => name !== 'state' && value !== null && Object.hasOwn(named, name),
    ),
  )
}

function membersUnder(schema: Schema, value: Members, trail: readonly string[]): SentMember[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const sent = Object.hasOwn(value, name) ? value[name] : undefined
    const at = [...trail, name]
    if (sent === undefined || sent === null || sent === false) return []
    if (name === 'channel') return [{ trail: at, value: undefined }]
    return membersOf(sent) || Array.isArray(sent)
      ? inside(resolved(member), sent, at)
      : [{ trail: at, value: sent }]
  })
}

function inside(schema: Schema, sent: unknown, at: readonly string[]): SentMember[] {
  const members = membersOf(sent)
  if (members)
    return schema.properties ? membersUnder(schema, members, at) : [{ trail: at, value: undefined }]
  const items = resolved(schema.items ?? {})
  return (sent as unknown[]).flatMap((item, index) => {
    const place = [...at, String(index)]
    const inner = membersOf(item)
    return inner ? membersUnder(items, inner, place) : [{ trail: place, value: item }]
  })
}

function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : read(schema.$ref)
}

function specSchema(kind: ShownCall['kind']): Schema {
  return read(`${kind}Spec.json`)
}

const cache = new Map<string, Schema>()

function read(file: string): Schema {
  const schema = cache.get(file) ?? (readSpec(`schemas/${file}`) as Schema)
  cache.set(file, schema)
  return schema
}
