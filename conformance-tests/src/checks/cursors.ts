import { callKinds, functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { listPath, readPage, type ListQuery } from '../actors/list-reader.ts'
import { withEach } from '../actors/several.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectThat } from '../expectations.ts'

export const cursorChecks: readonly Check[] = [
  check(
    'list.cursor-tampered',
    'a cursor of other filters or of the other kind is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        await createFour(context, kind, run_id)
        await createFour(context, otherKind(kind), run_id)
        const other = context.id('other-run')
        await createFour(context, kind, other)
        const queries: ListQuery[] = [
          { run_id },
          { run_id, state: 'pending' },
          { state: 'pending' },
          { run_id: other },
          {},
        ]

        for (const query of queries) {
          const cursor = await cursorOf(context, kind, query)
          for (const another of queries)
            if (another !== query)
              expectProblem(
                await agent.get(listPath(kind.collection, { ...another, limit: 1, cursor })),
                400,
                'invalid_cursor',
              )
          const elsewhere = listPath(otherKind(kind).collection, { ...query, limit: 1, cursor })
          expectProblem(await agent.get(elsewhere), 400, 'invalid_cursor')
        }
      }
    },
  ),

  check(
    'list.cursor-tampered',
    'a cursor that was changed in any character, cut, extended or made up is refused',
    { variant: 'altered', expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        await createFour(context, kind, run_id)
        const cursor = await cursorOf(context, kind, { run_id })

        const forged = new Set([...altered(cursor, context.random), ...MADE_UP])
        forged.delete(cursor)
        await withEach(forged, async (another) =>
          expectProblem(
            await agent.get(listPath(kind.collection, { run_id, limit: 1, cursor: another })),
            400,
            'invalid_cursor',
          ),
        )

        // The true one still leads on.
        await readPage(context, agent, kind.collection, { run_id, limit: 1, cursor })
      }
    },
  ),

  check(
    'list.cursor-tampered',
    'a cursor of another project is refused',
    { variant: 'project', expect: 'reject', needs: { keys: ['other'] } },
    async (context) => {
      const other = context.actor('other')
      for (const kind of callKinds) {
        const run_id = context.id('run')
        await createFour(context, kind, run_id)
        for (let n = 0; n < 4; n++) await other.create(kind, { run_id })

        for (const query of [{ run_id }, {}] as ListQuery[]) {
          const cursor = await cursorOf(context, kind, query)
          expectProblem(
            await other.get(listPath(kind.collection, { ...query, limit: 1, cursor })),
            400,
            'invalid_cursor',
          )
        }
      }
    },
  ),

  check(
    'list.cursor-tampered',
    'a cursor of the list of keys is refused by the lists of calls',
    { variant: 'keys', expect: 'reject', needs: { claims: ['scopes'], keys: ['admin'] } },
    async (context) => {
      const admin = context.actor('admin')
      for (let n = 0; n < 2; n++) await admin.createKey({ scopes: ['agent'] })
      const keys = await readPage(context, admin, '/v1/keys', { limit: 1 }, 'auth.list-keys')
      for (const kind of callKinds) {
        await createFour(context, kind, context.id('run'))
        // Four calls and two keys at least, so that a page of one leads on.
        expectThat(keys.next_cursor !== null, 'a cursor', 'null', keys)

        expectProblem(
          await context.agent.get(listPath(kind.collection, { limit: 1, cursor: keys.next_cursor })),
          400,
          'invalid_cursor',
        )
      }
    },
  ),
]

async function createFour(context: Context, kind: CallKind, run_id: string): Promise<void> {
  for (let n = 0; n < 4; n++) await context.agent.create(kind, { run_id })
}

/** A cursor that the server has made for this list and these filters. */
async function cursorOf(context: Context, kind: CallKind, query: ListQuery): Promise<string> {
  const page = await readPage(context, context.agent, kind.collection, { ...query, limit: 1 })
  return context.step('list.complete', async () => {
    expectThat(
      page.next_cursor !== null,
      'a cursor, because four calls do not fit a page of one',
      'null',
      page,
    )
    return page.next_cursor
  })
}

function otherKind(kind: CallKind): CallKind {
  return kind === functionCalls ? humanContacts : functionCalls
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const MADE_UP = [
  '',
  '\u0000',
  '0',
  '1',
  '-1',
  'abc',
  'null',
  'eyJvZmZzZXQiOjF9',
  '☃',
  'A'.repeat(2_000),
  '../..',
  ' ',
]

/** Every way to spoil a cursor that a careless reader of it could overlook. */
function altered(cursor: string, random: () => number): string[] {
  const characters = cursor.split('')
  const places = characters.map((_, index) => index)
  // A long cursor is changed at its beginning and end and at places in between.
  const chosen = places.filter(
    (index) => index < 24 || index >= places.length - 8 || random() < 32 / places.length,
  )
  const replaced = chosen.flatMap((index) => {
    const old = characters[index]!
    const at = ALPHABET.indexOf(old)
    // The next character differs in the last bit, which may be one that a decoder drops.
    const others = [at < 0 ? 'A' : ALPHABET[at ^ 1]!, ALPHABET[Math.floor(random() * 64)]!, '.']
    return others.map((other) => characters.with(index, other).join(''))
  })
  const middle = Math.floor(characters.length / 2)
  return [
    ...replaced,
    ...[1, 2, 3, 4, middle].map((count) => characters.slice(0, -count).join('')),
    characters.slice(1).join(''),
    ...['A', '=', '==', ' ', '.', '0', '-', '\n', cursor].map((more) => cursor + more),
    ` ${cursor}`,
    `A${cursor}`,
    cursor.toLowerCase(),
    cursor.toUpperCase(),
    characters.toReversed().join(''),
    cursor.replaceAll('-', '+').replaceAll('_', '/'),
    `${cursor.slice(0, middle)}=${cursor.slice(middle)}`,
    `${cursor.slice(0, middle)} ${cursor.slice(middle)}`,
  ]
}
