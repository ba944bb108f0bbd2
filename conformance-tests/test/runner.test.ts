import { describe, expect, test } from 'vitest'
import { functionCalls } from '../src/actors/call-kind.ts'
import { check, type Check, type CheckOptions, type Needs } from '../src/check.ts'
import type { Context, Run } from '../src/context.ts'
import { expectStatus } from '../src/expectations.ts'
import type { RequirementId } from '../src/generated/requirement-ids.ts'
import { NO_PROJECT } from '../src/project.ts'
import { runChecks, severityOf, whyNot } from '../src/runner.ts'
import type { CheckResult } from '../src/verdict.ts'
import { Inconclusive, Violation, type Finding } from '../src/violation.ts'
import { runWith } from './memory-run.ts'
import { discovery, subject } from './transcripts.ts'

const MUST = 'call.cancel'
const SHOULD = 'http.not-stored'

const checkOf = (
  act: (context: Context) => unknown,
  options: Partial<CheckOptions> = {},
  requirement: RequirementId = MUST,
): Check =>
  check(requirement, 'a server does something', { expect: 'accept', ...options }, async (context) => {
    await act(context)
  })

const judge = async (one: Check, run: Run = runWith()): Promise<CheckResult> => {
  const [result] = await runChecks(run, [one])
  return result!
}

const asks = (context: Context) => context.agent.get('/v1/project')
const fails = async (context: Context) => expectStatus(await asks(context), 418)

describe('a check', () => {
  test('passes when nothing failed and it has seen an answer', async () => {
    const one = checkOf(asks)
    expect(await judge(one)).toEqual({
      check: one,
      verdict: 'PASS',
      attempts: 1,
      duration_ms: expect.any(Number),
      subjects: 1,
    })
  })

  test('says how long it took', async () => {
    const run = runWith()
    const result = await judge(
      checkOf(async (context) => {
        await asks(context)
        Object.assign(run.clock, { time: 5_000 })
      }),
      run,
    )

    expect(result.duration_ms).toBe(4_000)
  })

  test('that has looked at nothing is the fault of the suite', async () => {
    const nothing = {
      verdict: 'ERROR',
      reason: 'the check passed without looking at any answer',
      subjects: 0,
    }
    const unanswered = runWith(() => ({ failure: 'timeout' }))

    expect(await judge(checkOf(() => undefined))).toMatchObject(nothing)
    expect(
      await judge(
        checkOf((context) => context.exchange('agent', { path: '/' })),
        unanswered,
      ),
    ).toMatchObject(nothing)
  })

  test('counts answers, and not requests', async () => {
    const run = runWith(({ path }) => (path === '/none' ? { failure: 'reset' } : {}))
    const one = checkOf(async (context) => {
      for (const path of ['/a', '/none', '/b']) await context.exchange('agent', { path })
    })

    expect(await judge(one, run)).toMatchObject({ verdict: 'PASS', subjects: 2 })
  })

  test.each([
    ['an error', new TypeError('x is undefined'), /^TypeError: x is undefined\n\s+at /],
    ['an error without a stack', Object.assign(new Error('no stack'), { stack: undefined }), /^no stack$/],
    ['what is no error', { code: 'boom' }, /^Error: \{ code: 'boom' \}\n/],
  ])('that throws %s is the fault of the suite', async (_, thrown, reason) => {
    const result = await judge(
      checkOf(async (context) => {
        await asks(context)
        throw thrown
      }),
    )

    expect(result).toMatchObject({ verdict: 'ERROR', attempts: 1, subjects: 1 })
    expect(result.reason).toMatch(reason)
    expect(result).not.toHaveProperty('finding')
  })

  test('that cannot judge is inconclusive', async () => {
    const result = await judge(
      checkOf(async (context) => {
        await asks(context)
        throw new Inconclusive('the limit is too small')
      }),
    )

    expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', reason: 'the limit is too small', subjects: 1 })
    expect(result).not.toHaveProperty('finding')
  })

  test.each([
    [MUST, 'FAIL'],
    [SHOULD, 'WARN'],
    ['wait.early', 'WARN'],
  ] as const)(
    'of %s that finds a violation says %s, as the specification does',
    async (requirement, verdict) => {
      expect(await judge(checkOf(fails, {}, requirement))).toMatchObject({
        verdict,
        reason: 'expected HTTP 418, got HTTP 200',
        finding: { requirement, expected: 'HTTP 418', actual: 'HTTP 200', exchange: 1 },
        subjects: 1,
      })
      expect(severityOf(requirement)).toBe(verdict)
    },
  )

  test('whose step is not answered as promised is blocked by the requirement of the step', async () => {
    const run = runWith(() => ({ status: 500 }))
    const result = await judge(
      checkOf((context) => context.agent.create(functionCalls)),
      run,
    )

    expect(result).toMatchObject({
      verdict: 'INCONCLUSIVE',
      reason: 'blocked by call.created-status: expected HTTP 201, got HTTP 500 without a body',
      finding: { requirement: 'call.created-status', exchange: 1 },
    })
  })

  test('fails when it names its own requirement', async () => {
    const finding: Finding = { requirement: MUST, expected: 'a', actual: 'b' }
    const result = await judge(
      checkOf(() => {
        throw new Violation(finding)
      }),
    )

    expect(result).toMatchObject({ verdict: 'FAIL', finding, subjects: 0 })
  })
})

