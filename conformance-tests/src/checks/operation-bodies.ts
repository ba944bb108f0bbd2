import type { Actor } from '../actors/actor.ts'
import { runPath, usageBody } from '../actors/runs.ts'
import { timerBody } from '../actors/timers.ts'
import { check, type Check, type Needs } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectStatus, expectThat, expectValue } from '../expectations.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import { judgeable, LARGE, sendTooMuch } from './body-limit.ts'
import { expectMalformed } from './json-syntax.ts'

/** What is asked for with a body and is no call: the same holds for these bodies. */
interface BodyOperation {
  readonly noun: string
  readonly variant: string
  readonly needs: Needs
  /** The requirement by which a body that is right is taken. */
  readonly taken: RequirementId
  readonly actor: (context: Context) => Actor
  readonly path: (id: string) => string
  readonly json: (context: Context, id: string) => Readonly<Record<string, unknown>>
  /** Members that may be absent. */
  readonly nulls: Readonly<Record<string, null>>
  /** A member of the body, and where the answer shows it. */
  readonly shown: readonly [member: string, pointer: string]
}

const agentOf = ({ agent }: Context) => agent

const operations: readonly BodyOperation[] = [
  {
    noun: 'timer',
    variant: 'timers',
    needs: { claims: ['timers'] },
    taken: 'timer.created',
    actor: agentOf,
    path: () => '/v1/timers',
    json: (context, timer_id) => timerBody(context, { timer_id, wake_at: '2001-02-03T04:05:06Z' }),
    nulls: { parent_run_id: null },
    shown: ['timer_id', '/timer_id'],
  },
  {
    noun: 'run',
    variant: 'runs',
    needs: { claims: ['runs'] },
    taken: 'run.created',
    actor: agentOf,
    path: () => '/v1/runs',
    json: (_, run_id) => ({ run_id }),
    nulls: { parent_run_id: null, budget: null },
    shown: ['run_id', '/run_id'],
  },
  {
    noun: 'report of usage',
    variant: 'usage',
    needs: { claims: ['usage'] },
    taken: 'usage.reported',
    actor: agentOf,
    path: (run_id) => runPath(run_id, 'usage'),
    json: (context) => usageBody(context),
    nulls: { cost: null, currency: null },
    shown: ['usage_id', '/usage_id'],
  },
  {
    noun: 'key',
    variant: 'keys',
    needs: { claims: ['scopes'], keys: ['admin'] },
    taken: 'auth.create-key',
    actor: (context) => context.actor('admin'),
    path: () => '/v1/keys',
    json: (_, name) => ({ scopes: ['agent'], name }),
    nulls: { responder_id: null },
    shown: ['name', '/key/name'],
  },
]

/** The bodies of operations that are not about calls. */
export const operationBodyChecks: readonly Check[] = operations.flatMap((operation) => {
  const { noun, variant, needs, taken } = operation
  const common = { variant, needs, after: [taken] }
  return [
    check(
      'http.media-type',
      `a ${noun} that is not declared as JSON is refused`,
      { ...common, expect: 'reject' },
      async (context) => {
        const { actor, path, body } = requestOf(context, operation)
        for (const type of [
          'text/plain',
          'application/x-www-form-urlencoded',
          'application/vnd.api+json',
          'json',
        ]) {
          const refused = await actor.send({ method: 'POST', path, body, headers: { 'content-type': type } })
          expectThat(refused.status === 415, `HTTP 415 (Content-Type: ${type})`, `HTTP ${refused.status}`, {
            reply: refused,
          })
        }
        expectStatus(await actor.send({ method: 'POST', path, body }), 201)
      },
    ),

    check(
      'json.duplicate-members',
      `a ${noun} with a member that stands twice is refused`,
      { ...common, expect: 'reject' },
      async (context) => {
        const { actor, path, body } = requestOf(context, operation)
        const [, first] = /^\{("\w+":(?:"[^"]*"|\[[^\]]*\]))/.exec(body)!
        for (const [name, twice] of [
          ['an unknown member', `${body.slice(0, -1)},"x_unknown":1,"x_unknown":2}`],
          ['a member of an unknown member', `${body.slice(0, -1)},"x_unknown":{"a":1,"a":2}}`],
          ['the first member', `${body.slice(0, -1)},${first}}`],
        ] as const)
          expectMalformed(await actor.send({ method: 'POST', path, body: twice }), name)
        expectStatus(await actor.send({ method: 'POST', path, body }), 201)
      },
    ),

    check(
      'json.null-is-absent',
      `members that are null in a ${noun} are as absent ones`,
      { ...common, expect: 'accept' },
      async (context) => {
        const { actor, path, body } = requestOf(context, operation)
        const [member, pointer] = operation.shown
        const json: Record<string, unknown> = JSON.parse(body)
        const made = await actor.post(path, { ...json, ...operation.nulls, x_unknown: null })
        expectStatus(made, 201)
        expectValue(made, pointer, json[member])
      },
    ),

    check(
      'json.body-limit',
      `a ${noun} of exactly the limit is taken, and one byte more is refused`,
      { ...common, expect: 'reject' },
      async (context) => {
        const limit = Math.min(judgeable(context), LARGE)
        const { actor, path, body } = requestOf(context, operation)
        // White space counts as much as anything else.
        const sized = (bytes: number) => Buffer.from(body.padEnd(bytes))

        if (limit === context.limits.body_bytes)
          expectProblem(await sendTooMuch(context, { path, body: sized(limit + 1) }, actor.key), 413)

        const request = { method: 'POST', path, body: sized(limit), timeoutMs: 60_000 }
        expectStatus(await actor.send(request), 201)
      },
    ),
  ]
})

/** A request that the server has to take, as text. */
function requestOf(
  context: Context,
  { actor, path, json }: BodyOperation,
): { actor: Actor; path: string; body: string } {
  const id = context.id(context.nextName())
  return { actor: actor(context), path: path(id), body: JSON.stringify(json(context, id)) }
}
