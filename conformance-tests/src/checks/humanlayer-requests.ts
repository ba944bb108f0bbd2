import { inProfile, profileKinds, PROFILE } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import { ANSWERING, CREATING, PATHS, REPEATING } from './humanlayer-causes.ts'

export const humanlayerRequestChecks: readonly Check[] = [
  check(
    'humanlayer.paths',
    'a call can be created, read and answered under the paths of the SDKs',
    { expect: 'accept', after: [...CREATING, ...ANSWERING, 'humanlayer.create-answers-200'] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })

        for (const reader of [agent, responder])
          expectValue(await reader.read(kind, call_id), '/call_id', call_id)
        const answered = await responder.respond(kind, call_id)
        const read = await agent.read(kind, call_id)

        for (const reply of [answered, read]) expectValue(reply, '/call_id', call_id)
        const escalated = context.id('two')
        await agent.create(kind, { call_id: escalated })
        const escalation = { escalation_msg: 'Please.', channel: { email: { address: 'a@example.com' } } }
        for (const reply of [
          await agent.tryEscalate(kind, escalated, escalation),
          await responder.pending(kind),
        ])
          expectThat(![404, 405].includes(reply.status), 'a path that is served', `HTTP ${reply.status}`, {
            reply,
          })
      }
    },
  ),

  check(
    'humanlayer.paths',
    'contact requests and human contacts are the same',
    {
      expect: 'accept',
      variant: 'aliases',
      after: [...CREATING, ...ANSWERING, 'humanlayer.create-answers-200'],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const [asked, read] of [
        ['contact_requests', 'human_contacts'],
        ['human_contacts', 'contact_requests'],
      ]) {
        const call_id = context.id(asked!.slice(0, 5))
        const body = { run_id: context.id('run'), call_id, spec: { msg: 'Which?' } }
        expectStatus(await agent.post(`/${asked}`, body), 200)

        const pending = await agent.get(`/${read}/${call_id}`)
        const answered = await responder.post(`/${read}/${call_id}/respond`, { response: 'this' })
        const shown = await agent.get(`/${asked}/${call_id}`)

        for (const reply of [pending, answered, shown]) {
          expectStatus(reply, 200)
          expectValue(reply, '/call_id', call_id)
        }
        const status = (shown.json?.status ?? null) as object | null
        expectThat(status !== null, 'the answer under both names', 'none', { reply: shown })
      }
    },
  ),

  check(
    'humanlayer.paths',
    'a function call is answered without /agent too',
    {
      expect: 'accept',
      variant: 'without-agent',
      after: [...CREATING, ...ANSWERING, 'humanlayer.create-answers-200'],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const [functionCalls] = profileKinds
      const call_id = context.id('one')
      await agent.create(functionCalls!, { call_id })

      const answered = await responder.post(`/function_calls/${call_id}/respond`, { approved: true })

      expectStatus(answered, 200)
      expectValue(answered, '/call_id', call_id)
    },
  ),

  check(
    'humanlayer.paths',
    'the status of the server needs no key',
    { expect: 'accept', variant: 'status' },
    async ({ nobody, agent }) => {
      for (const anybody of [nobody, agent]) {
        const reply = await anybody.get(`${PROFILE}/status`)

        expectStatus(reply, 200)
        expectThat(reply.json !== undefined, 'JSON', show(reply.text), { reply })
      }
      // A server that answers every path tells nothing with this one.
      expectStatus(await nobody.get(`${PROFILE}/project`), 401)
    },
  ),

  check(
    'humanlayer.project',
    'the project has the names of both generations of clients',
    { expect: 'accept', after: ['http.project'] },
    async ({ agent, responder }) => {
      for (const anybody of [agent, responder]) {
        const reply = await anybody.get(`${PROFILE}/project`)

        expectStatus(reply, 200)
        for (const name of ['name', 'slug', 'organization', 'project_slug', 'org_slug'])
          expectThat(typeof reply.json?.[name] === 'string', `the text ${name}`, show(reply.json?.[name]), {
            reply,
            pointer: `/${name}`,
          })
      }
    },
  ),

  check(
    'humanlayer.lenient-requests',
    'a creation with nulls, unknown members and a status is taken, and its status is not',
    {
      expect: 'accept',
      after: [...CREATING, 'json.null-is-absent', 'call.unknown-members-ignored', ...PATHS],
    },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const options = kind.decision === 'approved' ? 'reject_options' : 'response_options'
        const body = {
          run_id: context.id('run'),
          call_id,
          spec: {
            ...kind.core.spec(),
            subject: null,
            state: null,
            [options]: [
              { name: 'a', title: null, description: null, prompt_fill: null, interactive: false, icon: 'x' },
            ],
            channel: {
              slack: { ...NULLED_SLACK, channel_or_user_id: 'C1', colour: 'red' },
              sms: null,
              whatsapp: null,
              email: null,
              pager: { number: 7 },
            },
            priority: 'high',
          },
          status: { requested_at: '1999-01-01T00:00:00Z', ...FORGED },
          trace: { id: 1 },
        }

        const created = await agent.post(kind.collection, body)

        expectStatus(created, 200)
        for (const reply of [created, await agent.read(kind, call_id)]) {
          expectValue(reply, '/spec/channel/slack/channel_or_user_id', 'C1')
          expectValue(reply, `/spec/${options}/0/name`, 'a')
          const decision = valueAt(reply.json, `/status/${kind.decision}`) ?? null
          expectThat(decision === null, 'a pending call', show(reply.json?.status), { reply })
          for (const word of ['"priority"', '"pager"', '"colour"', '"icon"', '1999-01-01'])
            expectThat(!reply.text.includes(word), `nothing of ${word}`, 'it is there', { reply })
        }
      }
    },
  ),

  check(
    'humanlayer.lenient-requests',
    'a creation with null for everything that can be left out is taken',
    {
      expect: 'accept',
      variant: 'all-null',
      after: [...CREATING, ...REPEATING, 'json.null-is-absent', 'humanlayer.reused-ids', ...PATHS],
    },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const nulled = { channel: null, subject: null, state: null }
        const options = { reject_options: null, response_options: null }
        const body = {
          run_id: context.id('run'),
          call_id,
          spec: { ...kind.core.spec(), ...nulled, ...options },
          status: null,
        }

        const created = await agent.post(kind.collection, body)

        expectStatus(created, 200)
        expectValue(await agent.read(kind, call_id), '/call_id', call_id)
        // What is absent and what is null is the same question.
        const plain = { run_id: body.run_id, call_id, spec: kind.core.spec() }
        expectStatus(await agent.post(kind.collection, plain), 200)
      }
    },
  ),

  check(
    'humanlayer.lenient-requests',
    'an answer with nulls, unknown members and times is taken, and its times are not',
    {
      expect: 'accept',
      variant: 'answers',
      after: [...ANSWERING, 'json.null-is-absent', 'call.unknown-members-ignored', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })

        const answered = await responder.tryRespond(kind, call_id, {
          requested_at: '1999-01-01T00:00:00',
          responded_at: '1999-01-02T00:00:00Z',
          [kind.decision]: kind.core.answer[kind.decision],
          comment: null,
          reject_option_name: null,
          response_option_name: null,
          slack_message_ts: null,
          user_info: { name: 'Mallory' },
          colour: 'red',
        })

        expectStatus(answered, 200)
        for (const reply of [answered, await agent.read(kind, call_id)]) {
          expectValue(reply, `/status/${kind.decision}`, kind.core.answer[kind.decision])
          for (const word of ['1999-01-0', 'Mallory', '"colour"'])
            expectThat(!reply.text.includes(word), `nothing of ${word}`, 'it is there', { reply })
        }
      }
    },
  ),

  check(
    'humanlayer.content-type',
    'a request without a body may have any media type',
    { expect: 'accept', after: PATHS },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })

        for (const type of ['application/json', 'text/plain', 'nonsense']) {
          const read = await agent.get(`${kind.collection}/${call_id}`, { 'content-type': type })
          const listed = await responder.get(`${kind.agentCollection}/pending?limit=1`, {
            'content-type': type,
          })

          for (const reply of [read, listed]) expectStatus(reply, 200)
          expectValue(read, '/call_id', call_id)
        }
      }
    },
  ),

  check(
    'humanlayer.large-bodies',
    'a state of a hundred thousand numbers is taken and given back',
    {
      expect: 'accept',
      after: ['json.body-limit', 'discovery.limits-generous', 'opaque.values-kept', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const numbers = Array.from({ length: 100_000 }, (_, number) => number)
      for (const kind of profileKinds) {
        const call_id = context.id('one')

        const created = await agent.tryCreate(kind, { call_id, spec: { state: { numbers } } })

        expectStatus(created, 200)
        const read = await agent.read(kind, call_id)
        const shown: unknown = valueAt(read.json, '/spec/state/numbers')
        expectThat(
          Array.isArray(shown) && shown.length === 100_000 && shown.every((value, at) => value === at),
          'all of 100000 numbers',
          Array.isArray(shown) ? `${shown.length} numbers` : show(shown),
          { reply: read, pointer: '/spec/state/numbers' },
        )
        // Not to burden the lists of those who come later.
        await responder.respond(kind, call_id)
      }
    },
  ),

  check(
    'humanlayer.large-bodies',
    'a body of exactly 1048576 bytes is taken',
    {
      expect: 'accept',
      variant: 'exactly',
      after: ['json.body-limit', 'discovery.limits-generous', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const [kind] = profileKinds
      const call_id = context.id('one')
      const text = (filling: string) =>
        JSON.stringify({ run_id: context.id('run'), call_id, spec: kind!.core.spec({ state: { filling } }) })
      const body = text('x'.repeat(1_048_576 - text('').length))

      const created = await agent.postText(kind!.collection, body)

      expectStatus(created, 200)
      expectValue(await agent.read(kind!, call_id), '/call_id', call_id)
      await responder.respond(kind!, call_id)
    },
  ),

  check(
    'humanlayer.double-slashes',
    'several slashes are one, whatever the path',
    { expect: 'accept', after: [...CREATING, ...ANSWERING, ...PATHS] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const body = { run_id: context.id('run'), call_id, spec: kind.core.spec() }

        const created = await agent.post(`/humanlayer/v1/${kind.collection}`, body)
        const read = await agent.get(`/humanlayer//v1${kind.collection}///${call_id}`)
        const listed = await responder.get(`/humanlayer/v1/${kind.agentCollection}//pending?limit=1`)
        const answered = await responder.post(
          `/humanlayer/v1/${kind.agentCollection}/${call_id}//respond`,
          kind.core.answer,
        )

        for (const reply of [created, read, listed, answered]) expectStatus(reply, 200)
        for (const reply of [created, read, answered]) expectValue(reply, '/call_id', call_id)
        expectValue(listed, '/limit', 1)
      }
    },
  ),

  check(
    'humanlayer.polls',
    'a call can be read a hundred times without a pause',
    { expect: 'accept', after: PATHS },
    async (context) => {
      const { agent } = inProfile(context)
      const [kind] = profileKinds
      const call_id = context.id('one')
      await agent.create(kind!, { call_id })

      for (let round = 0; round < 5; round++) {
        const replies = await Promise.all(Array.from({ length: 20 }, () => agent.tryRead(kind!, call_id)))

        for (const reply of replies) {
          expectStatus(reply, 200)
          expectValue(reply, '/call_id', call_id)
        }
      }
    },
  ),
]

/** As Python sends it: every member of the model. */
const NULLED_SLACK = {
  context_about_channel_or_user: null,
  bot_token: null,
  allowed_responder_ids: null,
  experimental_slack_blocks: null,
  thread_ts: null,
}

/** Whoever creates a call would like to decide it. */
const FORGED = { responded_at: '1999-01-01T00:00:00Z', approved: true, comment: 'go', response: 'go' }