describe('a second try', () => {
  const tries = async (kind: 'liveness' | 'safety', act: (context: Context, attempt: number) => unknown) => {
    const patience: number[] = []
    const result = await judge(
      checkOf(
        async (context) => {
          patience.push(context.patience)
          await asks(context)
          await act(context, patience.length)
        },
        { kind },
      ),
    )
    return { patience, verdict: result.verdict, attempts: result.attempts }
  }

  test('with more patience is what something gets that did not come in time, once', async () => {
    expect(await tries('liveness', fails)).toEqual({ patience: [1, 4], verdict: 'FAIL', attempts: 2 })
  })

  test('may succeed', async () => {
    const acts = [fails, asks]
    expect(await tries('liveness', (context, attempt) => acts[attempt - 1]!(context))).toEqual({
      patience: [1, 4],
      verdict: 'PASS',
      attempts: 2,
    })
  })

  test('is not what a violation of safety gets', async () => {
    expect(await tries('safety', fails)).toEqual({ patience: [1], verdict: 'FAIL', attempts: 1 })
  })

  test.each([
    ['passed', () => undefined, 'PASS'],
    ['could not judge', () => Promise.reject(new Inconclusive('no')), 'INCONCLUSIVE'],
    ['is faulty', () => Promise.reject(new Error('bug')), 'ERROR'],
  ])('is not needed by what %s', async (_, act, verdict) => {
    expect(await tries('liveness', act)).toEqual({ patience: [1], verdict, attempts: 1 })
  })

  test.each([
    ['reset', 'pool', 2],
    ['reset', 'foundation', 2],
    ['timeout', 'pool', 2],
    ['timeout', 'foundation', 1],
    ['unreadable', 'pool', 1],
  ] as const)(
    'of a safety check whose answer was lost (%s, %s): %i attempts',
    async (failure, lane, attempts) => {
      let requests = 0
      const run = runWith(() => (++requests === 1 ? { failure } : { status: 201, json: { call_id: 'c' } }))
      const one = checkOf((context) => context.agent.create(functionCalls), { kind: 'safety', lane })

      const result = await judge(one, run)

      expect(result.attempts).toBe(attempts)
      expect(result.verdict === 'PASS').toBe(attempts === 2)
    },
  )

  test('is given to a step that was not answered in time', async () => {
    let requests = 0
    const run = runWith(() =>
      ++requests === 1 ? { failure: 'timeout' } : { status: 201, json: { call_id: 'c' } },
    )
    const one = checkOf((context) => context.agent.create(functionCalls), { kind: 'liveness' })

    expect(await judge(one, run)).toMatchObject({ verdict: 'PASS', attempts: 2, subjects: 1 })
  })
})

