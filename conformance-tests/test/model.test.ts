import { describe, expect, test } from 'vitest'
import { callKinds } from '../src/actors/call-kind.ts'
import { modelChecks } from '../src/checks/model.ts'
import type { Request } from '../src/exchange.ts'
import { runChecks } from '../src/runner.ts'
import { memoryTransport, runWith, type Answer } from './memory-run.ts'

/** How a server in memory is broken. */
interface Bug {
  /** Looks whether a call is there, and creates it a moment later. */
  createsTwice?: boolean
  /** Looks whether a call is pending, and ends it a moment later. */
  endsTwice?: boolean
  /** Reads from a copy that is older than the last answer. */
  readsOld?: boolean
  /** Says that it failed where it did what was asked. */
  answersNothing?: boolean
}

type Call = { call_id: string; spec: unknown; status: Record<string, unknown> }

const later = () => new Promise((resolve) => setTimeout(resolve, 1))

/** Calls in memory: enough of a server for the programs of the model. */
function serverWith(bug: Bug) {
  const calls = new Map<string, Call>()
  const old = new Map<string, Call>()

  return async ({ method, path, body }: Request): Promise<Answer> => {
    await later()
    const [, , collection = '', call_id, verb] = path.split('/')
    const sent = body ? (JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>) : {}
    const id = `${collection} ${String(call_id ?? sent['call_id'])}`
    const known = calls.get(id)
    if (method === 'GET') {
      const shown = (bug.readsOld ? old.get(id) : undefined) ?? known
      return shown ? { json: shown } : { status: 404, json: { code: 'not_found' } }
    }
    if (call_id === undefined) {
      if (bug.createsTwice) await later()
      if (known) return { json: known }
      const call = { call_id: String(sent['call_id']), spec: sent['spec'], status: { state: 'pending' } }
      calls.set(id, call)
      if (!old.has(id)) old.set(id, call)
      return bug.answersNothing ? { failure: 'reset' } : { status: 201, json: call }
    }
    if (!known) return { status: 404, json: { code: 'not_found' } }
    const state = verb === 'cancel' ? 'cancelled' : 'answered'
    const text =
      verb === 'cancel'
        ? {}
        : 'response' in sent
          ? { response: sent['response'] }
          : { comment: sent['comment'] }
    if (bug.endsTwice) await later()
    const isPending = known.status['state'] === 'pending'
    const isSame = state === 'cancelled' && known.status['state'] === 'cancelled'
    if (!isPending && !isSame) return { status: 409, json: { code: 'already', winning_status: known.status } }
    const call = { ...known, status: { state, ...text } }
    calls.set(id, call)
    return { json: call }
  }
}

async function judge(kind: number, bug: Bug, budgetMs = 6_000) {
  const transport = memoryTransport(serverWith(bug))
  const run = runWith(undefined, {
    transport,
    budgetMs,
    clock: { now: () => performance.now(), sleep: async () => {} },
  })
  const [result] = await runChecks(run, [modelChecks[kind]!])
  return { ...result!, run }
}

describe.each(callKinds.map((kind, index) => [kind.name, index, kind] as const))(
  'the model of a %s',
  (_, index, kind) => {
    test('holds for a server that does one thing after the other', async () => {
      const { verdict, reason, subjects } = await judge(index, {})

      expect([verdict, reason]).toEqual(['PASS', undefined])
      expect(subjects).toBeGreaterThan(100)
    })

    test('does not hold where an answer is lost', async () => {
      const { verdict, attempts } = await judge(index, { answersNothing: true })

      expect([verdict, attempts]).toEqual(['FAIL', 2])
    })

    test('finds two creations, and shows them with few requests', async () => {
      const { finding, verdict, reason, run } = await judge(index, { createsTwice: true })

      expect(verdict).toBe('INCONCLUSIVE')
      expect(reason).toContain(
        'blocked by call.concurrent-creates: expected one creation answered with 201, got ',
      )
      const shown = run.exchanges.filter(({ number }) => finding?.script?.includes(number))
      const creations = shown.filter(({ response }) => response?.status === 201)
      expect(finding?.actual).toBe(`${creations.length} of them`)
      expect(finding?.exchange).toBe(
        creations.toSorted((one, other) => one.sent_at - other.sent_at)[1]?.number,
      )
      expect(shown.length).toBeLessThanOrEqual(8)
    })

    test('finds two acts that end one call', async () => {
      const { finding, run } = await judge(index, { endsTwice: true })

      expect([kind.requirements.oneWinner, 'call.cancel-against-answer']).toContain(finding?.requirement)
      expect(finding).toMatchObject({ expected: 'exactly one of the acts that end the call accepted' })
      expect(finding?.actual).toMatch(/^\d+ accepted: .+, .+$/)
      const culprit = run.exchanges.find(({ number }) => number === finding?.exchange)
      expect(culprit?.response?.status).toBe(200)
      expect(culprit?.request.path).toMatch(/\/(respond|cancel)$/)
    })

    test('finds a reading of what is no longer so', async () => {
      const { finding, verdict } = await judge(index, { readsOld: true })

      expect(verdict).toBe('FAIL')
      expect(finding).toMatchObject({
        requirement: 'call.read-your-writes',
        expected: 'answers that some order of the acts explains',
      })
      expect(finding?.actual).toMatch(/^none does: .*create 201 pending; .*get 200 pending/)
      expect(finding?.script?.length).toBeLessThanOrEqual(12)
    })

    test('keeps to a third of the budget', async () => {
      const began = performance.now()
      const { run } = await judge(index, {}, 90)

      expect(performance.now() - began).toBeLessThan(2_000)
      expect(run.exchanges.length).toBeLessThan(600)
    })
  },
)
