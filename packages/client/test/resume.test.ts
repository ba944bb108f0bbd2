import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../src/errors.ts'
import { resume } from '../src/resume.ts'
import type { Event, FunctionCallSpec, FunctionCallStatus, HumanContactStatus } from '../src/schemas.ts'
import { aFunctionCall, aHumanContact } from './fake-server.ts'

const state = { step: 'refund', order_id: 12345678901234567890n }

describe('resume', () => {
  test('lets an approved function run with what was asked', () => {
    expect(resume(decided({ state: 'approved', approved: true }))).toMatchObject({
      kind: 'function_call',
      event_id: 'ev_1',
      run_id: 'run_1',
      call_id: 'call_1',
      state,
      approved: true,
      fn: 'refund_order',
      kwargs: { amount: 10 },
    })
  })

  test('gives the arguments that a person changed', () => {
    const event = decided(
      { state: 'approved', approved: true, edited_kwargs: { amount: 5 } },
      { allow_edit: true },
    )

    expect(resume(event)).toMatchObject({ approved: true, kwargs: { amount: 5 } })
  })

  test('refuses changes that were not allowed, and events that are not whole', () => {
    const edited = decided({ state: 'approved', approved: true, edited_kwargs: { amount: 5 } })
    const list = decided({ state: 'approved', approved: true }, { kwargs: [] as never })

    for (const event of [edited, list, { ...edited, data: {} as never }])
      expect(() => resume(event)).toThrow(ProtocolError)
  })

  test.each<[Partial<FunctionCallStatus>, string]>([
    [{ state: 'denied', approved: false, comment: 'Too much.' }, 'A person denied it: Too much.'],
    [{ state: 'expired', approved: false }, 'It expired.'],
    [{ state: 'cancelled', approved: false }, 'cancelled'],
    [{ state: 'denied', approved: true }, 'A person denied it.'],
    [{ state: 'approved', approved: false }, 'contradicts itself'],
    [{ state: 'unheard_of', approved: true }, 'no approval'],
    [{ state: 'pending', approved: null }, 'no approval'],
  ])('lets nothing run on %j, and says why', (status, text) => {
    const resumption = resume(decided(status))

    expect(resumption).toMatchObject({ kind: 'function_call', approved: false, state })
    expect(resumption).not.toHaveProperty('kwargs')
    expect(resumption).toHaveProperty('text', expect.stringContaining(text))
  })

  test.each<[Partial<HumanContactStatus>, boolean, string]>([
    [{ state: 'answered', response: 'Ship it.' }, true, 'Ship it.'],
    [{ state: 'expired', response: 'The default.' }, false, 'The default.'],
    [{ state: 'cancelled' }, false, 'Nobody answered: the question was cancelled.'],
  ])('gives the answer of a contact that is %j', (status, answered, text) => {
    const data = aHumanContact(status, { spec: { msg: 'Ship it?', state } })

    expect(resume(anEvent('human_contact.completed', data))).toMatchObject({
      kind: 'human_contact',
      call_id: 'call_1',
      state,
      answered,
      text,
    })
  })

  test('gives the state of a timer', () => {
    const data = {
      run_id: 'run_1',
      timer_id: 'timer_1',
      spec: { wake_at: '2026-01-01T00:00:00Z', state },
      status: { state: 'fired', created_at: '2026-01-01T00:00:00Z', fired_at: '2026-01-01T00:00:00Z' },
    }

    expect(resume(anEvent('timer.fired', data))).toMatchObject({ kind: 'timer', timer_id: 'timer_1', state })
  })

  test.each(['function_call.requested', 'function_call.responded', 'function_call.completed.twice', 'x', ''])(
    'has nothing to say about %j',
    (type) => {
      expect(resume(anEvent(type, aFunctionCall({ state: 'approved', approved: true })))).toBeUndefined()
    },
  )
})

function decided(status: Partial<FunctionCallStatus>, spec: Partial<FunctionCallSpec> = {}): Event {
  const asked = { fn: 'refund_order', kwargs: { amount: 10 }, state, ...spec }
  return anEvent('function_call.completed', aFunctionCall(status, { spec: asked }))
}

function anEvent(type: string, data: Event['data']): Event {
  return { id: 'ev_1', type, created_at: '2026-01-01T00:00:00Z', data }
}
