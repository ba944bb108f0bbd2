import { inProfile, profileKinds } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import { ANSWERING, CREATING, ENDING, ESCALATING, PATHS } from './humanlayer-causes.ts'

const email = { address: 'boss@example.com' }

export const humanlayerEscalatingChecks: readonly Check[] = [
  check(
    'humanlayer.escalate-email',
    'every escalation by e-mail is recorded, and the call stays pending',
    { expect: 'accept', after: [...CREATING, ...ESCALATING, ...PATHS] },
    async (context) => {
      const { agent, natively } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id, spec: { channel: { email } } })

        const first = await agent.tryEscalate(kind, call_id, {
          escalation_msg: 'It is urgent.',
          additional_recipients: [{ address: 'cto@example.com', field: 'cc', context_about_user: null }],
          channel: null,
        })
        // The same words again are a second escalation: these clients have no id for them.
        const second = await agent.tryEscalate(kind, call_id, { escalation_msg: 'It is urgent.' })

        for (const reply of [first, second]) {
          expectStatus(reply, 200)
          expectValue(reply, '/call_id', call_id)
          const decision = valueAt(reply.json, `/status/${kind.decision}`) ?? null
          expectThat(decision === null, 'a pending call', show(reply.json?.status), { reply })
        }
        const read = await natively.read(kind, call_id)
        const recorded: unknown = valueAt(read.json, '/status/escalations')
        const words = Array.isArray(recorded)
          ? recorded.map((one: { escalation_msg?: unknown } | null) => one?.escalation_msg)
          : []
        expectThat(
          words.length === 2 && words.every((word) => word === 'It is urgent.'),
          'two recorded escalations',
          show(recorded),
          { reply: read, pointer: '/status/escalations' },
        )
        expectValue(read, '/status/escalations/0/additional_recipients/0/address', 'cto@example.com')
      }
    },
  ),

  check(
    'humanlayer.escalate-email',
    'an escalation brings an address of its own, and changes nothing about the call',
    { expect: 'accept', variant: 'own-address', after: [...CREATING, ...ESCALATING, ...ANSWERING, ...PATHS] },
    async (context) => {
      const { agent, responder, natively } = inProfile(context)
      for (const kind of profileKinds)
        for (const [index, channel] of [undefined, { sms: { phone_number: '+15551234567' } }].entries()) {
          const call_id = context.id(`one${index}`)
          const before = await agent.create(kind, { call_id, spec: channel ? { channel } : {} })

          const escalated = await agent.tryEscalate(kind, call_id, {
            escalation_msg: 'Ask the boss.',
            channel: { email, slack: null },
          })

          expectStatus(escalated, 200)
          const [was, is] = [before, escalated].map((reply) => show(reply.json?.spec?.channel))
          expectThat(was === is, was!, is!, { reply: escalated, pointer: '/spec/channel' })
          const read = await natively.read(kind, call_id)
          expectValue(read, '/status/escalations/0/escalation_msg', 'Ask the boss.')
          expectThat(
            read.text.includes(email.address),
            'the address of the escalation',
            show(valueAt(read.json, '/status/escalations')),
            { reply: read, pointer: '/status/escalations' },
          )
          expectStatus(await responder.respond(kind, call_id), 200)
        }
    },
  ),

  check(
    'humanlayer.escalate-email',
    'an escalation without any e-mail address is refused with 400',
    { expect: 'reject', variant: 'no-address', after: [...CREATING, ...ESCALATING, ...PATHS] },
    async (context) => {
      const { agent, natively } = inProfile(context)
      for (const kind of profileKinds) {
        const [none, phone] = [context.id('none'), context.id('phone')]
        await agent.create(kind, { call_id: none })
        const sms = { phone_number: '+15551234567' }
        await agent.create(kind, { call_id: phone, spec: { channel: { sms } } })

        for (const call_id of [none, phone])
          for (const escalation of [
            { escalation_msg: 'It is urgent.' },
            { escalation_msg: 'It is urgent.', channel: { sms } },
          ]) {
            const refused = await agent.tryEscalate(kind, call_id, escalation)

            expectProblem(refused, 400)
          }
        const read = await natively.read(kind, none)
        const recorded: unknown = valueAt(read.json, '/status/escalations') ?? []
        expectThat(show(recorded) === '[]', 'no escalation', show(recorded), { reply: read })
      }
    },
  ),

  check(
    'humanlayer.escalate-email',
    'an escalation of a call that is over is refused',
    { expect: 'reject', variant: 'too-late', after: [...CREATING, ...ESCALATING, ...ENDING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id, spec: { channel: { email } } })
        await responder.respond(kind, call_id)

        const late = await agent.tryEscalate(kind, call_id, { escalation_msg: 'It is urgent.' })

        expectProblem(late, 409)
      }
    },
  ),
]
