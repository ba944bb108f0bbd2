import { describe, expect, test } from 'vitest'
import { RawJson } from '../json/raw-json.ts'
import type { Escalation } from '../schemas/escalation.ts'
import type {
  CreateHumanContact,
  HumanContact,
  HumanContactResponse,
  HumanContactSpec,
} from '../schemas/human-contact.ts'
import type { Responder } from '../schemas/responder.ts'
import type { RespondAct } from './answer.ts'
import type { CreateAct } from './creation.ts'
import type { EscalateAct } from './escalation.ts'
import type { Decision } from './decision.ts'
import { cancel, create, escalate, advance, respond } from './human-contact.ts'
import { NO_DIRECTORY } from '../routing/directory.ts'

const noon = new Date('2026-03-02T12:00:00.000Z')
const tenPast = after(600_000)
const features = ['forms', 'expiry']
const channel_kinds = ['inbox', 'slack', 'any_of']
const hour = 3600
const agent = 'key:key_agent'
const key: Responder = { id: 'key:key_1', channel: 'api', assurance: 'session' }
const ana: Responder = { id: 'ana', channel: 'api', assurance: 'session', asserted_by: 'key:key_2' }
const options = [
  { name: 'ship', title: 'Ship it', prompt_fill: 'Ship it now.' },
  { name: 'wait', title: 'Wait' },
  { name: 'stop' },
]

/** The question is in the inbox from the beginning. */
const INBOX_CONTACT = {
  contact_id: 'c1',
  kind: 'inbox',
  place: '/inbox',
  state: 'sent',
  joins_at: '2026-03-02T12:00:00.000Z',
  sent_at: '2026-03-02T12:00:00.000Z',
}

describe('creating a human contact', () => {
  test('a new contact is pending, and nothing is answered', () => {
    const decision = create(undefined, request(), createAct())

    expect(decision).toEqual({
      ok: true,
      next: {
        run_id: 'run_1',
        call_id: 'call_1',
        spec: { msg: 'Ship it?' },
        status: {
          state: 'pending',
          response: null,
          response_option_name: null,
          response_data: null,
          requested_at: '2026-03-02T12:00:00.000Z',
          requested_by: 'key:key_agent',
          expires_at: null,
          channel: { inbox: {} },
          completed_at: null,
          responded_at: null,
          responder: null,
          responses: [],
          contacts: [INBOX_CONTACT],
          escalations: [],
        },
      },
      events: [{ type: 'requested', principal: 'key:key_agent' }],
    })
  })

  test('a bot token is kept neither in the spec nor in the status', () => {
    const call = created({ channel: { slack: { channel_or_user_id: 'C1', bot_token: 'secret' } } })

    expect(JSON.stringify(call)).not.toContain('secret')
  })

  test.each<[string, Partial<HumanContactSpec>, string, string]>([
    [
      'both limits',
      { expires_at: '2026-03-02T12:10:00Z', expires_in_seconds: 600 },
      'invalid_request',
      '/spec/expires_in_seconds',
    ],
    ['a limit in the past', { expires_at: '2026-03-02T11:59:59Z' }, 'invalid_request', '/spec/expires_at'],
    [
      'a limit that is too far',
      { expires_in_seconds: hour + 1 },
      'invalid_request',
      '/spec/expires_in_seconds',
    ],
    [
      'two options of one name',
      { response_options: [{ name: 'a' }, { name: 'a' }] },
      'invalid_request',
      '/spec/response_options/1/name',
    ],
    [
      'a default answer that is no option',
      { response_options: options, on_expire: { response_option_name: 'x' } },
      'unknown_option',
      '/spec/on_expire/response_option_name',
    ],
    [
      'a default option without options',
      { on_expire: { response_option_name: 'ship' } },
      'unknown_option',
      '/spec/on_expire/response_option_name',
    ],
    ['a feature that is not offered', { risk: 'high' }, 'unsupported_feature', '/spec/risk'],
    [
      'a required feature that is not offered',
      { requires: ['forms', 'runs'] },
      'unsupported_feature',
      '/spec/requires/1',
    ],
    [
      'a channel kind that is not served',
      { channel: { quorum: { required: 1, of: [{ inbox: {} }] } } },
      'unsupported_feature',
      '/spec/channel/quorum',
    ],
  ])('%s: refused', (_what, spec, code, pointer) => {
    const decision = create(undefined, request(spec), createAct())

    expect(refusalOf(decision)).toEqual([code, pointer])
    expect(decision.events).toEqual([])
  })

  test.each<[string, Partial<HumanContactSpec>, string]>([
    ['response_schema', { response_schema: new RawJson('{}') }, '/spec/response_schema'],
    ['expires_in_seconds', { expires_in_seconds: 60 }, '/spec/expires_in_seconds'],
    ['on_expire', { on_expire: { response: 'Yes.' } }, '/spec/on_expire'],
  ])('%s needs its feature', (_what, spec, pointer) => {
    const capabilities = { features: [], channel_kinds }

    const decision = create(undefined, request(spec), createAct({ capabilities }))

    expect(refusalOf(decision)).toEqual(['unsupported_feature', pointer])
  })

  test('what a schema of the client does wrong is refused as invalid_request', () => {
    const schema_faults = [{ pointer: '/spec/response_schema/$ref', detail: 'Not that keyword.' }]

    const decision = create(undefined, request(), createAct({ schema_faults }))

    expect(refusalOf(decision)).toEqual(['invalid_request', '/spec/response_schema/$ref'])
  })
})

