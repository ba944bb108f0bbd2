import { Kind, type TSchema } from '@sinclair/typebox'
import type { OpaquePlaces } from './json/parse.ts'

/** Reads from a schema where its opaque values stand, so that no second list of them exists. */
export function opaquePlaces(schema: TSchema): OpaquePlaces {
  const known = cache.get(schema)
  if (known) return known

  const places = findPlaces(schema)
  cache.set(schema, places)
  return places
}

const cache = new WeakMap<TSchema, OpaquePlaces>()

function findPlaces(schema: TSchema): OpaquePlaces {
  const kind = schema[Kind]
  if (kind === 'OpaqueObject' || kind === 'OpaqueValue') return { opaque: true }
  if (kind === 'Array') return under({ '*': schema['items'] as TSchema })
  if (kind === 'Object') return under(schema['properties'] as Record<string, TSchema>)
  if (kind === 'Union') {
    // A union that holds an opaque value is a nullable one; null itself stays null.
    const opaque = (schema['anyOf'] as TSchema[]).map(opaquePlaces).find(isNotEmpty)
    return opaque ?? {}
  }
  return {}
}

function under(schemas: Record<string, TSchema>): OpaquePlaces {
  const members = Object.fromEntries(
    Object.entries(schemas)
      .map(([name, schema]) => [name, opaquePlaces(schema)] as const)
      .filter(([, places]) => isNotEmpty(places)),
  )
  return Object.keys(members).length > 0 ? { members } : {}
}

function isNotEmpty(places: OpaquePlaces): boolean {
  return places.opaque === true || places.members !== undefined
}
