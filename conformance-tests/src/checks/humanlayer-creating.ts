import { inProfile, profileKinds, type HumanLayerKind } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { ANSWERING, CREATING, PATHS, REPEATING } from './humanlayer-causes.ts'

/** Where the name of the function or the message stands, which tells calls apart. */
const wordOf = ({ decision }: HumanLayerKind) => (decision === 'approved' ? 'fn' : 'msg')
const saying = (kind: HumanLayerKind, word: string) => ({ [wordOf(kind)]: word })

export const humanlayerCreatingChecks: readonly Check[] = [
  check(
    'humanlayer.create-answers-200',
    'a creation is answered with exactly 200 and the call',
    { expect: 'accept', after: CREATING },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')

        const created = await agent.tryCreate(kind, { call_id })

        expectStatus(created, 200)
        expectValue(created, '/call_id', call_id)
        for (const reply of [created, await agent.read(kind, call_id)])
          expectValue(reply, `/spec/${wordOf(kind)}`, kind.core.spec()[wordOf(kind)])
      }
    },
  ),

  check(
    'humanlayer.ids-echoed',
    'ids of any text come back as they were sent, and find their call again',
    { expect: 'accept', after: [...CREATING, 'call.read-your-writes', 'humanlayer.paths'] },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds)
        for (const text of ODD_TEXTS) {
          const call_id = text.replace('ID', context.id(kind.decision.slice(0, 3)))
          const run_id = text.replace('ID', context.id('run'))

          const created = await agent.tryCreate(kind, { call_id, run_id })
          const read = await agent.tryRead(kind, call_id)

          for (const reply of [created, read]) {
            expectStatus(reply, 200)
            expectValue(reply, '/call_id', call_id)
            expectValue(reply, '/run_id', run_id)
          }
        }
    },
  ),

  check(
    'humanlayer.ids-echoed',
    'a call with an id of any text can be answered under it',
    {
      expect: 'accept',
      variant: 'answered',
      after: [...CREATING, ...ANSWERING, 'humanlayer.paths'],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = `_Büro ${context.id('one')}`
        expectStatus(await agent.tryCreate(kind, { call_id }), 200)

        const answered = await responder.tryRespond(kind, call_id)

        expectStatus(answered, 200)
        expectValue(answered, '/call_id', call_id)
        expectValue(answered, `/status/${kind.decision}`, kind.core.answer[kind.decision])
      }
    },
  ),

  check(
    'humanlayer.ids-echoed',
    'ids that differ in case alone name two calls',
    { expect: 'accept', variant: 'case', after: [...CREATING, 'id.case-sensitive', 'humanlayer.paths'] },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const ids = [`${context.id('one')}-ab`, `${context.id('one')}-Ab`]

        for (const call_id of ids)
          expectStatus(await agent.tryCreate(kind, { call_id, spec: saying(kind, call_id) }), 200)

        for (const call_id of ids) {
          const read = await agent.tryRead(kind, call_id)
          expectStatus(read, 200)
          expectValue(read, `/spec/${wordOf(kind)}`, call_id)
        }
      }
    },
  ),

  check(
    'humanlayer.reused-ids',
    'an id that belongs to another call is refused, also when that one is approved',
    { expect: 'reject', after: [...CREATING, ...REPEATING, 'humanlayer.create-answers-200'] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id, spec: saying(kind, 'readTable') })

        const pending = await agent.tryCreate(kind, { call_id, spec: saying(kind, 'dropTable') })
        const elsewhere = await agent.tryCreate(kind, {
          call_id,
          run_id: context.id('other-run'),
          spec: saying(kind, 'readTable'),
        })
        await responder.respond(kind, call_id)
        const decided = await agent.tryCreate(kind, { call_id, spec: saying(kind, 'dropTable') })

        for (const reply of [pending, elsewhere, decided]) expectProblem(reply, 409)
        expectValue(await agent.read(kind, call_id), `/spec/${wordOf(kind)}`, 'readTable')
      }
    },
  ),

  check(
    'humanlayer.reused-ids',
    'the same creation again gives the call as it stands',
    { expect: 'accept', variant: 'repeat', after: [...CREATING, ...REPEATING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const asked = { call_id, spec: { channel: { slack: { channel_or_user_id: 'C1' } } } }
        await agent.create(kind, asked)

        const again = await agent.tryCreate(kind, asked)
        await responder.respond(kind, call_id)
        const decided = await agent.tryCreate(kind, asked)

        for (const reply of [again, decided]) expectStatus(reply, 200)
        expectValue(decided, '/call_id', call_id)
        expectValue(decided, `/status/${kind.decision}`, kind.core.answer[kind.decision])
      }
    },
  ),

  check(
    'humanlayer.ids',
    'ids that look like others written in another alphabet stay apart',
    { expect: 'accept', after: [...CREATING, 'humanlayer.ids-echoed', ...PATHS] },
    async (context) => {
      for (const kind of profileKinds) {
        const seen = await waysToName(context, kind)

        for (const [call_id, words] of seen)
          expectThat(
            words.size === 1,
            `one call under the id ${show(call_id)}`,
            `${words.size} calls: ${[...words].join(', ')}`,
          )
      }
    },
  ),
]

// With the longest of these an id of a check stays below 40 bytes.
const ODD_TEXTS = ['ID ab', 'Bü ID', '-ID', '_ID~', 'ID~20x', 'ID~~7E', '🪙ID', 'ID%20x', '~ID?#&', '"ID\'\\']

/** Every id under which the profile shows a call, with what the calls say that it shows there. */
async function waysToName(context: Context, kind: HumanLayerKind): Promise<Map<string, Set<string>>> {
  const { agent } = inProfile(context)
  const base = context.id('n')
  const natively = ['~41', '~20x', '~7Ex', '~c3~bc', '=20x', '+x', '.20x', '~~x'].map((end) => base + end)
  const here = ['~41', '~20x', '~7Ex', '~c3~bc', ' x', '~x', '+x', '%20x', 'A', 'ü'].map((end) => base + end)
  const seen = new Map<string, Set<string>>()
  const note = (call: { call_id?: unknown; spec?: Record<string, unknown> } | undefined) => {
    const { call_id, spec } = call ?? {}
    const word = spec?.[wordOf(kind)]
    if (typeof call_id === 'string' && typeof word === 'string' && call_id.startsWith(base))
      seen.set(call_id, (seen.get(call_id) ?? new Set()).add(word))
  }

  for (const call_id of natively)
    await context.agent.create(kind.core, { call_id, spec: saying(kind, `natively ${call_id}`) })
  for (const call_id of here) {
    // The id may be taken by a native call that is shown under it.
    const created = await agent.tryCreate(kind, { call_id, spec: saying(kind, `here ${call_id}`) })
    expectStatus(created, 200, 409)
    note(created.json)
  }
  for (const call_id of [...natively, ...here]) note((await agent.tryRead(kind, call_id)).json)
  const listed = await agent.pending(kind)
  expectStatus(listed, 200)
  for (const call of Array.isArray(listed.json) ? listed.json : []) note(call)
  expectThat(seen.size >= 4, 'calls under several ids', `${seen.size} ids`, { reply: listed })
  return seen
}
