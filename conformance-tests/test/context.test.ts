import { describe, expect, test } from 'vitest'
import { Context, markerOf, type Outgoing, type Run } from '../src/context.ts'
import type { Request } from '../src/exchange.ts'
import type { SendOptions } from '../src/transport.ts'
import type { Finding } from '../src/violation.ts'
import { CountingClock, runWith } from './memory-run.ts'

const judged = { id: 'call.cancel/late', requirement: 'call.cancel', attempt: 1 } as const
const contextOf = (run: Run = runWith(), more: object = {}) => new Context(run, { ...judged, ...more })

/** The request as it goes out, and with which options. */
async function sent(outgoing: Outgoing, more: object = {}): Promise<Request & SendOptions> {
  let seen: (Request & SendOptions) | undefined
  const run = runWith((request, options) => {
    seen = { ...request, ...options }
    return {}
  })
  await contextOf(run, more).send('agent', outgoing)
  return seen!
}

describe('a request', () => {
  const type = ['content-type', 'application/json']
  const textOf = (body: Uint8Array | undefined) => body && Buffer.from(body).toString()

  test('is a GET without a body unless told', async () => {
    expect(await sent({ path: '/a?b' })).toMatchObject({
      key: 'agent',
      method: 'GET',
      path: '/a?b',
      headers: [],
      body: undefined,
    })
    expect(await sent({ path: '/', method: 'PUT' })).toMatchObject({ method: 'PUT' })
  })

  test('carries JSON, or exactly these bytes, and says so', async () => {
    const { body, headers } = await sent({ path: '/', json: { a: 1 } })
    expect([textOf(body), headers]).toEqual(['{"a":1}', [type]])
    expect(body).toBeInstanceOf(Uint8Array)
    const text = await sent({ path: '/', body: '{"é":' })
    expect([textOf(text.body), text.headers]).toEqual(['{"é":', [type]])
    const bytes = Uint8Array.of(0xff, 0)
    expect((await sent({ path: '/', body: bytes })).body).toBe(bytes)
    expect(textOf((await sent({ path: '/', json: null })).body)).toBe('null')
  })

  test('says what it is once, or not at all when it must not', async () => {
    const own = await sent({ path: '/', json: 1, headers: { 'Content-Type': 'text/plain', 'x-a': 'b' } })
    expect(own.headers).toEqual([
      ['Content-Type', 'text/plain'],
      ['x-a', 'b'],
    ])
    const twice: Outgoing['headers'] = [
      ['x-a', '1'],
      ['x-a', '2'],
    ]
    expect((await sent({ path: '/', json: 1, headers: twice })).headers).toEqual([type, ...twice])
    expect((await sent({ path: '/', json: 1, untyped: true })).headers).toEqual([])
    expect((await sent({ path: '/', headers: { 'x-a': 'b' } })).headers).toEqual([['x-a', 'b']])
  })

  test('may take ten seconds unless told, and four times as long when it is tried again', async () => {
    const { signal } = new AbortController()
    const bodyAfter = Promise.resolve()

    expect((await sent({ path: '/' })).timeoutMs).toBe(10_000)
    expect((await sent({ path: '/', timeoutMs: 50 })).timeoutMs).toBe(50)
    expect((await sent({ path: '/', timeoutMs: 50 }, { attempt: 2 })).timeoutMs).toBe(200)
    expect(await sent({ path: '/', signal, bodyAfter })).toMatchObject({ signal, bodyAfter })
  })
})

describe('an exchange', () => {
  test('is noted when it has ended, with what had ended before it was sent', async () => {
    const release: (() => void)[] = []
    const run = runWith(async ({ path }) => {
      if (path === '/slow') await new Promise<void>((resolve) => release.push(resolve))
      return { status: 201, json: path }
    })
    const context = contextOf(run)
    await context.send('agent', { path: '/first' })
    const slow = context.exchange('nobody', { path: '/slow' })
    await contextOf(run, { id: 'another' }).send('agent', { path: '/other' })
    release[0]!()
    await slow

    expect(run.exchanges).toMatchObject([
      {
        number: 1,
        check: judged.id,
        sent_after: 0,
        sent_at: 1_001,
        received_at: 1_002,
        request: { path: '/first' },
      },
      { number: 2, check: 'another', sent_after: 1, sent_at: 1_004, received_at: 1_005 },
      {
        number: 3,
        check: judged.id,
        sent_after: 1,
        sent_at: 1_003,
        received_at: 1_006,
        request: { key: 'nobody' },
      },
    ])
    expect(context.exchanges().map(({ number }) => number)).toEqual([1, 3])
  })

  test('gives the answer, and none is a violation', async () => {
    const run = runWith(({ path }) =>
      path === '/none' ? { failure: 'reset' } : { status: 201, json: { a: 1 } },
    )
    const context = contextOf(run)
    const reply = await context.send('agent', { path: '/' })

    expect([reply.status, reply.json]).toEqual([201, { a: 1 }])
    await expect(context.send('agent', { path: '/none' })).rejects.toMatchObject({
      finding: { expected: 'an answer', actual: 'a reset', exchange: 2 },
    })
    expect(await context.exchange('agent', { path: '/none' })).toMatchObject({ failure: { kind: 'reset' } })
  })
})

