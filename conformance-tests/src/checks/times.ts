import { callKinds } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, show, valueAt } from '../expectations.ts'
import { isInstant } from '../instant.ts'
import type { Reply } from '../reply.ts'
import { serverTime } from './server-time.ts'

/** Instants in answers and in requests. */
export const timeChecks: readonly Check[] = [
  check('time.format', 'the times of a call are instants in UTC', { expect: 'accept' }, async (context) => {
    const { agent, responder } = context
    for (const kind of callKinds) {
      const call_id = context.id(context.nextName())
      const created = await agent.create(kind, { call_id })
      expectInstant(created, '/status/requested_at')

      const escalated = await agent.escalate(kind, call_id, { escalation_id: 'e', escalation_msg: 'now' })
      expectInstant(escalated, '/status/escalations/0/escalated_at')

      const answered = await responder.respond(kind, call_id)
      for (const name of ['responded_at', 'completed_at', 'responses/0/responded_at'])
        expectInstant(answered, `/status/${name}`)

      const cancelled = context.id(context.nextName())
      await agent.create(kind, { call_id: cancelled })
      expectInstant(await agent.cancel(kind, cancelled), '/status/completed_at')
    }
    const project = await agent.get('/v1/project')
    expectStatus(project, 200)
    expectInstant(project, '/created_at')
  }),

  check(
    'time.input',
    'an instant that is not RFC 3339 in UTC with Z is refused',
    { expect: 'reject', needs: { claims: ['expiry'] } },
    async (context) => {
      const { agent } = context
      const { latest } = await serverTime(context)
      const ahead = Math.min(3_600, (context.limits.expires_in_seconds ?? 3_600) / 2) * 1_000
      const right = new Date(latest + ahead).toISOString()
      const [date = '', time = ''] = right.slice(0, -1).split('T')
      const wrong: readonly unknown[] = [
        `${date}T${time}`,
        `${date}T${time}+00:00`,
        `${date}T${time}-00:00`,
        `${date}T${time}+02:00`,
        `${date}T${time}Z+00:00`,
        `${date}T${time}z`,
        `${date}T${time} Z`,
        `${date}T${time}[UTC]`,
        `${date}T${time.slice(0, 5)}Z`,
        `${date}T${time.slice(0, 8)}.Z`,
        `${date.replaceAll('-', '')}T${time.replaceAll(':', '')}Z`,
        `${date}T24:00:00Z`,
        `${date}T23:60:00Z`,
        `${date.slice(0, 4)}-13-01T${time}Z`,
        `${date.slice(0, 4)}-02-30T${time}Z`,
        `${date.slice(0, 4)}-00-10T${time}Z`,
        `+00${date}T${time}Z`,
        `${date}Z`,
        date,
        ` ${right}`,
        `${right}\n`,
        '',
        'tomorrow',
        new Date(right).toUTCString(),
        Date.parse(right),
        Math.floor(Date.parse(right) / 1_000),
        String(Date.parse(right)),
        true,
        [right],
        { at: right },
      ]
      for (const kind of callKinds) {
        const replies = await Promise.all(
          wrong.map((expires_at) => agent.tryCreate(kind, { spec: { expires_at } })),
        )
        for (const [index, reply] of replies.entries())
          expectThat(
            reply.status === 422,
            `HTTP 422 for the instant ${show(wrong[index])}`,
            `HTTP ${reply.status}`,
            {
              reply,
            },
          )
        expectProblem(replies[0]!, 422, 'invalid_request')

        if (ahead < 5_000) continue
        const accepted = [
          right,
          `${date}T${time.slice(0, 8)}Z`,
          `${date}T${time.slice(0, 10)}Z`,
          `${date}T${time}000Z`,
          `${date}T${time}123456Z`,
        ]
        for (const expires_at of accepted)
          expectStatus(await agent.tryCreate(kind, { spec: { expires_at } }), 201)
      }
    },
  ),
]

function expectInstant(reply: Reply, pointer: string): void {
  const value: unknown = valueAt(reply.json, pointer)
  expectThat(isInstant(value), 'an instant of RFC 3339 in UTC, ending in Z', show(value), { reply, pointer })
}
