import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRouting, type Directories } from '../src/routing/configuration.ts'
import {
  aFunctionCall,
  aHumanContact,
  ask,
  askPerson,
  expectProblem,
  startTestServer,
  type Client,
  type TestServer,
} from './test-server.ts'

const configuration = {
  people: [
    { id: 'ana', name: 'Ana Lima', addresses: ['email:ana@example.com'] },
    { id: 'bo', name: 'Bo Sand', out_of_office: { delegate: 'ana' } },
    { id: 'cy' },
  ],
  teams: [{ name: 'payments', people: ['ana', 'bo'] }],
  channels: [
    { name: 'oncall', channel: { inbox: { allowed_responder_ids: ['team:payments'] } } },
    {
      name: 'fallback',
      channel: { any_of: [{ named: { name: 'oncall' } }, { after_seconds: 60, channel: { inbox: {} } }] },
    },
  ],
  policies: [
    {
      name: 'small',
      fn: 'pay',
      kwargs: [{ pointer: '/amount', at_most: 50 }],
      effect: 'approve',
      comment: 'Small.',
    },
    {
      name: 'none-abroad',
      fn: ['pay', 'ship'],
      kwargs: [{ pointer: '/country', equals: 'XX' }],
      effect: 'deny',
    },
    {
      name: 'two',
      fn: 'pay',
      effect: 'ask',
      channel: { inbox: { allowed_responder_ids: ['ana', 'cy'] } },
      minimum_people: 2,
    },
  ],
  projects: { strict: { responders: 'known', policies: [], default_channel: { named: { name: 'oncall' } } } },
}

let server: TestServer
const person: Record<string, Client> = {}

beforeAll(async () => {
  server = await startTestServer({ directories: directoriesOf(configuration) })
  for (const responder_id of ['ana', 'bo', 'cy', 'eve'])
    person[responder_id] = await server.insertKey(['responder'], { responder_id })
})

afterAll(() => server.close())

describe('a project', () => {
  test('shows its people, teams and channels, and addresses and policies to admins (routing.project, policy.shown)', async () => {
    const { json } = await server.responder.get('/v1/project')

    expect(json).toMatchObject({
      people: [{ id: 'ana', name: 'Ana Lima' }, { id: 'bo', name: 'Bo Sand', delegate: 'ana' }, { id: 'cy' }],
      teams: configuration.teams,
      channels: [
        { name: 'oncall', channel: { inbox: { allowed_responder_ids: ['ana', 'bo'] } } },
        { name: 'fallback' },
      ],
      default_channel: { inbox: {} },
      responders: 'any',
    })
    expect(JSON.stringify(json)).not.toMatch(/addresses|policies/)
    const admin = await server.admin.get('/v1/project')
    expect(admin.json.people[0].addresses).toEqual(['email:ana@example.com'])
    expect(admin.json.policies).toEqual(configuration.policies)
  })

  test('differs from the others where the configuration says so', async () => {
    await server.insertProject('strict')
    const agent = await server.insertKey(['agent'], { project_id: 'strict' })
    const unbound = await server.insertKey(['responder'], { project_id: 'strict' })
    const ana = await server.insertKey(['responder'], { project_id: 'strict', responder_id: 'ana' })
    const path = await ask({ agent }, {})

    expect((await agent.get(path)).json.status.channel).toEqual({
      inbox: { allowed_responder_ids: ['ana', 'bo'] },
    })
    expectProblem(await unbound.post(`${path}/respond`, { approved: true }), 403, 'responder_not_allowed')
    expect((await ana.post(`${path}/respond`, { approved: true })).status).toBe(200)
    const open = await ask({ agent }, { channel: { inbox: {} } })
    expectProblem(await unbound.post(`${open}/respond`, { approved: true }), 403, 'responder_not_allowed')
    expectProblem(
      await agent.post(
        '/v1/function_calls',
        aFunctionCall({ channel: { inbox: { allowed_responder_ids: ['ana', 'eve'] } } }),
      ),
      422,
      'invalid_request',
      ['/spec/channel/inbox/allowed_responder_ids/1'],
    )
  })
})