describe('the ids of a check', () => {
  test('are those of its run, itself and its try alone', () => {
    const marker = (check: string, attempt: number, namespace = 'cf1') => markerOf(namespace, check, attempt)
    const all = [marker('a', 1), marker('b', 1), marker('a', 2), marker('a', 1, 'cf2')]

    expect(new Set(all).size).toBe(4)
    expect(marker('a', 1)).toBe(marker('a', 1))
    expect(marker('a', 2)).toBe(`${marker('a', 1)}r2`)
    // FNV-1a in 32 bits, as published: replays and scripts of older runs have to find the same ids.
    expect(marker('a', 1)).toBe(`cf1-${(0xe40c292c).toString(36)}`)
    expect(marker('call.cancel/late', 1)).toBe(`cf1-${fnv('call.cancel/late').toString(36)}`)
  })

  test('have a name', () => {
    const context = contextOf()

    expect(context.marker).toBe(markerOf('cf1', judged.id, 1))
    expect(context.id('x')).toBe(`${context.marker}-x`)
    expect([context.nextName(), context.nextName()]).toEqual(['c1', 'c2'])
    expect(contextOf(undefined, { attempt: 2 }).marker).toBe(`${context.marker}r2`)
  })
})

test('chance is repeated by the seed and the check, and spread from 0 to 1', () => {
  const draw = (seed: number, id: string) => {
    const { random } = contextOf(runWith(undefined, { seed }), { id })
    return Array.from({ length: 2_000 }, random)
  }
  const numbers = draw(7, 'a')

  expect(draw(7, 'a')).toEqual(numbers)
  expect(draw(8, 'a')).not.toEqual(numbers)
  expect(draw(7, 'b')).not.toEqual(numbers)
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
  for (const tenth of Array.from({ length: 10 }, (_, index) => index)) {
    const count = numbers.filter((number) => Math.floor(number * 10) === tenth).length
    expect(count).toBeGreaterThan(140)
    expect(count).toBeLessThan(260)
  }
  // mulberry32, as published.
  const expected = mulberry32(fnv('7/a'))
  expect(numbers.slice(0, 50)).toEqual(Array.from({ length: 50 }, expected))
})

test('people hold keys of the run, and those that a server made belong to one check', () => {
  const run = runWith()
  const context = contextOf(run)

  expect([context.agent.key, context.responder.key, context.nobody.key]).toEqual([
    'agent',
    'responder',
    'nobody',
  ])
  expect(context.actor('admin').key).toBe('admin')
  expect([context.adopt('s1').key, context.adopt('s2').key]).toEqual([
    'call.cancel/late#1',
    'call.cancel/late#2',
  ])
  expect(run.keyring.secretOf('call.cancel/late#2')).toBe('s2')
})

test('patience is four times as long on the second try', () => {
  expect(contextOf().patience).toBe(1)
  expect(contextOf(undefined, { attempt: 2 }).patience).toBe(4)
})

test('time is read and passes by the clock of the run, and both are noted', async () => {
  const clock = new CountingClock()
  const run = runWith(undefined, { clock })
  const context = contextOf(run)

  expect(context.now()).toBe(1_001)
  await context.sleep(250)
  expect(clock.slept).toEqual([250])
  expect(run.pauses).toEqual([{ check: judged.id, began_at: 1_002, ms: 250 }])
  expect(run.readings).toEqual([{ check: judged.id, at: 1_001 }])
})

test('what a check has in hand is what the run was given', () => {
  const context = contextOf()

  expect(context.budgetMs).toBe(9_000)
  expect(context.limits).toBe(context.subject.discovery.limits)
  expect(() => context.process).toThrow('This check needs a process and does not say so.')
  const process = {} as NonNullable<Run['process']>
  expect(contextOf(runWith(undefined, { process })).process).toBe(process)
})

describe('a step', () => {
  const finding: Finding = { requirement: 'call.created-status', expected: 'a', actual: 'b', exchange: 1 }
  const broken = new Map([[finding.requirement, finding]])

  test('that is known to get no answer is not tried, but for its own requirement', async () => {
    let tries = 0
    const act = async () => ++tries

    await expect(contextOf(undefined, { broken }).step('call.created-status', act)).rejects.toMatchObject({
      finding,
    })
    expect(tries).toBe(0)
    expect(await contextOf(undefined, { broken }).step('call.escalate', act)).toBe(1)
    expect(
      await contextOf(undefined, { broken, requirement: 'call.created-status' }).step(
        'call.created-status',
        act,
      ),
    ).toBe(2)
    expect(await contextOf().step('call.created-status', act)).toBe(3)
  })
})

function fnv(text: string): number {
  let value = 2_166_136_261n
  for (const byte of Buffer.from(text)) value = ((value ^ BigInt(byte)) * 16_777_619n) % 2n ** 32n
  return Number(value)
}

function mulberry32(seed: number): () => number {
  let a = seed
  return () => {
    a |= 0
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
