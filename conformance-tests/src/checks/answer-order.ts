import { callKinds, functionCalls, humanContacts, pathOf, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context, Outgoing } from '../context.ts'
import type { KeyName } from '../exchange.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import { describe, expectThat } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** What may be wrong with an answer, in the order in which it has to be found. */
const STAGES = ['key', 'scope', 'existence', 'shape', 'eligibility', 'terminal', 'offers'] as const
type Stage = (typeof STAGES)[number]

/** A call, and what is wrong with every answer to it. */
interface Place {
  readonly call_id: string
  readonly wrong: readonly Stage[]
}

/** A body, and what is wrong with it for a call that asks for nothing special. */
interface Answer {
  readonly name: string
  readonly body: Pick<Outgoing, 'json' | 'body' | 'headers'>
  readonly wrong: readonly Stage[]
  /** The requirement that says so, where the answer is wrong. */
  readonly because: RequirementId
}

export const answerOrderChecks: readonly Check[] = [
  check(
    'respond.order',
    'of several things that are wrong with an answer the first in the order of the checks is reported',
    { expect: 'reject' },
    async (context) => {
      for (const kind of callKinds) {
        const answers = [...answersOf(kind), ...offersOf(kind)]
        await expectFirstOf(context, kind, answers, [
          { key: 'responder', wrong: [] },
          { key: 'nobody', wrong: ['key'] },
        ])
      }
    },
  ),

  check(
    'respond.order',
    'a missing scope is reported after the key and before everything else',
    {
      variant: 'scope',
      expect: 'reject',
      needs: { claims: ['scopes'], keys: ['admin'] },
      after: ['auth.scope', 'auth.before-everything'],
    },
    async (context) => {
      const { actor } = await context.actor('admin').createKey({ scopes: ['agent'] })
      for (const kind of callKinds)
        await expectFirstOf(
          context,
          kind,
          [...answersOf(kind), ...offersOf(kind)],
          [{ key: actor.key, wrong: ['scope'] }],
        )
    },
  ),

  check(
    'respond.order',
    'edits that a call does not take are reported last',
    { variant: 'edits', expect: 'reject', needs: { claims: ['edit'] } },
    async (context) => {
      const json = { approved: true, edited_kwargs: { order: 43 } }
      const edit: Answer = {
        name: 'edits that nobody asked for',
        body: { json },
        wrong: ['offers'],
        because: 'function-call.edit-not-allowed',
      }
      await expectFirstOf(context, functionCalls, [edit], [{ key: 'responder', wrong: [] }])
    },
  ),

  check(
    'respond.order',
    'data that a call does not take are reported last',
    { variant: 'data', expect: 'reject', needs: { claims: ['forms'] } },
    async (context) => {
      const spec = { response_schema: { type: 'object', required: ['region'] } }
      const data: Answer = {
        name: 'data that do not fit',
        body: { json: { response_data: { zone: 1 } } },
        wrong: ['offers'],
        because: 'human-contact.data-schema',
      }
      await expectFirstOf(context, humanContacts, [data], [{ key: 'responder', wrong: [] }], spec)
    },
  ),
]

/** Tries every answer at every call with every key, and first those with which one thing is wrong. */
async function expectFirstOf(
  context: Context,
  kind: CallKind,
  answers: readonly Answer[],
  keys: readonly { key: KeyName; wrong: readonly Stage[] }[],
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const places = await placesOf(context, kind, spec)
  const tries = places.flatMap(({ call_id, wrong: atPlace }) =>
    answers.flatMap((answer) =>
      keys.map(({ key, wrong: withKey }) => ({
        key,
        answer,
        call_id,
        wrong: STAGES.filter((stage) => [...atPlace, ...answer.wrong, ...withKey].includes(stage)),
      })),
    ),
  )
  const inOrder = tries
    .filter(({ wrong }) => wrong.length > 0)
    .toSorted((one, other) => one.wrong.length - other.wrong.length)
  for (const { key, answer, call_id, wrong } of inOrder) {
    const outgoing = { method: 'POST', path: pathOf(kind, call_id, 'respond'), ...answer.body }
    const reply = await context.send(key, outgoing)
    const [first] = wrong as [Stage]
    const expect = async () =>
      expectThat(
        SAYS[first](reply),
        `the refusal for the ${first}, with ${answer.name} and wrong: ${wrong.join(', ')}`,
        describe(reply),
        { reply },
      )
    // Where only one thing is wrong the order has nothing to do with it.
    if (wrong.length > 1) await expect()
    else await context.step(requirementOf(first, kind, answer), expect)
  }
}