describe('a named channel', () => {
  test('is what it stands for, and the spec stays as it was sent (routing.named)', async () => {
    const channel = { named: { name: 'fallback' } }
    for (const path of [await ask(server, { channel }), await askPerson(server, { channel })]) {
      const { json } = await server.agent.get(path)

      expect(json.spec.channel).toEqual(channel)
      expect(json.status.channel).toEqual({
        any_of: [
          { inbox: { allowed_responder_ids: ['ana', 'bo'] } },
          { after_seconds: 60, channel: { inbox: {} } },
        ],
      })
      expect(json.status.contacts).toMatchObject([
        { place: '/any_of/0/inbox' },
        { place: '/any_of/1/channel/inbox' },
      ])
    }
  })

  test('that is not there is refused, and so is an unknown team (routing.unknown-channel, routing.unknown-team)', async () => {
    for (const [spec, pointer] of [
      [{ channel: { named: { name: 'nobody' } } }, '/spec/channel/named/name'],
      [
        { channel: { inbox: { allowed_responder_ids: ['team:nobody'] } } },
        '/spec/channel/inbox/allowed_responder_ids/0',
      ],
      [{ exclude_responder_ids: ['ana', 'team:nobody'] }, '/spec/exclude_responder_ids/1'],
    ] as const) {
      expectProblem(
        await server.agent.post('/v1/function_calls', aFunctionCall(spec)),
        422,
        'invalid_request',
        [pointer],
      )
      expectProblem(
        await server.agent.post('/v1/human_contacts', aHumanContact(spec)),
        422,
        'invalid_request',
        [pointer],
      )
    }
  })

  test('that can never decide is refused at the name (composite.satisfiable)', async () => {
    const channel = { any_of: [{ all_of: [{ named: { name: 'oncall' } }] }] }
    const spec = { channel, exclude_responder_ids: ['team:payments'] }

    expectProblem(
      await server.agent.post('/v1/function_calls', aFunctionCall(spec)),
      422,
      'invalid_request',
      ['/spec/channel/any_of/0/all_of/0'],
    )
  })

  test('reaches those who are asked again (routing.escalation)', async () => {
    const path = await ask(server)
    const escalation = {
      escalation_id: 'e',
      escalation_msg: 'Please.',
      channel: { named: { name: 'oncall' } },
    }

    const { json, status } = await server.agent.post(`${path}/escalate`, escalation)

    expect(status).toBe(200)
    expect(json.status.contacts.at(-1)).toMatchObject({ kind: 'inbox', escalation_id: 'e' })
    expect((await server.agent.post(`${path}/escalate`, escalation)).json).toEqual(json)
    expectProblem(
      await server.agent.post(`${path}/escalate`, {
        ...escalation,
        escalation_id: 'f',
        channel: { named: { name: 'x' } },
      }),
      422,
      'invalid_request',
      ['/channel/named/name'],
    )
  })
})

describe('a delegate', () => {
  test('answers for whoever is away, and both are on the record (routing.delegate)', async () => {
    const path = await ask(server, { channel: { inbox: { allowed_responder_ids: ['bo'] } } })

    const { json } = await person['ana']!.post(`${path}/respond`, { approved: true })

    expect(json.status.responder).toMatchObject({ id: 'ana', name: 'Ana Lima', on_behalf_of: ['bo'] })
    expect(json.status.responses[0].responder.on_behalf_of).toEqual(['bo'])
  })

  test('and whoever they stand in for are one voice (routing.delegate-once)', async () => {
    const channel = { quorum: { required: 2, of: [{ inbox: { allowed_responder_ids: ['bo', 'cy'] } }] } }
    const path = await ask(server, { channel })
    const yes = { approved: true }

    const first = await person['ana']!.post(`${path}/respond`, yes)
    const again = await person['ana']!.post(`${path}/respond`, yes)
    const bo = await person['bo']!.post(`${path}/respond`, yes)
    const cy = await person['cy']!.post(`${path}/respond`, yes)

    expect([first, again].map(({ json }) => json.status.responses.length)).toEqual([1, 1])
    expectProblem(bo, 409, 'already_responded')
    expect(cy.json.status.state).toBe('approved')
    const late = await ask(server, { channel })
    await person['bo']!.post(`${late}/respond`, yes)
    expectProblem(await person['ana']!.post(`${late}/respond`, yes), 403, 'responder_not_allowed')
  })

  test('whom somebody else has answered for may still deny (composite.veto)', async () => {
    const channel = { quorum: { required: 2, of: [{ inbox: { allowed_responder_ids: ['bo', 'cy'] } }] } }
    const path = await ask(server, { channel })
    await person['ana']!.post(`${path}/respond`, { approved: true })

    const { json } = await person['bo']!.post(`${path}/respond`, { approved: false })

    expect(json.status.state).toBe('denied')
  })

  test('counts once (routing.delegate-once)', async () => {
    const channel = { all_of: ['ana', 'bo'].map((id) => ({ inbox: { allowed_responder_ids: [id] } })) }
    const path = await ask(server, { channel })

    const first = await person['ana']!.post(`${path}/respond`, { approved: true })
    const again = await person['ana']!.post(`${path}/respond`, { approved: true, comment: 'And for Bo.' })
    const bo = await person['bo']!.post(`${path}/respond`, { approved: true })

    expect([first.json.status.state, again.status, bo.json.status.state]).toEqual([
      'pending',
      409,
      'approved',
    ])
  })
})