describe('asking again under the same call_id', () => {
  test.each<[string, Partial<HumanContactSpec>, Partial<HumanContactSpec>]>([
    ['the same spec', { response_options: options }, { response_options: options }],
    [
      'members in another order',
      { state: new RawJson('{"a":1,"b":2}'), subject: 's' },
      { subject: 's', state: new RawJson('{"b":2,"a":1}') },
    ],
    [
      'another bot token',
      { channel: { slack: { channel_or_user_id: 'C1', bot_token: 'one' } } },
      { channel: { slack: { channel_or_user_id: 'C1', bot_token: 'two' } } },
    ],
  ])('with %s gives the existing contact and causes nothing', (_what, first, second) => {
    const existing = created(first)

    const decision = create(existing, request(second), createAct({ now: tenPast }))

    expect(decision).toEqual({ ok: true, next: existing, events: [] })
  })

  test.each<[string, Partial<HumanContactSpec>, Partial<CreateHumanContact>]>([
    ['another run', {}, { run_id: 'run_2' }],
    ['another message', { msg: 'Ship it now?' }, {}],
    ['a subject', { subject: 's' }, {}],
    ['options in another order', { response_options: options.toReversed() }, {}],
  ])('with %s is a conflict', (_what, spec, rest) => {
    const existing = created('response_options' in spec ? { response_options: options } : {})

    const decision = create(existing, { ...request(spec), ...rest }, createAct())

    expect(refusalOf(decision)).toEqual(['call_id_conflict'])
    expect(decision.events).toEqual([])
  })

  test('the look-up comes before what depends on time, configuration or policy', () => {
    const spec = { expires_at: '2026-03-02T12:10:00Z' }
    const existing = created(spec)
    const later = createAct({
      now: new Date('2027-01-01T00:00:00Z'),
      capabilities: { features: [], channel_kinds: [] },
    })

    const decision = create(existing, request(spec), later)

    expect(decision).toEqual({ ok: true, next: existing, events: [] })
  })
})

