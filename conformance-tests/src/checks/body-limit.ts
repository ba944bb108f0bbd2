import { callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context, Outgoing } from '../context.ts'
import type { KeyName } from '../exchange.ts'
import { expectProblem, expectStatus, expectThat } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { actsOn } from './json-syntax.ts'
import { creationText } from './raw-creation.ts'

/** How large a body may be: exactly as large as the server says, and it arrives whole. */
export const bodyLimitChecks: readonly Check[] = [
  check(
    'json.body-limit',
    'a creation of exactly the limit is taken and kept whole, and one byte more is refused',
    { expect: 'reject', after: ['opaque.values-kept'] },
    async (context) => {
      const limit = judgeable(context)
      for (const kind of limit > LARGE ? [functionCalls] : callKinds) {
        const taken = sized(context, kind, limit)
        const created = await context.agent.send({
          method: 'POST',
          path: kind.collection,
          body: taken.body,
          timeoutMs: 60_000,
        })
        expectStatus(created, 201)
        expectKept(created, taken.text)
        expectKept(await context.agent.read(kind, taken.call_id), taken.text)

        if (limit < context.limits.body_bytes) continue
        const refused = sized(context, kind, limit + 1)
        expectProblem(await sendTooMuch(context, { path: kind.collection, body: refused.body }), 413)
      }
    },
  ),

  check(
    'json.body-limit',
    'a body without a Content-Length is measured too',
    { variant: 'chunked', expect: 'reject', after: ['opaque.values-kept'] },
    async (context) => {
      const limit = judgeable(context)
      const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' }
      const taken = sized(context, functionCalls, limit)
      const created = await context.agent.send({
        method: 'POST',
        path: functionCalls.collection,
        headers,
        body: taken.body,
        timeoutMs: 60_000,
      })
      expectStatus(created, 201)
      expectKept(created, taken.text)

      if (limit < context.limits.body_bytes) return
      const refused = sized(context, functionCalls, limit + 1)
      expectProblem(
        await sendTooMuch(context, { path: functionCalls.collection, headers, body: refused.body }),
        413,
      )
    },
  ),

  check(
    'json.body-limit',
    'an answer, a cancellation or an escalation without a Content-Length is read to its end',
    { variant: 'chunked-acts', expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      const bytes = Math.min(judgeable(context), 2 ** 20)
      const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' }
      const escalation = { escalation_id: 'e', escalation_msg: 'now' }
      for (const kind of callKinds) {
        const create = async () => {
          const call_id = context.id(context.nextName())
          await agent.create(kind, { call_id })
          return call_id
        }
        // What is not even taken with its length is for others to judge.
        const plain = await create()
        await agent.escalate(kind, plain, escalation)
        await responder.respond(kind, plain)
        await agent.cancel(kind, await create(), { comment: 'no longer needed' })

        for (const verb of ['respond', 'cancel', 'escalate'] as const)
          for (const size of [0, bytes]) {
            const call_id = await create()
            const path = pathOf(kind, call_id, verb)
            const { actor, json } = actsOn(context, kind, call_id).find((act) => act.path === path)!
            const body = JSON.stringify(json).padStart(size)
            expectStatus(await actor.send({ method: 'POST', path, headers, body }), 200)
          }
      }
    },
  ),

  check(
    'json.body-limit',
    'an answer of exactly the limit is taken, and one byte more is refused',
    { variant: 'answers', expect: 'reject' },
    async (context) => {
      const limit = judgeable(context)
      for (const kind of limit > LARGE ? [functionCalls] : callKinds) {
        const call_id = context.id(context.nextName())
        await context.agent.create(kind, { call_id })
        const path = pathOf(kind, call_id, 'respond')
        // White space counts as much as anything else.
        const answer = (bytes: number) => Buffer.from(JSON.stringify(kind.answer).padEnd(bytes))

        if (limit === context.limits.body_bytes)
          expectProblem(
            await sendTooMuch(context, { path, body: answer(limit + 1) }, context.responder.key),
            413,
          )

        const taken = await context.responder.send({ method: 'POST', path, body: answer(limit) })
        expectStatus(taken, 200)
      }
    },
  ),
]

/** Beyond this one kind of call has to do. */
export const LARGE = 8 * 2 ** 20
/** Who claims more than this is judged by a body of a megabyte alone: nobody sends such bodies, and the suite would measure itself. */
const LARGEST = 64 * 2 ** 20

export function judgeable({ limits }: Context): number {
  return limits.body_bytes > LARGEST ? 2 ** 20 : limits.body_bytes
}

/** A creation of exactly this many bytes, some of them in characters of several bytes. */
function sized(
  context: Context,
  kind: CallKind,
  bytes: number,
): { call_id: string; text: string; body: Uint8Array } {
  const call_id = context.id(context.nextName())
  const bodyWith = (text: string) =>
    Buffer.from(creationText(context, kind, { call_id, spec: `"metadata":{"text":"${text}"}` }))
  const room = bytes - bodyWith('').byteLength
  // An odd beginning, so that no piece in which the body travels ends where a character does.
  const text = 'x'.repeat(room % 7).concat('aé€X'.repeat(Math.floor(room / 7)))
  const body = bodyWith(text)
  if (body.byteLength !== bytes) throw new Error(`The body has ${body.byteLength} bytes instead of ${bytes}.`)
  return { call_id, text, body }
}

function expectKept(reply: Reply, text: string): void {
  const shown: unknown = reply.json?.spec?.metadata?.text
  expectThat(
    shown === text,
    `the ${text.length} characters that were sent`,
    typeof shown === 'string' ? `${shown.length} characters${differ(shown, text)}` : typeof shown,
    { reply, pointer: '/spec/metadata/text' },
  )
}

function differ(shown: string, text: string): string {
  let at = 0
  while (at < text.length && shown[at] === text[at]) at += 1
  return at < shown.length ? `, other ones from character ${at} on` : ''
}

/**
 * A server may answer and close the connection while it is still being sent to; then the answer can be lost on the way. That says nothing
 * about the server, so it is tried again.
 */
export async function sendTooMuch(
  context: Context,
  outgoing: Outgoing,
  key: KeyName = context.agent.key,
): Promise<Reply> {
  const request = { method: 'POST', timeoutMs: 60_000, ...outgoing }
  for (let attempt = 1; attempt < 5; attempt++) {
    const { failure } = await context.exchange(key, request)
    if (!failure) break
    await context.sleep(50 * attempt)
  }
  return context.send(key, request)
}