describe('a policy', () => {
  test('approves at once, and whoever waits has the answer (policy.approve, policy.recorded)', async () => {
    const call = aFunctionCall({ fn: 'pay', kwargs: { amount: 50 } })

    const { status, json } = await server.agent.post('/v1/function_calls?wait=30', call)

    expect(status).toBe(201)
    expect(json.status).toMatchObject({
      state: 'approved',
      approved: true,
      comment: 'Small.',
      policy: 'small',
      responder: { id: 'system:policy', name: 'small', channel: 'system' },
      contacts: [{ state: 'withdrawn' }],
    })
    expect(json.status.responses).toHaveLength(1)
    expect(json.status.contacts[0]).not.toHaveProperty('sent_at')
    expect((await server.agent.post('/v1/function_calls', call)).status).toBe(200)
    const events = await server.agent.get(`/v1/events?call_id=${call.call_id}`)
    expect(
      events.json.items.map(({ type, principal }: { type: string; principal: string }) => [type, principal]),
    ).toEqual([
      ['function_call.requested', expect.stringMatching(/^key:/)],
      ['function_call.responded', 'system:policy'],
      ['function_call.completed', 'system:policy'],
    ])
  })

  test('denies with a comment, and nobody can decide it again (policy.deny)', async () => {
    const path = await ask(server, { fn: 'pay', kwargs: { amount: 51, country: 'XX' } })

    expect((await server.agent.get(path)).json.status).toMatchObject({
      state: 'denied',
      approved: false,
      comment: 'Denied by the policy "none-abroad".',
    })
    expectProblem(await person['ana']!.post(`${path}/respond`, { approved: true }), 409, 'already_responded')
  })

  test('asks those whom it names, as many as it says (policy.ask-channel, policy.minimum-people)', async () => {
    const path = await ask(server, { fn: 'pay', kwargs: { amount: 51, country: 'FR' }, allow_edit: true })

    const before = await server.agent.get(path)
    const first = await person['cy']!.post(`${path}/respond`, { approved: true })
    const other = await person['eve']!.post(`${path}/respond`, { approved: true })
    const second = await person['ana']!.post(`${path}/respond`, { approved: true })

    expect(before.json.status).toMatchObject({ policy: 'two', allow_edit: false })
    expect([first.json.status.state, other.status, second.json.status.state]).toEqual([
      'pending',
      403,
      'approved',
    ])
  })

  test('does not approve where a person is required (policy.requires-person)', async () => {
    const path = await ask(server, { fn: 'pay', kwargs: { amount: 5, country: 'FR' }, requires_person: true })

    expect((await server.agent.get(path)).json.status).toMatchObject({ state: 'pending', policy: 'two' })
  })

  test('that wants more people than the call leaves is named in the refusal (policy.tightens)', async () => {
    const spec = {
      fn: 'pay',
      kwargs: { amount: 99, country: 'FR' },
      exclude_responder_ids: ['cy'],
    }

    const answer = await server.agent.post('/v1/function_calls', aFunctionCall(spec))

    expectProblem(answer, 422, 'invalid_request', ['/spec/channel'])
    expect(answer.json.errors[0].detail).toContain('The policy "two" applies.')
  })

  test('is not gone round by an edit (policy.edited)', async () => {
    const call = await ask(server, {
      fn: 'ship',
      kwargs: { country: 'DE' },
      allow_edit: true,
    })

    const answer = await server.responder.post(`${call}/respond`, {
      approved: true,
      edited_kwargs: { country: 'XX' },
    })

    expectProblem(answer, 422, 'edit_not_allowed', ['/edited_kwargs'])
    expect(answer.json.errors[0].detail).toContain('"none-abroad"')
  })

  test('is not looked at where the call asks for too many people (composite.people)', async () => {
    const many = { quorum: { required: 100, of: [{ inbox: {} }] } }
    const channel = { all_of: Array.from({ length: 32 }, () => many) }

    const answer = await server.agent.post(
      '/v1/function_calls',
      aFunctionCall({ fn: 'pay', kwargs: { amount: 2_000 }, channel }),
    )

    expectProblem(answer, 422, 'invalid_request', ['/spec/channel'])
  })

  test('is about calls of HumanLayer clients as well', async () => {
    const call = aFunctionCall({ fn: 'pay', kwargs: { amount: 10 } })

    const { json } = await server.agent.post('/humanlayer/v1/function_calls', call)

    expect(json.status).toMatchObject({ approved: true, comment: 'Small.' })
  })
})

function directoriesOf(routing: Record<string, unknown>): Directories {
  const read = readRouting(routing)
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  return read.value
}
