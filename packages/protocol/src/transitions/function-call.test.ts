import { describe, expect, test } from 'vitest'
import { RawJson } from '../json/raw-json.ts'
import type { Escalation } from '../schemas/escalation.ts'
import type {
  CreateFunctionCall,
  FunctionCall,
  FunctionCallResponse,
  FunctionCallSpec,
} from '../schemas/function-call.ts'
import type { Responder } from '../schemas/responder.ts'
import type { RespondAct } from './answer.ts'
import type { CreateAct } from './creation.ts'
import type { EscalateAct } from './escalation.ts'
import type { Decision } from './decision.ts'
import { cancel, create, escalate, advance, respond } from './function-call.ts'
import { NO_DIRECTORY } from '../routing/directory.ts'

const noon = new Date('2026-03-02T12:00:00.000Z')
const tenPast = after(600_000)
const features = ['edit', 'expiry']
const channel_kinds = ['inbox', 'slack', 'any_of']
const hour = 3600
const agent = 'key:key_agent'
const key: Responder = { id: 'key:key_1', channel: 'api', assurance: 'session' }
const ana: Responder = { id: 'ana', channel: 'api', assurance: 'session', asserted_by: 'key:key_2' }

/** The question is in the inbox from the beginning. */
const INBOX_CONTACT = {
  contact_id: 'c1',
  kind: 'inbox',
  place: '/inbox',
  state: 'sent',
  joins_at: '2026-03-02T12:00:00.000Z',
  sent_at: '2026-03-02T12:00:00.000Z',
}

