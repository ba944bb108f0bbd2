import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  functionCall,
  humanContact,
  RawJson,
  timer,
  type FunctionCall,
  type HumanContact,
  NO_DIRECTORY,
} from '@countersign/protocol'
import type { CallStore, Commit, Page, Store } from '../src/store/store.ts'

/** What a test needs beside the port: a clock to set, and a look at what is on disk. */
export interface StoreUnderTest {
  open(clock: () => Date): Promise<Store>
  /** The events, in their order, as another reader of the same storage sees them. */
  readEvents(): Promise<StoredEvent[]>
  remove(): Promise<void>
}

export interface StoredEvent {
  project_id: string
  type: string
  object_id: string
  principal: string
  detail: string | null
  status: string
}

const START = new Date('2026-01-01T00:00:00.000Z')
const RESPONDER = { id: 'alice', channel: 'api', assurance: 'session' } as const
const EVERYTHING = { features: ['expiry', 'edit', 'forms'], channel_kinds: ['inbox', 'any_of'] }
const PAGE: Page = { limit: 100, max_characters: 1_000_000 }

/** What every adapter of the store promises. */
export function storeContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`the store over ${name}`, () => {
    let storage: StoreUnderTest
    let store: Store
    let now: Date

    beforeEach(async () => {
      now = START
      storage = await create()
      store = await storage.open(() => now)
      await store.insertProject({ project_id: 'p', name: 'P' })
      await store.insertProject({ project_id: 'q', name: 'Q' })
    })

    afterEach(async () => {
      await store.close()
      await storage.remove()
    })

    async function reopen(): Promise<void> {
      await store.close()
      store = await storage.open(() => now)
    }

    const ask = (call_id: string, spec: object = {}, project_id = 'p') =>
      store.functionCalls.update(project_id, call_id, (existing, at) =>
        functionCall.create(
          existing,
          {
            run_id: 'r',
            call_id,
            spec: { fn: 'f', kwargs: new RawJson('{"b":1,"a":9007199254740993}'), ...spec },
          },
          {
            now: at,
            principal: 'key:k',
            capabilities: EVERYTHING,
            directory: NO_DIRECTORY,
            max_expires_in_seconds: 1e6,
            schema_faults: [],
          },
        ),
      )
    const sleep = (timer_id: string, ms: number, project_id = 'p') =>
      store.timers.update(project_id, timer_id, (existing, at) =>
        timer.create(
          existing,
          {
            run_id: 'r',
            timer_id,
            spec: {
              wake_at: new Date(START.getTime() + ms).toISOString(),
              state: new RawJson('{"b":1,"a":9007199254740993}'),
            },
          },
          { now: at, max_timer_seconds: 1e6 },
        ),
      )
    const wake = (timer_id: string) =>
      store.timers.update('p', timer_id, (pending, at) => pending && timer.fire(pending, at))
    const respond = (call_id: string, approved: boolean, comment = '') =>
      store.functionCalls.update(
        'p',
        call_id,
        (call, at) =>
          call &&
          functionCall.respond(
            call,
            { approved, comment },
            { now: at, responder: RESPONDER, directory: NO_DIRECTORY, schema_faults: [] },
          ),
      )
    const statusOf = async (call_id: string) =>
      JSON.parse((await store.functionCalls.find('p', call_id))!.status) as FunctionCall['status']
    const typesOf = async (call_id: string) =>
      (await storage.readEvents()).filter((event) => event.object_id === call_id).map(({ type }) => type)

    test('lets exactly one of two concurrent answers win', async () => {
      await ask('c')

      const decisions = await Promise.all([respond('c', true), respond('c', false)])

      expect(decisions.map((decision) => decision!.ok)).toEqual([true, false])
      expect(await statusOf('c')).toMatchObject({ state: 'approved', responses: [{ approved: true }] })
      expect(await typesOf('c')).toEqual([
        'function_call.requested',
        'function_call.responded',
        'function_call.completed',
      ])
    })

    test('creates one call of many equal ones at the same time', async () => {
      const decisions = await Promise.all(Array.from({ length: 10 }, () => ask('c')))

      expect(decisions.filter((decision) => decision!.events.length > 0)).toHaveLength(1)
      expect(await typesOf('c')).toEqual(['function_call.requested'])
    })

    test('lets a bad write fail alone', async () => {
      const results = await Promise.allSettled([
        ask('a'),
        store.functionCalls.update('p', 'bad', () => {
          throw new RangeError('a fault in a transition')
        }),
        ask('foreign', {}, 'no-such-project'),
        ask('b'),
      ])

      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
      expect(await idsOf(store.functionCalls, {})).toEqual(['b', 'a'])
      expect((await storage.readEvents()).map(({ object_id }) => object_id)).toEqual(['a', 'b'])
    })

    test('writes events with the change, each with the status as it then was', async () => {
      await ask('c')
      await respond('c', false, 'no')

      const events = await storage.readEvents()

      expect(events).toMatchObject([
        { project_id: 'p', type: 'function_call.requested', principal: 'key:k' },
        { type: 'function_call.responded', principal: 'alice' },
        { type: 'function_call.completed', principal: 'alice' },
      ])
      expect(events.map(({ status }) => (JSON.parse(status) as { state: string }).state)).toEqual([
        'pending',
        'denied',
        'denied',
      ])
      expect(events[2]!.status).toBe((await store.functionCalls.find('p', 'c'))!.status)
    })

    test('records a refusal without changing the call', async () => {
      await ask('c', { channel: { inbox: { allowed_responder_ids: ['bob'] } } })

      const decision = await respond('c', true)

      expect(decision).toMatchObject({ ok: false, refusal: { code: 'responder_not_allowed' } })
      expect((await statusOf('c')).state).toBe('pending')
      expect((await storage.readEvents()).at(-1)).toMatchObject({
        type: 'function_call.refused',
        principal: 'alice',
        detail: 'responder_not_allowed',
      })
    })

    test('writes nothing when nothing is decided', async () => {
      expect(await store.functionCalls.update('p', 'nobody', () => undefined)).toBeUndefined()
      expect(await respond('nobody', true)).toBeUndefined()

      expect(await storage.readEvents()).toEqual([])
      expect(await store.functionCalls.find('p', 'nobody')).toBeUndefined()
    })

    test('accepts an answer at the instant of expiry and refuses one after it (expiry.never-early, expiry.never-late)', async () => {
      const expires_at = '2026-01-01T00:01:00.000Z'
      await ask('in_time', { expires_at })
      await ask('late', { expires_at, on_expire: { comment: 'over' } })

      now = new Date(expires_at)
      const inTime = await respond('in_time', true)
      now = new Date(now.getTime() + 1)
      const late = await respond('late', true)

      expect(inTime).toMatchObject({ ok: true, next: { status: { state: 'approved' } } })
      expect(late).toMatchObject({
        ok: false,
        refusal: { code: 'already_expired', winning_status: { state: 'expired' } },
      })
      expect(await statusOf('late')).toMatchObject({ state: 'expired', approved: false, comment: 'over' })
      expect(await typesOf('late')).toEqual(['function_call.requested', 'function_call.completed'])
    })

    test('names what is overdue, the longest first, and what is next', async () => {
      await ask('second', { expires_at: '2026-01-01T00:02:00Z' })
      await ask('first', { expires_at: '2026-01-01T00:01:00Z' })
      await ask('never')
      expect(await store.functionCalls.findNextDue()).toEqual(new Date('2026-01-01T00:01:00.001Z'))
      expect(await store.functionCalls.listDue(new Date('2026-01-01T00:01:00Z'), 10)).toEqual([])

      const overdue = await store.functionCalls.listDue(new Date('2026-01-01T00:03:00Z'), 10)
      await respond('first', true)

      expect(overdue.map(({ call_id }) => call_id)).toEqual(['first', 'second'])
      expect(await store.functionCalls.findNextDue()).toEqual(new Date('2026-01-01T00:02:00.001Z'))
    })

    test('tells of a change after it is on disk', async () => {
      const seen: [Commit, string[]][] = []
      store.onCommit(
        (commit) =>
          void storage.readEvents().then((events) => seen.push([commit, events.map(({ type }) => type)])),
      )

      await ask('c', { expires_at: '2026-01-01T00:01:00Z' })
      await respond('c', true)

      await expect.poll(() => seen.length).toBe(2)
      expect(seen[0]![0]).toEqual({
        project_id: 'p',
        events: 1,
        deliveries: 0,
        change: {
          kind: 'function_call',
          call_id: 'c',
          state: 'pending',
          due_at: Date.parse('2026-01-01T00:01:00.001Z'),
        },
      })
      expect(seen[0]![1]).toContain('function_call.requested')
      expect(seen[1]![0].change?.state).toBe('approved')
      expect(seen[1]![1]).toContain('function_call.completed')
    })

    test('keeps the positions of a list while rows are inserted (list.complete)', async () => {
      for (const id of ['a', 'b', 'c', 'd']) await ask(id)
      const first = await store.functionCalls.list('p', {}, { ...PAGE, limit: 2 })

      await ask('e')
      await respond('a', true)

      expect(first.items.map(({ item }) => item.call_id)).toEqual(['d', 'c'])
      expect(first.more).toBe(true)
      const before = first.items.at(-1)!.position
      expect(await idsOf(store.functionCalls, { before })).toEqual(['b', 'a'])
      expect(await idsOf(store.functionCalls, { before }, { state: 'pending' })).toEqual(['b'])
      expect(await idsOf(store.functionCalls, {}, { run_id: 'other' })).toEqual([])
    })

    test('ends a page with the item that makes it too large', async () => {
      for (const id of ['a', 'b', 'c']) await ask(id)

      const slice = await store.functionCalls.list('p', {}, { limit: 100, max_characters: 1 })

      expect(slice.items.map(({ item }) => item.call_id)).toEqual(['c'])
      expect(slice.more).toBe(true)
      const rest = await store.functionCalls.list('p', {}, { ...PAGE, before: slice.items[0]!.position })
      expect(rest).toMatchObject({
        more: false,
        items: [{ item: { call_id: 'b' } }, { item: { call_id: 'a' } }],
      })
      // What was left unread holds nothing up.
      await ask('d')
    })

    test('keeps kinds and projects apart', async () => {
      await ask('c')
      await ask('c', { fn: 'other' }, 'q')
      await store.humanContacts.update('p', 'c', (existing: HumanContact | undefined, at) =>
        humanContact.create(
          existing,
          { run_id: 'r', call_id: 'c', spec: { msg: 'm' } },
          {
            now: at,
            principal: 'key:k',
            capabilities: EVERYTHING,
            directory: NO_DIRECTORY,
            max_expires_in_seconds: 1e6,
            schema_faults: [],
          },
        ),
      )

      await respond('c', true)

      expect((await store.functionCalls.find('q', 'c'))!.state).toBe('pending')
      expect((await store.humanContacts.find('p', 'c'))!.state).toBe('pending')
    })

    test('keeps opaque values as they were sent (opaque.values-kept, opaque.order-kept)', async () => {
      await ask('c')
      await reopen()

      const text = (await store.functionCalls.find('p', 'c'))!
      const call = store.functionCalls.parse(text)

      expect(text.spec).toBe('{"fn":"f","kwargs":{"b":1,"a":9007199254740993}}')
      expect(call.spec.kwargs).toEqual(new RawJson('{"b":1,"a":9007199254740993}'))
      expect(call.status).toEqual(JSON.parse(text.status))
    })

    test('shows everything after it was opened again (call.acknowledged-survives)', async () => {
      await ask('a')
      await ask('b')
      await respond('a', true)
      const key = await store.insertKey({
        key_id: 'key_1',
        project_id: 'p',
        secret_hash: Buffer.alloc(32, 1),
        scopes: ['agent', 'responder'],
        name: 'N',
        responder_id: 'alice',
      })
      const before = await everything()

      await reopen()

      expect(await everything()).toEqual(before)
      expect(await store.findKeyByHash(Buffer.alloc(32, 1))).toEqual({
        ...key,
        project_id: 'p',
        secret_hash: Buffer.alloc(32, 1),
      })

      async function everything(): Promise<unknown> {
        return [
          await store.functionCalls.list('p', {}, PAGE),
          await storage.readEvents(),
          await store.listProjects(),
          await store.listKeys('p', PAGE),
          store.cursorSecret,
        ]
      }
    })

    test('writes what is queued before it closes', async () => {
      const asked = ask('queued')

      await reopen()

      expect((await asked)!.ok).toBe(true)
      expect((await store.functionCalls.find('p', 'queued'))!.state).toBe('pending')
    })

    test('names the timers that are due, the longest first, and the next one (timer.never-early)', async () => {
      for (const [id, ms] of [
        ['later', 3_000],
        ['first', 1_000],
        ['second', 2_000],
      ] as const)
        await sleep(id, ms)
      expect(await store.timers.findNextDue()).toEqual(new Date(START.getTime() + 1_000))

      now = new Date(START.getTime() + 999)
      expect(await store.timers.listOverdue(now, 10)).toEqual([])
      now = new Date(START.getTime() + 2_000)
      const due = await store.timers.listOverdue(now, 10)

      expect(due.map(({ timer_id }) => timer_id)).toEqual(['first', 'second'])
      expect(await store.timers.listOverdue(now, 1)).toEqual(due.slice(0, 1))
      for (const { timer_id } of due) await wake(timer_id)
      expect(await store.timers.findNextDue()).toEqual(new Date(START.getTime() + 3_000))
      now = new Date(START.getTime() + 3_000)
      await wake('later')
      expect(await store.timers.findNextDue()).toBeUndefined()
    })

    test('fires a timer once, also when two passes meet, and shows so when it was opened again (timer.event, timer.survives)', async () => {
      await sleep('t', 1_000)
      await reopen()
      now = new Date(START.getTime() + 1_000)

      await Promise.all([wake('t'), wake('t')])
      await reopen()

      const kept = (await store.timers.find('p', 't'))!
      expect(kept.spec).toContain('"state":{"b":1,"a":9007199254740993}')
      expect(JSON.parse(kept.status)).toMatchObject({ state: 'fired', fired_at: now.toISOString() })
      expect(await typesOf('t')).toEqual(['timer.fired'])
      const { items } = await store.events.listAfter('p', 0, {}, PAGE)
      expect(items.map(({ item }) => item)).toMatchObject([
        { kind: 'timer', object_id: 't', spec: kept.spec, status: kept.status },
      ])
    })

    test('tells when a timer is due, and keeps timers apart from calls and from those of other projects', async () => {
      const commits: Commit[] = []
      store.onCommit((commit) => commits.push(commit))

      await ask('t')
      await sleep('t', 1_000)
      await sleep('t', 2_000, 'q')
      await sleep('over', -1)
      await sleep('t', 1_000)

      expect(
        commits.map(({ project_id, timer_due_at, events }) => [project_id, timer_due_at, events]),
      ).toEqual([
        ['p', undefined, 1],
        ['p', START.getTime() + 1_000, 0],
        ['q', START.getTime() + 2_000, 0],
        ['p', undefined, 1],
      ])
      const { items } = await store.events.listAfter('p', 0, { call_id: 'over' }, PAGE)
      expect(items).toEqual([])
      expect(await store.timers.find('q', 'over')).toBeUndefined()
    })

    test('keeps the key of a secret that is there already', async () => {
      const wish = {
        project_id: 'p',
        secret_hash: Buffer.alloc(32, 2),
        scopes: ['agent' as const],
        name: null,
        responder_id: null,
      }
      const first = await store.insertKey({ ...wish, key_id: 'key_1' })

      const second = await store.insertKey({ ...wish, key_id: 'key_2', scopes: ['admin'] })

      expect(second).toEqual(first)
    })

    test('revokes a key once and in its own project alone', async () => {
      const wish = {
        project_id: 'p',
        secret_hash: Buffer.alloc(32, 3),
        scopes: ['agent' as const],
        name: null,
        responder_id: null,
      }
      await store.insertKey({ ...wish, key_id: 'key_1' })

      expect(await store.revokeKey('q', 'key_1')).toBeUndefined()
      const revoked = await store.revokeKey('p', 'key_1')
      now = new Date(now.getTime() + 1000)

      expect(revoked!.revoked_at).toBe(START.toISOString())
      expect(await store.revokeKey('p', 'key_1')).toEqual(revoked)
      expect(await store.findRevoked(['key_1', 'key_2'])).toEqual(new Set(['key_1']))
      expect(await store.findRevoked([])).toEqual(new Set())
    })
  })
}

async function idsOf(calls: CallStore<FunctionCall>, page: Partial<Page>, filter = {}): Promise<string[]> {
  const { items } = await calls.list('p', filter, { ...PAGE, ...page })
  return items.map(({ item }) => item.call_id)
}
