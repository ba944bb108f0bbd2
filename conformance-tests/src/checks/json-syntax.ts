import { callKinds, pathOf, type CallKind } from '../actors/call-kind.ts'
import type { Actor } from '../actors/actor.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { describe, expectJson, expectStatus, expectThat } from '../expectations.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { Reply } from '../reply.ts'
import { creationText, postRaw } from './raw-creation.ts'

type Body = string | Uint8Array
type Named<T> = readonly (readonly [name: string, value: T])[]

/** Bodies that a server has to refuse as malformed, and their neighbours that it has to take. */
interface Malformation {
  requirement: RequirementId
  /** What is refused. */
  noun: string
  /** Ways to spoil the text of a whole body that was right. */
  whole?: Named<(text: string) => Body>
  /** Values, as text, that spoil the body in which they stand. */
  values?: Named<string>
  /** Looks like the values above and is right. */
  right?: Named<string>
  rightWhole?: Named<(text: string) => Body>
  /** How text becomes bytes: in Latin-1 a character below U+0100 is the byte of its number. */
  encoding?: 'utf8' | 'latin1'
}

/** Three checks: whatever is spoilt in a creation, wherever it stands there, and in the bodies of the other operations. */
export function refusesMalformed(malformation: Malformation): Check[] {
  const { requirement, noun, whole = [], values = [], right = [], rightWhole = [] } = malformation
  const encode = (text: string) => Buffer.from(text, malformation.encoding ?? 'utf8')
  const spoils: Named<(text: string) => Body> = [
    ...whole,
    ...values.map(([name, value]) => [name, (text: string) => encode(withMember(text, value))] as const),
  ]
  return [
    check(
      requirement,
      `a creation with ${noun} is refused`,
      { variant: 'creations', expect: 'reject' },
      async (context) => {
        for (const kind of callKinds) {
          const bodies = [
            ...whole.map(([name, spoil]) => [name, spoil(inMetadata(context, kind, '1'))] as const),
            ...values.map(([name, value]) => [name, encode(inMetadata(context, kind, value))] as const),
          ]
          const replies = await Promise.all(bodies.map(([, body]) => postRaw(context, kind, body)))
          for (const [index, reply] of replies.entries()) expectMalformed(reply, bodies[index]![0])

          for (const [, value] of [['a plain value', '1'], ...right] as Named<string>) {
            const taken = await postRaw(context, kind, inMetadata(context, kind, value))
            expectStatus(taken, 201)
            expectJson(taken, '/spec/metadata', `{"deep":[{"x":${value}}]}`)
          }
          for (const [, change] of rightWhole)
            expectStatus(await postRaw(context, kind, change(inMetadata(context, kind, '1'))), 201)
        }
      },
    ),

    check(
      requirement,
      `an answer, a cancellation or an escalation with ${noun} is refused`,
      { variant: 'acts', expect: 'reject' },
      async (context) => {
        for (const kind of callKinds) {
          const call_id = context.id(context.nextName())
          await context.agent.create(kind, { call_id })

          for (const { actor, path, json } of actsOn(context, kind, call_id))
            for (const [name, spoil] of spoils.slice(0, 3))
              expectMalformed(
                await actor.send({ method: 'POST', path, body: spoil(JSON.stringify(json)) }),
                name,
              )

          // What is right is still taken, so that nothing above was refused for another reason.
          await context.responder.respond(kind, call_id)
        }
      },
    ),

    ...(values.length === 0
      ? []
      : [
          check(
            requirement,
            `${noun} is refused wherever it stands`,
            { variant: 'places', expect: 'reject' },
            async (context) => {
              const [[name, value]] = values as [readonly [string, string]]
              for (const kind of callKinds)
                for (const [place, body] of inEveryPlace(context, kind, value)) {
                  expectMalformed(await postRaw(context, kind, encode(body)), `${name} ${place}`)
                  expectStatus(await postRaw(context, kind, body.replace(value, '1')), 201)
                }
            },
          ),
        ]),
  ]
}

export function expectMalformed(reply: Reply, name: string): void {
  expectThat(
    reply.status === 400 && reply.code === 'malformed_body',
    `HTTP 400 with the code malformed_body (${name})`,
    describe(reply),
    { reply },
  )
}

function inMetadata(context: Context, kind: CallKind, value: string): string {
  const call_id = context.id(context.nextName())
  return creationText(context, kind, { call_id, spec: `"metadata":{"deep":[{"x":${value}}]}` })
}

/** One body for each place in which a value can stand. */
function inEveryPlace(context: Context, kind: CallKind, value: string): Named<string> {
  const creation = (members: { spec?: string; beside?: string }) =>
    creationText(context, kind, { call_id: context.id(context.nextName()), ...members })
  return [
    ['in state', creation({ spec: `"state":{"x":${value}}` })],
    ['in a list in metadata', creation({ spec: `"metadata":{"x":[[${value}]]}` })],
    ['in an unknown member of the spec', creation({ spec: `"x_unknown":{"x":${value}}` })],
    ['in an unknown member beside the spec', creation({ beside: `"x_unknown":${value}` })],
    ...(kind.name === 'function call'
      ? ([
          ['in kwargs', creation({}).replace('"kwargs":{"order":42}', `"kwargs":{"order":{"x":[${value}]}}`)],
        ] as const)
      : []),
  ]
}

/** What can be done to a call, with a body for each that is right. */
export function actsOn(
  { agent, responder }: Context,
  kind: CallKind,
  call_id: string,
): { actor: Actor; path: string; json: Record<string, unknown> }[] {
  return [
    { actor: responder, path: pathOf(kind, call_id, 'respond'), json: { ...kind.answer } },
    { actor: agent, path: pathOf(kind, call_id, 'cancel'), json: { comment: 'no longer needed' } },
    {
      actor: agent,
      path: pathOf(kind, call_id, 'escalate'),
      json: { escalation_id: 'first', escalation_msg: 'It is urgent.' },
    },
  ]
}

function withMember(text: string, value: string): string {
  return `${text.slice(0, -1)},"x_unknown":{"x":${value}}}`
}
