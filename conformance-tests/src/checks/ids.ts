import { callKinds, pathOf, type CallKind } from '../actors/call-kind.ts'
import { readRun, runPath, usageBody } from '../actors/runs.ts'
import { timerBody, timerPath, wakeAhead } from '../actors/timers.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue } from '../expectations.ts'
import type { Reply } from '../reply.ts'

const TOO_MUCH = [
  ['empty', ''],
  ['of 129 characters', 'x'.repeat(129)],
  ['of a thousand characters', 'x'.repeat(1_000)],
  ['a dot first', '.a'],
  ['a hyphen first', '-a'],
  ['an underscore first', '_a'],
  ['a tilde first', '~a'],
  ['an at sign first', '@a'],
  ['a space inside', 'a b'],
  ['a space behind', 'a '],
  ['a space before', ' a'],
  ['a line feed behind', 'a\n'],
  ['a line feed before', '\na'],
  ['a tab', 'a\tb'],
  ['a slash', 'a/b'],
  ['two dots and a slash', 'a/../b'],
  ['a backslash', 'a\\b'],
  ['a percent sign', 'a%41'],
  ['a question mark', 'a?b'],
  ['a number sign', 'a#b'],
  ['an ampersand', 'a&b'],
  ['a comma', 'a,b'],
  ['a semicolon', 'a;b'],
  ['quotes', 'a"b'],
  ['an exclamation mark', 'a!b'],
  ['an asterisk', 'a*b'],
  ['a letter beyond ASCII', 'é'],
  ['a full-width letter', '\uff41'],
  ['an Arabic digit', 'a\u0661'],
  ['an emoji', 'a😀'],
  ['a zero-width space', 'a\u200bb'],
] as const