describe('responding to a human contact', () => {
  test('an answer completes the contact', () => {
    const decision = respond(created(), { response: 'Yes.' }, by(ana, tenPast))

    expect(decision).toMatchObject({
      ok: true,
      next: {
        status: {
          state: 'answered',
          response: 'Yes.',
          response_option_name: null,
          response_data: null,
          responder: ana,
          responded_at: '2026-03-02T12:10:00.000Z',
          completed_at: '2026-03-02T12:10:00.000Z',
          responses: [
            {
              responder: ana,
              responded_at: '2026-03-02T12:10:00.000Z',
              response: 'Yes.',
              response_option_name: null,
              response_data: null,
            },
          ],
        },
      },
      events: [
        { type: 'responded', principal: 'ana' },
        { type: 'completed', principal: 'ana' },
      ],
    })
  })

  test.each<[string, HumanContactResponse, string]>([
    ['that has a text', { response_option_name: 'ship' }, 'Ship it now.'],
    ['that has a title', { response_option_name: 'wait' }, 'Wait'],
    ['that has a name only', { response_option_name: 'stop' }, 'stop'],
    ['together with own words', { response_option_name: 'wait', response: 'Until noon.' }, 'Until noon.'],
  ])('an option %s gives the text of the answer', (_what, response, text) => {
    const { status } = next(respond(created({ response_options: options }), response, by(key)))

    expect(status).toMatchObject({
      state: 'answered',
      response: text,
      response_option_name: response.response_option_name,
    })
  })

  test('free text is possible beside options', () => {
    const { status } = next(
      respond(created({ response_options: options }), { response: 'Ask Ben.' }, by(key)),
    )

    expect(status).toMatchObject({ response: 'Ask Ben.', response_option_name: null })
  })

  test('data alone leaves the text null', () => {
    const response_data = new RawJson('{"id":9007199254740993}')

    const { status } = next(respond(form(), { response_data }, by(key)))

    expect(status).toMatchObject({ state: 'answered', response: null, response_data })
    expect(status.responses[0]?.response_data).toEqual(response_data)
  })

  test('the empty answer is refused, whoever gives it', () => {
    const call = created({ channel: { inbox: { allowed_responder_ids: ['ana'] } } })

    const decision = respond(call, {}, by(key))

    expect(refusalOf(decision)).toEqual(['invalid_request', ''])
    expect(decision.events).toEqual([])
  })

  test('the first answer wins', () => {
    const first = next(respond(created(), { response: 'Yes.' }, by(key)))

    const second = respond(first, { response: 'No.' }, by(ana, tenPast))

    expect(second).toEqual({
      ok: false,
      refusal: { code: 'already_responded', detail: 'The call is answered.', winning_status: first.status },
      events: [],
    })
  })

  test.each<[string, HumanContactResponse, HumanContactResponse]>([
    ['the same text', { response: 'Yes.' }, { response: 'Yes.' }],
    ['the same option', { response_option_name: 'ship' }, { response_option_name: 'ship' }],
    [
      'the option and the text that it stands for',
      { response_option_name: 'ship' },
      { response_option_name: 'ship', response: 'Ship it now.' },
    ],
    [
      'the same data in another spelling',
      { response_data: new RawJson('{"a":1,"b":2}') },
      { response_data: new RawJson('{ "b": 2.0, "a": 1 }') },
    ],
  ])('the same answer again changes nothing and gives no events: %s', (_what, response, again) => {
    const first = next(respond(created({ response_options: options }), response, by(key)))

    const second = respond(first, again, by(key, tenPast))

    expect(second).toEqual({ ok: true, next: first, events: [] })
  })

  test.each<[string, HumanContactResponse, Responder]>([
    ['of another responder', { response: 'Ship it now.', response_option_name: 'ship' }, ana],
    ['with another text', { response: 'Ship it.', response_option_name: 'ship' }, key],
    ['with the text alone', { response: 'Ship it now.' }, key],
    ['with another option', { response: 'Ship it now.', response_option_name: 'wait' }, key],
    ['with an unknown option', { response: 'Ship it now.', response_option_name: 'x' }, key],
    ['with data', { response_option_name: 'ship', response_data: new RawJson('1') }, key],
  ])('an answer %s after the first is refused', (_what, response, responder) => {
    const first = next(
      respond(created({ response_options: options }), { response_option_name: 'ship' }, by(key)),
    )

    const second = respond(first, response, by(responder))

    expect(refusalOf(second)).toEqual(['already_responded'])
  })

  test('somebody who is not listed is refused, the attempt is an event and the contact stays pending', () => {
    const call = created({ channel: { inbox: { allowed_responder_ids: ['ana'] } } })

    const decision = respond(call, { response: 'Yes.' }, by(key))

    expect(decision).toEqual({
      ok: false,
      refusal: {
        code: 'responder_not_allowed',
        detail: 'The responder "key:key_1" may not decide this call.',
      },
      events: [{ type: 'refused', principal: 'key:key_1', detail: 'responder_not_allowed' }],
    })
  })

  test('one leaf of any_of answers', () => {
    const call = created({
      channel: {
        any_of: [{ slack: { channel_or_user_id: 'C1' } }, { inbox: { allowed_responder_ids: ['ana'] } }],
      },
    })

    const { status } = next(respond(call, { response: 'Yes.' }, by(ana)))

    expect(status).toMatchObject({ state: 'answered', responder: ana })
  })

  test.each([
    [
      'offers others',
      { response_options: options },
      'The call offers no option "x"; it offers "ship", "wait", "stop".',
    ],
    ['offers none', {}, 'The call offers no option "x"; it offers none.'],
  ])('an unknown option of a contact that %s is refused, also beside a text', (_what, spec, detail) => {
    const decision = respond(created(spec), { response: 'Yes.', response_option_name: 'x' }, by(key))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'unknown_option', errors: [{ pointer: '/response_option_name', detail }] },
      events: [],
    })
  })

  test('a contact that asks for data is not answered by text alone', () => {
    const decision = respond(form(), { response: 'pro-14' }, by(key))

    expect(refusalOf(decision)).toEqual(['schema_mismatch', '/response_data'])
  })

  test('data that breaks the schema of the contact is refused with the places', () => {
    const schema_faults = [{ pointer: '/response_data/model', detail: 'Expected this member.' }]

    const decision = respond(form(), { response_data: new RawJson('{}') }, { ...by(key), schema_faults })

    expect(refusalOf(decision)).toEqual(['schema_mismatch', '/response_data/model'])
    expect(decision.events).toEqual([])
  })
})