describe('the lanes', () => {
  /** Checks that note when they begin and end, and wait for a turn in between. */
  function watched(...lanes: (CheckOptions['lane'] | undefined)[]) {
    const log: string[] = []
    const checks = lanes.map((lane, index) =>
      checkOf(
        async (context) => {
          log.push(`${index} begins`)
          await asks(context)
          await new Promise((resolve) => setTimeout(resolve, lane === 'timer' ? 30 : 2))
          log.push(`${index} ends`)
        },
        { variant: String(index), ...(lane ? { lane } : {}) },
      ),
    )
    return { log, checks }
  }

  test('begin with the foundation and end with the restarts, one check at a time', async () => {
    const { log, checks } = watched('restart', 'restart', 'race', 'race', 'foundation', 'foundation')

    await runChecks(runWith(), checks)

    const order = ['4', '5', '2', '3', '0', '1']
    expect(log).toEqual(order.flatMap((index) => [`${index} begins`, `${index} ends`]))
  })

  test('let timers run beside the pool, and races wait for both', async () => {
    const { log, checks } = watched('race', 'pool', 'timer', 'foundation', 'pool', 'timer')

    await runChecks(runWith(), checks)

    expect(log.slice(0, 2)).toEqual(['3 begins', '3 ends'])
    expect(log.slice(2, 6).toSorted()).toEqual(['1 begins', '2 begins', '4 begins', '5 begins'])
    expect(log.slice(6, 8).toSorted()).toEqual(['1 ends', '4 ends'])
    expect(log.slice(8, 10).toSorted()).toEqual(['2 ends', '5 ends'])
    expect(log.slice(10)).toEqual(['0 begins', '0 ends'])
  })

  test('have sixteen checks of the pool at a time, and every one once', async () => {
    let open = 0
    let most = 0
    const checks = Array.from({ length: 40 }, (_, index) =>
      checkOf(
        async (context) => {
          open += 1
          most = Math.max(most, open)
          await asks(context)
          await new Promise((resolve) => setTimeout(resolve, 1))
          open -= 1
        },
        { variant: String(index) },
      ),
    )

    const results = await runChecks(runWith(), checks)

    expect(most).toBe(16)
    expect(results.map((result) => result.check.id).toSorted()).toEqual(checks.map(({ id }) => id).toSorted())
  })

  test('tell of each result as it comes', async () => {
    const seen: unknown[] = []
    const { checks } = watched('race', 'foundation', 'pool')

    const results = await runChecks(runWith(), checks, {
      onResult: (result, done, total) => seen.push([result.check.id, done, total]),
    })

    expect(seen).toEqual([
      [`${MUST}/1`, 1, 3],
      [`${MUST}/2`, 2, 3],
      [`${MUST}/0`, 3, 3],
    ])
    expect(results.map((result) => result.check.id)).toEqual([`${MUST}/1`, `${MUST}/2`, `${MUST}/0`])
  })
})

describe('a step that gets no answer at the beginning', () => {
  const create = (context: Context) => context.agent.create(functionCalls)
  const foundation = checkOf(create, { lane: 'foundation' }, 'call.created-status')
  const later = checkOf(create)

  async function count(failure: 'timeout' | undefined, options = {}, checks = [foundation, later]) {
    let requests = 0
    const run = runWith(() => {
      requests += 1
      return failure ? { failure } : { status: 500 }
    })
    const results = await runChecks(run, checks, options)
    return { requests, verdicts: results.map(({ verdict }) => verdict), last: results.at(-1) }
  }

  test('is not tried again', async () => {
    const { requests, verdicts, last } = await count('timeout')

    expect(requests).toBe(1)
    expect(verdicts).toEqual(['FAIL', 'INCONCLUSIVE'])
    expect(last).toMatchObject({
      reason: 'blocked by call.created-status: expected an answer, got a timeout',
      finding: { requirement: 'call.created-status', exchange: 1 },
    })
  })

  test('is tried again where it was answered, however wrongly', async () => {
    expect(await count(undefined)).toMatchObject({ requests: 2, verdicts: ['FAIL', 'INCONCLUSIVE'] })
  })

  test('is tried again by the checks of its own requirement', async () => {
    const own = checkOf(create, { variant: 'again' }, 'call.created-status')
    expect(await count('timeout', {}, [foundation, own])).toMatchObject({
      requests: 2,
      verdicts: ['FAIL', 'FAIL'],
    })
  })

  test('may be known before', async () => {
    const finding: Finding = { requirement: 'call.created-status', expected: 'a', actual: 'b' }
    const broken = new Map([['call.created-status', finding]] as const)

    expect(await count('timeout', { broken }, [later])).toMatchObject({
      requests: 0,
      verdicts: ['INCONCLUSIVE'],
    })
  })

  test('is one whose own exchange has no answer', async () => {
    const first = checkOf(
      async (context) => {
        await context.exchange('agent', { path: '/none' })
        await create(context)
      },
      { lane: 'foundation' },
      'call.created-status',
    )
    const unshown = checkOf(
      () => {
        throw new Violation({ expected: 'a', actual: 'b' })
      },
      { lane: 'foundation' },
      'call.created-status',
    )
    let requests = 0
    const run = runWith(({ path }) => {
      requests += 1
      return path === '/none' ? { failure: 'reset' } : { status: 500 }
    })
    await runChecks(run, [first, unshown, later])

    expect(requests).toBe(3)
  })

  test('is learnt from the foundation alone', async () => {
    const race = checkOf(create, { lane: 'race' })
    const own = checkOf(create, {}, 'call.created-status')
    // Each of the two asks twice.
    expect(await count('timeout', {}, [own, race])).toMatchObject({ requests: 4 })
  })
})