describe('creating a function call', () => {
  test('a new call is pending, and nothing is decided', () => {
    const decision = create(undefined, request(), createAct())

    expect(decision).toEqual({
      ok: true,
      next: {
        run_id: 'run_1',
        call_id: 'call_1',
        spec: { fn: 'refund', kwargs: new RawJson('{"amount":5,"to":"Ana"}') },
        status: {
          state: 'pending',
          approved: null,
          comment: null,
          reject_option_name: null,
          allow_edit: false,
          edited_kwargs: null,
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

  test('the effective channel and allow_edit stand in the status', () => {
    const { status } = created({ channel: { slack: { channel_or_user_id: 'C1' } }, allow_edit: true })

    expect(status).toMatchObject({ channel: { slack: { channel_or_user_id: 'C1' } }, allow_edit: true })
  })

  test('a bot token is kept neither in the spec nor in the status', () => {
    const call = created({
      channel: { any_of: [{ slack: { channel_or_user_id: 'C1', bot_token: 'secret' } }] },
    })

    expect(JSON.stringify(call)).not.toContain('secret')
  })

  test.each<[string, Partial<FunctionCallSpec>, string | null]>([
    ['no limit', {}, null],
    ['seconds, counted from now', { expires_in_seconds: 90 }, '2026-03-02T12:01:30.000Z'],
    ['an instant', { expires_at: '2026-03-02T12:10:00Z' }, '2026-03-02T12:10:00.000Z'],
    ['the longest time that the server takes', { expires_in_seconds: hour }, '2026-03-02T13:00:00.000Z'],
  ])('a spec with %s expires then', (_what, spec, expires_at) => {
    const { status } = created(spec)

    expect(status.expires_at).toBe(expires_at)
  })

  test.each<[string, Partial<FunctionCallSpec>, string]>([
    [
      'both limits',
      { expires_at: '2026-03-02T12:10:00Z', expires_in_seconds: 600 },
      '/spec/expires_in_seconds',
    ],
    ['a limit in the past', { expires_at: '2026-03-02T11:59:59Z' }, '/spec/expires_at'],
    ['a limit at this very instant', { expires_at: '2026-03-02T12:00:00Z' }, '/spec/expires_at'],
    ['an instant that is too far', { expires_at: '2026-03-02T13:00:00.001Z' }, '/spec/expires_at'],
    ['seconds that are too many', { expires_in_seconds: hour + 1 }, '/spec/expires_in_seconds'],
    ['seconds beyond every calendar', { expires_in_seconds: 9e15 }, '/spec/expires_in_seconds'],
    [
      'two options of one name',
      { reject_options: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] },
      '/spec/reject_options/2/name',
    ],
  ])('%s: refused as invalid_request', (_what, spec, pointer) => {
    const decision = create(undefined, request(spec), createAct())

    expect(refusalOf(decision)).toEqual(['invalid_request', pointer])
    expect(decision.events).toEqual([])
  })

  test('what a schema of the client does wrong is refused as invalid_request', () => {
    const schema_faults = [{ pointer: '/spec/kwargs_schema/not', detail: 'Not that keyword.' }]

    const decision = create(undefined, request(), createAct({ schema_faults }))

    expect(refusalOf(decision)).toEqual(['invalid_request', '/spec/kwargs_schema/not'])
  })

  test.each<[string, Partial<FunctionCallSpec>, string[]]>([
    ['kwargs_schema', { kwargs_schema: new RawJson('{}') }, ['/spec/kwargs_schema']],
    ['allow_edit', { allow_edit: true }, ['/spec/allow_edit']],
    ['expires_at', { expires_at: '2026-03-02T12:10:00Z' }, ['/spec/expires_at']],
    ['expires_in_seconds', { expires_in_seconds: 60 }, ['/spec/expires_in_seconds']],
    ['on_expire', { on_expire: { comment: 'late' } }, ['/spec/on_expire']],
    ['redact', { redact: ['/kwargs/to'] }, ['/spec/redact']],
    ['minimum_assurance', { minimum_assurance: 'session' }, ['/spec/minimum_assurance']],
    ['exclude_responder_ids', { exclude_responder_ids: ['ana'] }, ['/spec/exclude_responder_ids']],
    ['risk', { risk: 'high' }, ['/spec/risk']],
    ['locale', { locale: 'pt-BR' }, ['/spec/locale']],
    ['a required feature', { requires: ['core', 'edit'] }, ['/spec/requires/1']],
    ['a channel kind', { channel: { email: { address: 'a@b' } } }, ['/spec/channel/email']],
    [
      'a member of a composite',
      { channel: { any_of: [{ inbox: {} }, { sms: { phone_number: '+123' } }] } },
      ['/spec/channel/any_of/1/sms'],
    ],
    [
      'several things',
      { risk: 'high', requires: ['x'], channel: { all_of: [{ inbox: {} }] } },
      ['/spec/risk', '/spec/requires/0', '/spec/channel/all_of'],
    ],
  ])('%s that the server does not offer is refused with the pointer', (_what, spec, pointers) => {
    const capabilities = { features: ['core'], channel_kinds }

    const decision = create(undefined, request(spec), createAct({ capabilities }))

    expect(refusalOf(decision)).toEqual(['unsupported_feature', ...pointers])
  })

  test('required features that the server offers are no hindrance', () => {
    const decision = create(undefined, request({ requires: ['edit', 'expiry'] }), createAct())

    expect(decision.ok).toBe(true)
  })
})

describe('asking again under the same call_id', () => {
  test.each<[string, Partial<FunctionCallSpec>, Partial<FunctionCallSpec>]>([
    ['the same spec', {}, {}],
    ['members of kwargs in another order', {}, { kwargs: new RawJson('{"to":"Ana","amount":5}') }],
    [
      'numbers of kwargs in another spelling',
      {},
      { kwargs: new RawJson('{ "amount": 5.0, "to": "\\u0041na" }') },
    ],
    [
      'members of the spec in another order',
      { state: new RawJson('{}'), channel: { inbox: {} } },
      { channel: { inbox: {} }, state: new RawJson('{}') },
    ],
    [
      'another bot token',
      { channel: { slack: { channel_or_user_id: 'C1', bot_token: 'one' } } },
      { channel: { slack: { channel_or_user_id: 'C1', bot_token: 'two' } } },
    ],
    [
      'no bot token this time',
      { channel: { any_of: [{ slack: { channel_or_user_id: 'C1', bot_token: 'one' } }] } },
      { channel: { any_of: [{ slack: { channel_or_user_id: 'C1' } }] } },
    ],
  ])('with %s gives the existing call and causes nothing', (_what, first, second) => {
    const existing = created(first)

    const decision = create(existing, request(second), createAct({ now: tenPast }))

    expect(decision).toEqual({ ok: true, next: existing, events: [] })
  })

  test.each<[string, Partial<FunctionCallSpec>, Partial<CreateFunctionCall>]>([
    ['another run', {}, { run_id: 'run_2' }],
    ['another function', { fn: 'close_account' }, {}],
    ['another argument', { kwargs: new RawJson('{"amount":6,"to":"Ana"}') }, {}],
    ['one argument more', { kwargs: new RawJson('{"amount":5,"to":"Ana","x":null}') }, {}],
    ['a member more', { allow_edit: false }, {}],
    ['the default channel spelt out', { channel: { inbox: {} } }, {}],
  ])('with %s is a conflict that leaks nothing', (_what, spec, rest) => {
    const existing = created()

    const decision = create(existing, { ...request(spec), ...rest }, createAct())

    expect(decision).toEqual({
      ok: false,
      refusal: {
        code: 'call_id_conflict',
        detail: 'The call_id "call_1" belongs to a call that was asked differently.',
      },
      events: [],
    })
  })

  test('arguments that differ by one beyond 2^53 are a conflict', () => {
    const existing = created({ kwargs: new RawJson('{"id":9007199254740993}') })

    const decision = create(
      existing,
      request({ kwargs: new RawJson('{"id":9007199254740992}') }),
      createAct(),
    )

    expect(refusalOf(decision)).toEqual(['call_id_conflict'])
  })

  test('the look-up comes before what depends on time, configuration or policy', () => {
    const spec = { expires_at: '2026-03-02T12:10:00Z', allow_edit: true }
    const existing = created(spec)
    const later = createAct({
      now: new Date('2027-01-01T00:00:00Z'),
      capabilities: { features: [], channel_kinds: [] },
      max_expires_in_seconds: 1,
      schema_faults: [{ pointer: '', detail: 'The limits are smaller now.' }],
    })

    const decision = create(existing, request(spec), later)

    expect(decision).toEqual({ ok: true, next: existing, events: [] })
  })

  test('a decided call is given as decided', () => {
    const existing = next(respond(created(), { approved: true }, by(key)))

    const decision = create(existing, request(), createAct({ now: tenPast }))

    expect(decision).toMatchObject({ ok: true, next: { status: { state: 'approved' } }, events: [] })
  })
})

describe('responding to a function call', () => {
  test('an approval lets the function run', () => {
    const decision = respond(created(), { approved: true, comment: 'Go.' }, by(ana, tenPast))

    expect(decision).toMatchObject({
      ok: true,
      next: {
        status: {
          state: 'approved',
          approved: true,
          comment: 'Go.',
          reject_option_name: null,
          edited_kwargs: null,
          responder: ana,
          responded_at: '2026-03-02T12:10:00.000Z',
          completed_at: '2026-03-02T12:10:00.000Z',
          responses: [
            {
              responder: ana,
              responded_at: '2026-03-02T12:10:00.000Z',
              approved: true,
              comment: 'Go.',
              reject_option_name: null,
              edited_kwargs: null,
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

  test('an answer leaves the spec and what the server set at create as they were', () => {
    const call = created({ expires_in_seconds: 600 })

    const { spec, status } = next(respond(call, { approved: true }, by(key)))

    expect(spec).toEqual(call.spec)
    expect(status).toMatchObject({
      requested_at: call.status.requested_at,
      requested_by: agent,
      expires_at: call.status.expires_at,
      channel: call.status.channel,
    })
  })

  test('a transition does not change the call that it was handed', () => {
    const call = created()
    const before = structuredClone(call.status)

    respond(call, { approved: true }, by(key))

    expect(call.status).toEqual(before)
  })

  test.each<[string, FunctionCallResponse, string]>([
    ['nothing', { approved: false }, ''],
    ['own words', { approved: false, comment: 'No.' }, 'No.'],
    ['an option that has a text', { approved: false, reject_option_name: 'text' }, 'The text.'],
    ['an option that has a title', { approved: false, reject_option_name: 'title' }, 'The title'],
    ['an option that has a name only', { approved: false, reject_option_name: 'name' }, 'name'],
    ['an option whose text is empty', { approved: false, reject_option_name: 'empty' }, 'The empty one'],
    ['an option and own words', { approved: false, reject_option_name: 'text', comment: 'No.' }, 'No.'],
    ['an option and empty own words', { approved: false, reject_option_name: 'text', comment: '' }, ''],
  ])('a denial with %s has a comment', (_what, response, comment) => {
    const call = created({
      reject_options: [
        { name: 'text', title: 'A title', prompt_fill: 'The text.' },
        { name: 'title', title: 'The title' },
        { name: 'name' },
        { name: 'empty', title: 'The empty one', prompt_fill: '' },
      ],
    })

    const { status } = next(respond(call, response, by(key)))

    expect(status).toMatchObject({
      state: 'denied',
      approved: false,
      comment,
      reject_option_name: response.reject_option_name ?? null,
    })
  })

  test('an approval without words has an empty comment and no null', () => {
    const { status } = next(respond(created(), { approved: true }, by(key)))

    expect(status.comment).toBe('')
  })

  test('the first answer wins', () => {
    const first = next(respond(created(), { approved: false, comment: 'No.' }, by(key)))

    const second = respond(first, { approved: true }, by(ana, tenPast))

    expect(second).toEqual({
      ok: false,
      refusal: { code: 'already_responded', detail: 'The call is denied.', winning_status: first.status },
      events: [],
    })
  })

  const options = [{ name: 'a' }, { name: 'b' }]
  test.each<[string, FunctionCallResponse]>([
    ['an approval', { approved: true }],
    ['an approval with a comment', { approved: true, comment: 'Go.' }],
    ['a denial with an option', { approved: false, reject_option_name: 'a' }],
    ['an edit', { approved: true, edited_kwargs: new RawJson('{"amount":4,"to":"Ana"}') }],
  ])('the same answer again changes nothing and gives no events: %s', (_what, response) => {
    const first = next(respond(created({ allow_edit: true, reject_options: options }), response, by(key)))

    const second = respond(first, response, by(key, tenPast))

    expect(second).toEqual({ ok: true, next: first, events: [] })
  })

  test('the same edit in another spelling is the same answer', () => {
    const first = next(
      respond(
        created({ allow_edit: true }),
        { approved: true, edited_kwargs: new RawJson('{"a":1,"b":2}') },
        by(key),
      ),
    )

    const second = respond(
      first,
      { approved: true, edited_kwargs: new RawJson('{ "b": 2, "a": 1.0 }') },
      by(key),
    )

    expect(second).toEqual({ ok: true, next: first, events: [] })
  })

  test('the text that an option stands for is the same answer as the option with that text', () => {
    const first = next(
      respond(created({ reject_options: options }), { approved: false, reject_option_name: 'a' }, by(key)),
    )

    const second = respond(first, { approved: false, reject_option_name: 'a', comment: 'a' }, by(key))

    expect(second).toEqual({ ok: true, next: first, events: [] })
  })

  test.each<[string, FunctionCallResponse, Responder]>([
    ['of another responder', { approved: true, comment: 'Go.' }, ana],
    ['with another decision', { approved: false, comment: 'Go.' }, key],
    ['with another comment', { approved: true, comment: 'Go!' }, key],
    ['without the comment', { approved: true }, key],
    ['with an edit', { approved: true, comment: 'Go.', edited_kwargs: new RawJson('{}') }, key],
    ['with an option', { approved: false, reject_option_name: 'a' }, key],
    ['with an unknown option', { approved: false, reject_option_name: 'x' }, key],
  ])('an answer %s after the first is refused', (_what, response, responder) => {
    const first = next(
      respond(
        created({ reject_options: options, allow_edit: true }),
        { approved: true, comment: 'Go.' },
        by(key),
      ),
    )

    const second = respond(first, response, by(responder))

    expect(refusalOf(second)).toEqual(['already_responded'])
  })

  test('somebody who is not listed is refused, the attempt is an event and the call stays pending', () => {
    const call = created({ channel: { inbox: { allowed_responder_ids: ['ana'] } } })

    const decision = respond(call, { approved: true }, by(key))

    expect(decision).toEqual({
      ok: false,
      refusal: {
        code: 'responder_not_allowed',
        detail: 'The responder "key:key_1" may not decide this call.',
      },
      events: [{ type: 'refused', principal: 'key:key_1', detail: 'responder_not_allowed' }],
    })
  })

  test('a listed person answers after somebody else was refused', () => {
    const call = created({ channel: { inbox: { allowed_responder_ids: ['ana'] } } })
    respond(call, { approved: false }, by(key))

    const { status } = next(respond(call, { approved: true }, by(ana)))

    expect(status).toMatchObject({ state: 'approved', responder: { id: 'ana' } })
  })

  test('one leaf of any_of decides', () => {
    const call = created({
      channel: {
        any_of: [{ slack: { channel_or_user_id: 'C1' } }, { inbox: { allowed_responder_ids: ['ana'] } }],
      },
    })
    const onSlack: Responder = { id: 'slack:T1:U1', channel: 'slack', assurance: 'click' }

    const { status } = next(respond(call, { approved: true }, by(onSlack)))

    expect(status).toMatchObject({ state: 'approved', responder: onSlack })
  })

  test('somebody who may not decide learns nothing about what the call offers', () => {
    const call = created({ channel: { inbox: { allowed_responder_ids: ['ana'] } }, reject_options: options })

    const decision = respond(call, { approved: false, reject_option_name: 'x' }, by(key))

    expect(refusalOf(decision)).toEqual(['responder_not_allowed'])
  })

  test('somebody who may not decide is refused as such also when the call is decided', () => {
    const call = created({ channel: { inbox: { allowed_responder_ids: ['ana'] } } })
    const decided = next(respond(call, { approved: true }, by(ana)))

    const decision = respond(decided, { approved: true }, by(key))

    expect(refusalOf(decision)).toEqual(['responder_not_allowed'])
  })

  test.each<[string, Partial<FunctionCallSpec>, string]>([
    ['offers others', { reject_options: options }, 'The call offers no option "x"; it offers "a", "b".'],
    ['offers none', {}, 'The call offers no option "x"; it offers none.'],
  ])('an unknown option of a call that %s is refused', (_what, spec, detail) => {
    const decision = respond(created(spec), { approved: false, reject_option_name: 'x' }, by(key))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'unknown_option', errors: [{ pointer: '/reject_option_name', detail }] },
      events: [],
    })
  })

  test.each<[string, FunctionCallResponse, string]>([
    ['an approval with a reject option', { approved: true, reject_option_name: 'a' }, '/reject_option_name'],
    ['a denial with edits', { approved: false, edited_kwargs: new RawJson('{}') }, '/edited_kwargs'],
  ])('%s contradicts itself and is refused, whoever answers', (_what, response, pointer) => {
    const call = created({
      allow_edit: true,
      reject_options: options,
      channel: { inbox: { allowed_responder_ids: ['ana'] } },
    })

    const decision = respond(call, response, by(key))

    expect(refusalOf(decision)).toEqual(['invalid_request', pointer])
    expect(decision.events).toEqual([])
  })

  test('edited arguments replace the arguments whole and leave the spec as it was', () => {
    const call = created({ allow_edit: true })

    const { spec, status } = next(
      respond(call, { approved: true, edited_kwargs: new RawJson('{"amount":4}') }, by(key)),
    )

    expect(spec).toEqual(call.spec)
    expect(status).toMatchObject({
      state: 'approved',
      approved: true,
      edited_kwargs: new RawJson('{"amount":4}'),
    })
    expect(status.responses[0]?.edited_kwargs).toEqual(new RawJson('{"amount":4}'))
  })

  test.each([{}, { allow_edit: false }])('edits are refused when the call has %j', (spec) => {
    const decision = respond(created(spec), { approved: true, edited_kwargs: new RawJson('{}') }, by(key))

    expect(refusalOf(decision)).toEqual(['edit_not_allowed', '/edited_kwargs'])
    expect(decision.events).toEqual([])
  })

  test('edits that break the schema of the call are refused with the places', () => {
    const schema_faults = [{ pointer: '/edited_kwargs/amount', detail: 'Expected at most 5.' }]

    const decision = respond(
      created({ allow_edit: true }),
      { approved: true, edited_kwargs: new RawJson('{"amount":6}') },
      { ...by(key), schema_faults },
    )

    expect(refusalOf(decision)).toEqual(['schema_mismatch', '/edited_kwargs/amount'])
    expect(decision.events).toEqual([])
  })
})

describe('the expiry of a function call', () => {
  const spec = { expires_at: '2026-03-02T12:10:00.000Z', on_expire: { comment: 'Ask me tomorrow.' } }
  const oneLate = after(600_001)
  const expiry = { type: 'completed', principal: 'system:expiry' }

  test('an answer at the very last instant counts', () => {
    const decision = respond(created(spec), { approved: true }, by(key, tenPast))

    expect(decision).toMatchObject({ ok: true, next: { status: { state: 'approved', approved: true } } })
  })

  test('one millisecond later the expiry is applied first, and is stored', () => {
    const decision = respond(created(spec), { approved: true }, by(key, oneLate))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'already_expired', winning_status: { state: 'expired', approved: false } },
      next: {
        status: {
          state: 'expired',
          approved: false,
          comment: 'Ask me tomorrow.',
          completed_at: '2026-03-02T12:10:00.001Z',
          responded_at: null,
          responder: null,
          responses: [],
        },
      },
      events: [expiry],
    })
  })

  test('a late answer of somebody who may not decide stores the expiry and the attempt', () => {
    const call = created({ ...spec, channel: { inbox: { allowed_responder_ids: ['ana'] } } })

    const decision = respond(call, { approved: true }, by(key, oneLate))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'responder_not_allowed' },
      next: { status: { state: 'expired' } },
      events: [expiry, { type: 'refused', principal: 'key:key_1' }],
    })
  })

  test('a late cancellation finds the call expired', () => {
    const decision = cancel(created(spec), {}, { now: oneLate, principal: agent })

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'already_expired' },
      next: { status: { state: 'expired', comment: 'Ask me tomorrow.' } },
      events: [expiry],
    })
  })

  test('a late escalation finds the call expired', () => {
    const decision = escalate(created(spec), escalation(), escalateAct(oneLate))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'already_expired' },
      next: { status: { state: 'expired', escalations: [] } },
      events: [expiry],
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

  test('the sweep ends an overdue call, and the agent gets its own comment', () => {
    const decision = advance(created(spec), oneLate)

    expect(decision).toMatchObject({
      ok: true,
      next: { status: { state: 'expired', approved: false, comment: 'Ask me tomorrow.' } },
      events: [expiry],
    })
  })

  test('without a comment of the agent the server says that nobody answered', () => {
    const { status } = next(advance(created({ expires_in_seconds: 600, on_expire: {} }), oneLate))

    expect(status.comment).toBe('Nobody answered in time.')
  })

  test('a call without a limit never expires', () => {
    const call = created()

    const decision = advance(call, new Date('2999-01-01T00:00:00Z'))

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test('a decided call does not expire', () => {
    const call = next(respond(created(spec), { approved: true }, by(key)))

    const decision = advance(call, oneLate)

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test('an expired call does not expire twice', () => {
    const call = next(advance(created(spec), oneLate))

    const decision = advance(call, after(700_000))

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test('an expired call refuses every answer, and silence has not approved', () => {
    const call = next(advance(created(spec), oneLate))

    const decisions = [{ approved: true }, { approved: false }].map((response) =>
      respond(call, response, by(key, oneLate)),
    )

    expect(decisions.map(refusalOf)).toEqual([['already_expired'], ['already_expired']])
    expect(call.status.approved).toBe(false)
  })

  test('the same answer again is accepted after the limit', () => {
    const first = next(respond(created(spec), { approved: true }, by(key)))

    const second = respond(first, { approved: true }, by(key, oneLate))

    expect(second).toEqual({ ok: true, next: first, events: [] })
  })
})

describe('cancelling a function call', () => {
  test.each([
    [{}, 'Cancelled by the agent.'],
    [{ comment: 'Never mind.' }, 'Never mind.'],
    [{ comment: '' }, ''],
  ])('a pending call with %j becomes cancelled with the comment %j', (cancellation, comment) => {
    const decision = cancel(created(), cancellation, { now: tenPast, principal: agent })

    expect(decision).toMatchObject({
      ok: true,
      next: {
        status: {
          state: 'cancelled',
          approved: false,
          comment,
          completed_at: '2026-03-02T12:10:00.000Z',
          responded_at: null,
          responder: null,
        },
      },
      events: [{ type: 'completed', principal: agent, detail: comment }],
    })
  })

  test('to cancel again changes nothing, whatever the reason', () => {
    const call = cancelled()

    const decision = cancel(
      call,
      { comment: 'Another reason.' },
      { now: tenPast, principal: 'key:key_other' },
    )

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test.each([
    ['approved', { approved: true }],
    ['denied', { approved: false }],
  ])('a call that is %s cannot be cancelled', (state, response) => {
    const call = next(respond(created(), response, by(key)))

    const decision = cancel(call, {}, { now: tenPast, principal: agent })

    expect(decision).toEqual({
      ok: false,
      refusal: { code: 'already_responded', detail: `The call is ${state}.`, winning_status: call.status },
      events: [],
    })
  })

  test('an expired call cannot be cancelled', () => {
    const call = next(advance(created({ expires_in_seconds: 60 }), tenPast))

    const decision = cancel(call, {}, { now: tenPast, principal: agent })

    expect(refusalOf(decision)).toEqual(['already_expired'])
  })

  test('a cancelled call refuses answers', () => {
    const decision = respond(cancelled(), { approved: true }, by(key))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'already_cancelled', winning_status: { state: 'cancelled', approved: false } },
      events: [],
    })
  })
})

describe('escalating a function call', () => {
  test('an escalation is recorded with its time and key, and the call stays pending', () => {
    const call = created()

    const decision = escalate(
      call,
      escalation({ channel: { slack: { channel_or_user_id: 'C2' } } }),
      escalateAct(),
    )

    expect(decision).toEqual({
      ok: true,
      next: {
        ...call,
        status: {
          ...call.status,
          escalations: [
            {
              escalation_id: 'esc_1',
              escalation_msg: 'Urgent.',
              channel: { slack: { channel_or_user_id: 'C2' } },
              escalated_at: '2026-03-02T12:10:00.000Z',
              escalated_by: agent,
            },
          ],
          contacts: [
            INBOX_CONTACT,
            {
              contact_id: 'c2',
              kind: 'slack',
              state: 'queued',
              joins_at: '2026-03-02T12:10:00.000Z',
              escalation_id: 'esc_1',
            },
          ],
        },
      },
      events: [{ type: 'escalated', principal: agent, detail: 'esc_1' }],
    })
  })

  test('escalations are kept oldest first', () => {
    const once = next(escalate(created(), escalation(), escalateAct()))

    const twice = next(escalate(once, escalation({ escalation_id: 'esc_2' }), escalateAct()))

    expect(twice.status.escalations?.map(({ escalation_id }) => escalation_id)).toEqual(['esc_1', 'esc_2'])
  })

  test('who may decide stays as it was', () => {
    const call = created({ channel: { inbox: { allowed_responder_ids: ['ana'] } } })
    const escalated = next(escalate(call, escalation({ channel: { inbox: {} } }), escalateAct()))

    const decision = respond(escalated, { approved: true }, by(key))

    expect(refusalOf(decision)).toEqual(['responder_not_allowed'])
  })

  test.each<[string, Partial<Escalation>, Partial<Escalation>]>([
    ['word for word', {}, {}],
    [
      'with another bot token',
      { channel: { slack: { channel_or_user_id: 'C2', bot_token: 'one' } } },
      { channel: { slack: { channel_or_user_id: 'C2', bot_token: 'two' } } },
    ],
    [
      'with members in another order',
      { channel: { inbox: {} }, additional_recipients: [{ address: 'a@b', field: 'cc' }] },
      { additional_recipients: [{ field: 'cc', address: 'a@b' }], channel: { inbox: {} } },
    ],
  ])('the same escalation again, %s, changes nothing', (_what, first, second) => {
    const call = next(escalate(created(), escalation(first), escalateAct()))

    const decision = escalate(call, escalation(second), {
      ...escalateAct(after(700_000)),
      principal: 'key:key_other',
    })

    expect(decision).toEqual({ ok: true, next: call, events: [] })
  })

  test.each<[string, Partial<Escalation>]>([
    ['message', { escalation_msg: 'Very urgent.' }],
    ['channel', { channel: { inbox: {} } }],
    ['recipients', { additional_recipients: [{ address: 'lead@example.com' }] }],
  ])('the same id with another %s is a conflict', (_what, other) => {
    const call = next(escalate(created(), escalation(), escalateAct()))

    const decision = escalate(call, escalation(other), escalateAct())

    expect(refusalOf(decision)).toEqual(['escalation_id_conflict'])
    expect(decision.events).toEqual([])
  })

  test('a bot token of an escalation is not kept', () => {
    const asked = escalation({ channel: { slack: { channel_or_user_id: 'C2', bot_token: 'secret' } } })

    const call = next(escalate(created(), asked, escalateAct()))

    expect(JSON.stringify(call)).not.toContain('secret')
  })

  test('a channel kind that the server does not serve is refused with the pointer', () => {
    const decision = escalate(
      created(),
      escalation({ channel: { sms: { phone_number: '+123' } } }),
      escalateAct(),
    )

    expect(refusalOf(decision)).toEqual(['unsupported_feature', '/channel/sms'])
  })

  test.each<[string, () => FunctionCall, string]>([
    ['answered', () => next(respond(created(), { approved: true }, by(key))), 'already_responded'],
    ['cancelled', cancelled, 'already_cancelled'],
    ['expired', () => next(advance(created({ expires_in_seconds: 60 }), tenPast)), 'already_expired'],
  ])('a call that is %s cannot be escalated', (_what, terminal, code) => {
    const call = terminal()

    const decision = escalate(call, escalation(), escalateAct())

    expect(decision).toMatchObject({ ok: false, refusal: { code, winning_status: call.status }, events: [] })
  })

  test('an escalation that was recorded before the answer may be sent again after it', () => {
    const escalated = next(escalate(created(), escalation(), escalateAct()))
    const answered = next(respond(escalated, { approved: true }, by(key, tenPast)))

    const decision = escalate(answered, escalation(), escalateAct())

    expect(decision).toEqual({ ok: true, next: answered, events: [] })
  })
})

describe('every terminal function call', () => {
  const limited = { expires_in_seconds: 60 }

  test.each<[string, boolean, () => FunctionCall]>([
    ['approved', true, () => next(respond(created(), { approved: true }, by(key)))],
    ['denied', false, () => next(respond(created(), { approved: false }, by(key)))],
    ['expired', false, () => next(advance(created(limited), tenPast))],
    ['cancelled', false, cancelled],
  ])('that is %s says so with approved: %s, a comment and a time', (state, approved, terminal) => {
    const { status } = terminal()

    expect(status).toMatchObject({
      state,
      approved,
      comment: expect.any(String) as string,
      completed_at: expect.any(String) as string,
    })
  })
})

function after(milliseconds: number): Date {
  return new Date(noon.getTime() + milliseconds)
}

function request(spec: Partial<FunctionCallSpec> = {}): CreateFunctionCall {
  return {
    run_id: 'run_1',
    call_id: 'call_1',
    spec: { fn: 'refund', kwargs: new RawJson('{"amount":5,"to":"Ana"}'), ...spec },
  }
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

function created(spec: Partial<FunctionCallSpec> = {}): FunctionCall {
  return next(create(undefined, request(spec), createAct()))
}

function cancelled(): FunctionCall {
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

function next(decision: Decision<FunctionCall>): FunctionCall {
  if (!decision.ok) throw new Error(decision.refusal.detail)
  return decision.next
}

/** The code of a refusal and the places that it names. */
function refusalOf(decision: Decision<FunctionCall>): string[] | undefined {
  if (decision.ok) return undefined
  return [decision.refusal.code, ...(decision.refusal.errors ?? []).map(({ pointer }) => pointer)]
}