describe('the expiry of a human contact', () => {
  const spec = { expires_at: '2026-03-02T12:10:00.000Z', on_expire: { response: 'Plan for twelve.' } }
  const oneLate = after(600_001)
  const expiry = { type: 'completed', principal: 'system:expiry' }

  test('an answer at the very last instant counts', () => {
    const decision = respond(created(spec), { response: 'Nine.' }, by(key, tenPast))

    expect(decision).toMatchObject({ ok: true, next: { status: { state: 'answered', response: 'Nine.' } } })
  })

  test('one millisecond later the expiry is applied first, and is stored', () => {
    const decision = respond(created(spec), { response: 'Nine.' }, by(key, oneLate))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'already_expired', winning_status: { state: 'expired' } },
      next: {
        status: {
          state: 'expired',
          response: 'Plan for twelve.',
          completed_at: '2026-03-02T12:10:00.001Z',
          responded_at: null,
          responder: null,
          responses: [],
        },
      },
      events: [expiry],
    })
  })

  test('a late cancellation and a late escalation find the contact expired', () => {
    const decisions = [
      cancel(created(spec), {}, { now: oneLate, principal: agent }),
      escalate(created(spec), escalation(), escalateAct(oneLate)),
    ]

    expect(decisions).toMatchObject([
      {
        ok: false,
        refusal: { code: 'already_expired' },
        next: { status: { state: 'expired' } },
        events: [expiry],
      },
      {
        ok: false,
        refusal: { code: 'already_expired' },
        next: { status: { state: 'expired' } },
        events: [expiry],
      },
    ])
  })

  test.each<[string, HumanContactSpec['on_expire'], string | null, string | null]>([
    ['nothing', undefined, null, null],
    ['an empty default', {}, null, null],
    ['a text', { response: 'No.' }, 'No.', null],
    ['an option', { response_option_name: 'ship' }, 'Ship it now.', 'ship'],
    ['an option and a text', { response_option_name: 'wait', response: 'Later.' }, 'Later.', 'wait'],
  ])('with %s as the default the agent gets that', (_what, on_expire, response, response_option_name) => {
    const call = created({
      expires_in_seconds: 60,
      response_options: options,
      ...(on_expire && { on_expire }),
    })

    const { status } = next(advance(call, tenPast))

    expect(status).toMatchObject({
      state: 'expired',
      response,
      response_option_name,
      response_data: null,
      responder: null,
    })
  })

  test.each([
    ['before', new Date('2026-03-02T12:09:59.999Z')],
    ['at', tenPast],
  ])('the sweep does nothing %s the limit', (_when, now) => {
    const call = created(spec)

    const decision = advance(call, now)

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test('the sweep ends an overdue contact', () => {
    const decision = advance(created(spec), oneLate)

    expect(decision).toMatchObject({ ok: true, next: { status: { state: 'expired' } }, events: [expiry] })
  })

  test('an answered contact does not expire', () => {
    const call = next(respond(created(spec), { response: 'Nine.' }, by(key)))

    const decision = advance(call, oneLate)

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test('the default answer does not make a late equal answer a repeat', () => {
    const call = next(advance(created(spec), oneLate))

    const decision = respond(call, { response: 'Plan for twelve.' }, by(key, oneLate))

    expect(refusalOf(decision)).toEqual(['already_expired'])
  })
})

describe('cancelling a human contact', () => {
  test('a pending contact becomes cancelled, without an answer', () => {
    const decision = cancel(created(), { comment: 'Never mind.' }, { now: tenPast, principal: agent })

    expect(decision).toMatchObject({
      ok: true,
      next: {
        status: {
          state: 'cancelled',
          response: null,
          response_option_name: null,
          completed_at: '2026-03-02T12:10:00.000Z',
          responder: null,
        },
      },
      events: [{ type: 'completed', principal: agent, detail: 'Never mind.' }],
    })
  })

  test('to cancel again changes nothing', () => {
    const call = cancelled()

    const decision = cancel(call, { comment: 'Another reason.' }, { now: tenPast, principal: agent })

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test.each<[string, () => HumanContact, string]>([
    ['answered', () => next(respond(created(), { response: 'Yes.' }, by(key))), 'already_responded'],
    ['expired', () => next(advance(created({ expires_in_seconds: 60 }), tenPast)), 'already_expired'],
  ])('a contact that is %s cannot be cancelled', (_state, terminal, code) => {
    const call = terminal()

    const decision = cancel(call, {}, { now: tenPast, principal: agent })

    expect(decision).toMatchObject({ ok: false, refusal: { code, winning_status: call.status }, events: [] })
  })

  test('a cancelled contact refuses answers', () => {
    const decision = respond(cancelled(), { response: 'Yes.' }, by(key))

    expect(refusalOf(decision)).toEqual(['already_cancelled'])
  })
})

describe('escalating a human contact', () => {
  test('an escalation is recorded, and the contact stays pending', () => {
    const decision = escalate(created(), escalation(), escalateAct())

    expect(decision).toMatchObject({
      ok: true,
      next: {
        status: {
          state: 'pending',
          escalations: [
            {
              escalation_id: 'esc_1',
              escalation_msg: 'Urgent.',
              escalated_at: '2026-03-02T12:10:00.000Z',
              escalated_by: agent,
            },
          ],
        },
      },
      events: [{ type: 'escalated', principal: agent, detail: 'esc_1' }],
    })
  })

  test('the same escalation again changes nothing', () => {
    const call = next(escalate(created(), escalation(), escalateAct()))

    const decision = escalate(call, escalation(), escalateAct(after(700_000)))

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test('the same id with another message is a conflict', () => {
    const call = next(escalate(created(), escalation(), escalateAct()))

    const decision = escalate(call, escalation({ escalation_msg: 'Very urgent.' }), escalateAct())

    expect(refusalOf(decision)).toEqual(['escalation_id_conflict'])
  })

  test.each<[string, () => HumanContact, string]>([
    ['answered', () => next(respond(created(), { response: 'Yes.' }, by(key))), 'already_responded'],
    ['cancelled', cancelled, 'already_cancelled'],
    ['expired', () => next(advance(created({ expires_in_seconds: 60 }), tenPast)), 'already_expired'],
  ])('a contact that is %s cannot be escalated', (_state, terminal, code) => {
    const decision = escalate(terminal(), escalation(), escalateAct())

    expect(refusalOf(decision)).toEqual([code])
  })
})

function after(milliseconds: number): Date {
  return new Date(noon.getTime() + milliseconds)
}

function request(spec: Partial<HumanContactSpec> = {}): CreateHumanContact {
  return { run_id: 'run_1', call_id: 'call_1', spec: { msg: 'Ship it?', ...spec } }
}

function createAct(act: Partial<CreateAct> = {}): CreateAct {
  return {
    now: noon,
    principal: agent,
    capabilities: { features, channel_kinds },
    max_expires_in_seconds: hour,
    directory: NO_DIRECTORY,
    schema_faults: [],
    ...act,
  }
}

function created(spec: Partial<HumanContactSpec> = {}): HumanContact {
  return next(create(undefined, request(spec), createAct()))
}

function form(): HumanContact {
  return created({ response_schema: new RawJson('{"type":"object","required":["model"]}') })
}

function cancelled(): HumanContact {
  return next(cancel(created(), {}, { now: noon, principal: agent }))
}

function by(responder: Responder, now: Date = noon): RespondAct {
  return { now, responder, directory: NO_DIRECTORY, schema_faults: [] }
}

function escalation(members: Partial<Escalation> = {}): Escalation {
  return { escalation_id: 'esc_1', escalation_msg: 'Urgent.', ...members }
}

function escalateAct(now: Date = tenPast): EscalateAct {
  return { now, principal: agent, directory: NO_DIRECTORY, capabilities: { features, channel_kinds } }
}

function next(decision: Decision<HumanContact>): HumanContact {
  if (!decision.ok) throw new Error(decision.refusal.detail)
  return decision.next
}

/** The code of a refusal and the places that it names. */
function refusalOf(decision: Decision<HumanContact>): string[] | undefined {
  if (decision.ok) return undefined
  return [decision.refusal.code, ...(decision.refusal.errors ?? []).map(({ pointer }) => pointer)]
}