describe('what a check needs', () => {
  const reason = (needs: Needs, more: Partial<typeof subject> = {}, requirement: RequirementId = MUST) =>
    whyNot(checkOf(asks, { needs }, requirement), { ...subject, ...more })
  const claiming = (...profiles: string[]) => ({ discovery: { ...discovery, profiles } })

  test('is the profile of its requirement, and what it names', () => {
    expect(reason({})).toBeUndefined()
    expect(reason({}, claiming())).toBe('the server does not claim core')
    expect(reason({}, claiming('core'), 'list.short-page')).toBe('the server does not claim lists')
    expect(reason({ claims: ['edit'] }, claiming('core'))).toBe('the server does not claim edit')
    expect(reason({ claims: ['edit'] }, claiming('core', 'edit'))).toBeUndefined()
    const features = { discovery: { ...discovery, profiles: ['core'], features: ['edit'] } }
    expect(reason({ claims: ['edit'] }, features)).toBeUndefined()
  })

  test('is a kind of channel', () => {
    expect(reason({ channel_kinds: ['inbox'] })).toBeUndefined()
    expect(reason({ channel_kinds: ['inbox', 'slack'] })).toBe(
      'the server does not serve the channel kind slack',
    )
  })

  test('is that the server lacks something', () => {
    expect(reason({ lacks: 'slack' })).toBeUndefined()
    expect(reason({ lacks: 'inbox' })).toBe('the server offers inbox')
    expect(reason({ lacks: 'core' })).toBe('the server offers core')
  })

  test('is a key', () => {
    expect(reason({ keys: ['agent', 'responder'] })).toBeUndefined()
    expect(reason({ keys: ['agent', 'admin'] })).toBe('needs a key: --admin-token')
  })

  test('is what the operator has configured', () => {
    const project = { ...NO_PROJECT, teams: [{ name: 'payments', people: ['ana'] }] }
    expect(reason({ configured: ['team'] })).toBe('needs a team in the project')
    expect(reason({ configured: ['team'] }, { project })).toBeUndefined()
    expect(reason({ configured: ['known'] }, { project })).toMatch(/^needs a second project/)
  })

  test('is the process of the server', () => {
    expect(reason({ process: true })).toBe('needs the server in its hands: --exec or --restart-cmd')
    expect(reason({ process: true }, { restartable: true })).toBeUndefined()
    expect(reason({ process: false })).toBeUndefined()
  })

  test.each([
    ['http://localhost:1', true],
    ['http://127.0.0.1:1', true],
    ['http://127.9.9.9', true],
    ['http://[::1]:1/base', true],
    ['http://example.com', false],
    ['http://10.127.0.1', false],
    ['http://my-localhost', false],
  ])('is a server on this machine, as %s is or is not', (base_url, isHere) => {
    expect(reason({ loopback: true }, { base_url })).toBe(
      isHere ? undefined : 'needs a server on this machine: another one could not reach the listener',
    )
    expect(reason({}, { base_url })).toBeUndefined()
  })

  test('keeps it from being run where it is not there', async () => {
    let isRun = false
    const one = checkOf(() => (isRun = true), { needs: { keys: ['admin'] } })

    expect(await judge(one)).toEqual({
      check: one,
      verdict: 'NOT_APPLICABLE',
      reason: 'needs a key: --admin-token',
      attempts: 0,
      duration_ms: 0,
      subjects: 0,
    })
    expect(isRun).toBe(false)
  })
})
