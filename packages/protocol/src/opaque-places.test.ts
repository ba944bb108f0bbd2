import { Type } from '@sinclair/typebox'
import { describe, expect, test } from 'vitest'
import { opaquePlaces } from './opaque-places.ts'
import { Cancellation } from './schemas/call.ts'
import { ContactChannel } from './schemas/contact-channel.ts'
import {
  CreateFunctionCall,
  FunctionCall,
  FunctionCallList,
  FunctionCallResponse,
} from './schemas/function-call.ts'
import { CreateHumanContact, HumanContactResponse } from './schemas/human-contact.ts'
import { Nullable, OpaqueObject, OpaqueValue } from './schemas/primitives.ts'

const opaque = { opaque: true }

describe('opaquePlaces', () => {
  test('a new function call has kwargs, its schema, state and metadata', () => {
    const places = opaquePlaces(CreateFunctionCall)

    expect(places).toEqual({
      members: {
        spec: { members: { kwargs: opaque, kwargs_schema: opaque, state: opaque, metadata: opaque } },
      },
    })
  })

  test('a new human contact has the schema of its answer, state and metadata', () => {
    const places = opaquePlaces(CreateHumanContact)

    expect(places).toEqual({
      members: { spec: { members: { response_schema: opaque, state: opaque, metadata: opaque } } },
    })
  })

  test.each([
    ['a function call', FunctionCallResponse, { members: { edited_kwargs: opaque } }],
    ['a human contact', HumanContactResponse, { members: { response_data: opaque } }],
  ])('a response to %s has its data', (_what, schema, expected) => {
    const places = opaquePlaces(schema)

    expect(places).toEqual(expected)
  })

  test('nullable opaque values and those in the items of lists are found', () => {
    const places = opaquePlaces(FunctionCall)

    expect(places.members?.['status']).toEqual({
      members: {
        edited_kwargs: opaque,
        responses: { members: { '*': { members: { edited_kwargs: opaque } } } },
      },
    })
  })

  test('a list of calls has the places of a call under each item', () => {
    const places = opaquePlaces(FunctionCallList)

    expect(places).toEqual({ members: { items: { members: { '*': opaquePlaces(FunctionCall) } } } })
  })

  test.each([
    ['a cancellation', Cancellation],
    ['a contact channel, which refers to itself', ContactChannel],
    ['a string', Type.String()],
  ])('%s has none', (_what, schema) => {
    const places = opaquePlaces(schema)

    expect(places).toEqual({})
  })

  test('a schema can be opaque as a whole', () => {
    const places = [OpaqueObject('o'), OpaqueValue('v'), Nullable(OpaqueValue('v'), 'n')].map(opaquePlaces)

    expect(places).toEqual([opaque, opaque, opaque])
  })
})