/** Ids that clients choose. */
export const idChecks: readonly Check[] = [
  check(
    'id.pattern',
    'every id of the pattern is taken and found again, its characters percent-encoded or not',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      const marker = context.id('i')
      const fill = (text: string) => `${marker}${text}`.padEnd(128, '0123456789._~:@+=-')
      const call_ids = [
        `${marker}._~:@+=-`,
        ...['.', '_', '~', ':', '@', '+', '=', '-', '..', '~1', '-2F'].map((end) => `${marker}${end}`),
        ...['A', 'z', '0', '9'].map((first) => `${first}${marker}`),
        fill('long'),
      ]
      const run_ids = ['a', 'Z', '0', '9.', 'a._~:@+=-', 'r'.repeat(128)]
      const expectFound = async (kind: CallKind, call_id: string, run_id: string) => {
        const created = await agent.tryCreate(kind, { call_id, run_id })

        expectStatus(created, 201)
        expectValue(created, '/call_id', call_id)
        expectValue(created, '/run_id', run_id)
        for (const path of [
          pathOf(kind, call_id),
          `${kind.collection}/${call_id}`,
          pathOf(kind, call_id).replaceAll(/%../g, (code) => code.toLowerCase()),
          `${kind.collection}/${allEncoded(call_id)}`,
        ]) {
          const found = await agent.get(path)
          expectStatus(found, 200)
          expectValue(found, '/call_id', call_id)
        }
      }
      for (const kind of callKinds)
        await Promise.all(
          call_ids.map((call_id, index) => expectFound(kind, call_id, run_ids[index % run_ids.length]!)),
        )
    },
  ),

  check(
    'id.pattern',
    'every escalation id of the pattern is taken',
    { variant: 'escalations', expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id })
        const ids = ['a', '0', 'A._~:@+=-z', 'e'.repeat(128)]
        for (const escalation_id of ids) {
          const escalated = await agent.tryEscalate(kind, call_id, { escalation_id, escalation_msg: 'now' })
          expectStatus(escalated, 200)
          const recorded = escalationIdsIn(escalated)
          expectThat(
            recorded.includes(escalation_id),
            `the escalation ${escalation_id}`,
            recorded.join(', '),
            {
              reply: escalated,
              pointer: '/status/escalations',
            },
          )
        }
      }
    },
  ),

  check(
    'id.pattern',
    'every other id is refused',
    { variant: 'refused', expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const escalated = context.id(context.nextName())
        await agent.create(kind, { call_id: escalated })
        const replies = await Promise.all(
          TOO_MUCH.flatMap(([name, id]) => [
            agent.tryCreate(kind, { run_id: id }).then((reply) => [`a run_id ${name}`, reply] as const),
            agent.tryCreate(kind, { call_id: id }).then((reply) => [`a call_id ${name}`, reply] as const),
            agent
              .tryEscalate(kind, escalated, { escalation_id: id, escalation_msg: 'now' })
              .then((reply) => [`an escalation_id ${name}`, reply] as const),
          ]),
        )
        for (const [name, reply] of replies)
          expectThat(reply.status === 422, `HTTP 422 (${name})`, `HTTP ${reply.status}`, { reply })
      }
    },
  ),

  check(
    'id.case-sensitive',
    'call ids that differ in case name different calls',
    { expect: 'accept', after: ['http.unknown-id'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const small = context.id('case').toLowerCase()
        const ids = [`${small}x`, `${small}X`, `${small.toUpperCase()}X`]
        const unknown = `${small.toUpperCase()}x`
        for (const [index, call_id] of ids.entries()) {
          const created = await agent.tryCreate(kind, { call_id, spec: { metadata: { index } } })
          expectStatus(created, 201)
          expectValue(created, '/call_id', call_id)
        }

        for (const [index, call_id] of ids.entries()) {
          const found = await agent.get(pathOf(kind, call_id))
          expectStatus(found, 200)
          expectValue(found, '/call_id', call_id)
          expectValue(found, '/spec/metadata/index', index)
        }
        expectStatus(await agent.get(pathOf(kind, unknown)), 404)
      }
    },
  ),

  check(
    'id.case-sensitive',
    'escalation ids that differ in case name different escalations',
    { variant: 'escalations', expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id })

        for (const escalation_id of ['again', 'Again', 'AGAIN'])
          expectStatus(await agent.tryEscalate(kind, call_id, { escalation_id, escalation_msg: 'now' }), 200)

        const recorded = escalationIdsIn(await agent.read(kind, call_id))
        expectThat(
          // Their order is judged elsewhere.
          recorded.toSorted().join() === 'AGAIN,Again,again',
          'the escalations again, Again and AGAIN',
          recorded.join(', ') || 'none',
        )
      }
    },
  ),

  check(
    'id.case-sensitive',
    'timer ids that differ in case name different timers',
    {
      variant: 'timers',
      expect: 'accept',
      needs: { claims: ['timers'] },
      after: ['timer.created', 'timer.read'],
    },
    async (context) => {
      const { agent } = context
      const wake_at = await wakeAhead(context)
      const ids = ['timer-a', 'TIMER-a', 'timer-A'].map((name) => `${context.id('x')}-${name}`)
      for (const timer_id of ids) {
        const created = await agent.post(
          '/v1/timers',
          timerBody(context, { timer_id, wake_at, state: { timer_id } }),
        )
        expectStatus(created, 201)
        expectValue(created, '/timer_id', timer_id)
      }

      for (const timer_id of ids) {
        const found = await agent.get(timerPath(timer_id))
        expectStatus(found, 200)
        expectValue(found, '/timer_id', timer_id)
        expectValue(found, '/spec/state', { timer_id })
      }
    },
  ),

  check(
    'id.case-sensitive',
    'usage ids that differ in case name different reports',
    {
      variant: 'usage',
      expect: 'accept',
      needs: { claims: ['usage'] },
      after: ['usage.reported', 'usage.totals'],
    },
    async (context) => {
      const run_id = context.id('run')
      const ids = ['step-a', 'STEP-a', 'step-A'].map((name) => `${context.id('x')}-${name}`)
      for (const [index, usage_id] of ids.entries()) {
        const body = usageBody(context, { usage_id, input_tokens: 10 ** index })
        const reported = await context.agent.post(runPath(run_id, 'usage'), body)
        expectStatus(reported, 201)
        expectValue(reported, '/usage_id', usage_id)
      }
      expectValue(await readRun(context, run_id), '/usage/input_tokens', 111)
    },
  ),

  check(
    'id.case-sensitive',
    'run ids that differ in case belong to different runs',
    { variant: 'runs', expect: 'accept', needs: { claims: ['lists'] } },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const runs = ['run-a', 'RUN-a', 'run-A'].map((name) => `${context.id('x')}-${name}`)
        for (const run_id of runs) await agent.create(kind, { run_id })

        for (const run_id of runs) {
          const page = await agent.get(`${kind.collection}?run_id=${run_id}`)
          expectStatus(page, 200)
          const seen = (page.json.items as { run_id: string }[]).map((item) => item.run_id)
          expectThat(seen.join() === run_id, `one call, of the run ${run_id}`, seen.join(', ') || 'none', {
            reply: page,
          })
        }
      }
    },
  ),
]

/** Every character percent-encoded, in small hexadecimal digits. */
function allEncoded(id: string): string {
  return `%${Buffer.from(id).toString('hex').match(/../g)!.join('%')}`
}

function escalationIdsIn({ json }: Reply): string[] {
  const recorded = (json?.status?.escalations ?? []) as { escalation_id: string }[]
  return recorded.map(({ escalation_id }) => escalation_id)
}