/** Which answers report which stage. */
const SAYS: Record<Stage, (reply: Reply) => boolean> = {
  key: ({ status }) => status === 401,
  scope: ({ status, code }) => status === 403 && code === 'insufficient_scope',
  existence: ({ status }) => status === 404,
  shape: ({ status, code }) => [400, 415, 422].includes(status) && !OFFERS.includes(code ?? ''),
  eligibility: ({ status, code }) => status === 403 && code === 'responder_not_allowed',
  terminal: ({ status }) => status === 409,
  offers: ({ status, code }) => status === 422 && OFFERS.includes(code ?? ''),
}

const OFFERS = ['unknown_option', 'edit_not_allowed', 'schema_mismatch']

function requirementOf(stage: Stage, kind: CallKind, { because }: Answer): RequirementId {
  switch (stage) {
    case 'key':
      return 'auth.key-needed'
    case 'scope':
      return 'auth.scope'
    case 'existence':
      return 'http.unknown-id'
    case 'eligibility':
      return 'responder.not-allowed'
    case 'terminal':
      return kind.requirements.lateConflict
    default:
      return because
  }
}

/** Calls at which every answer is wrong for reasons of their own, and one at which none is. */
async function placesOf(
  context: Context,
  kind: CallKind,
  spec: Readonly<Record<string, unknown>>,
): Promise<Place[]> {
  const { agent } = context
  const restricted = {
    ...spec,
    channel: { inbox: { allowed_responder_ids: [context.id('somebody-else')] } },
  }
  const create = async (more: Readonly<Record<string, unknown>>): Promise<string> => {
    const call_id = context.id(context.nextName())
    await agent.create(kind, { call_id, spec: more })
    return call_id
  }
  const [open, listed] = [await create(spec), await create(restricted)]
  const [cancelled, listedAndCancelled] = [await create(spec), await create(restricted)]
  await agent.cancel(kind, cancelled)
  await agent.cancel(kind, listedAndCancelled)
  return [
    { call_id: open, wrong: [] },
    { call_id: context.id('nothing'), wrong: ['existence'] },
    { call_id: listed, wrong: ['eligibility'] },
    { call_id: cancelled, wrong: ['terminal'] },
    { call_id: listedAndCancelled, wrong: ['eligibility', 'terminal'] },
  ]
}

/** A good answer and answers of a wrong shape. */
function answersOf(kind: CallKind): Answer[] {
  const isFunction = kind === functionCalls
  return [
    // At the open call it would be accepted; it is tried there with a bad key only.
    { name: 'a good answer', body: { json: kind.answer }, wrong: [], because: kind.requirements.decides },
    {
      name: 'a body that is not JSON',
      body: { body: '{"approved":' },
      wrong: ['shape'],
      because: 'json.malformed',
    },
    {
      name: 'a body of another type',
      body: { body: JSON.stringify(kind.answer), headers: { 'content-type': 'text/plain' } },
      wrong: ['shape'],
      because: 'http.media-type',
    },
    {
      name: 'an answer that says nothing',
      body: { json: {} },
      wrong: ['shape'],
      because: isFunction ? 'function-call.respond-shape' : 'human-contact.answer-not-empty',
    },
  ]
}

/** An answer with an option that the call does not offer. */
function offersOf(kind: CallKind): Answer[] {
  const isFunction = kind === functionCalls
  const json = isFunction
    ? { approved: false, reject_option_name: 'not-offered' }
    : { response_option_name: 'not-offered' }
  return [
    {
      name: 'an option that is not offered',
      body: { json },
      wrong: ['offers'],
      because: isFunction ? 'function-call.reject-option-unknown' : 'human-contact.option-unknown',
    },
  ]
}
