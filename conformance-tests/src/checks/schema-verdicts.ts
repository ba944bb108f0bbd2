import { functionCalls, humanContacts, pathOf, type CallKind } from '../actors/call-kind.ts'
import type { Context } from '../context.ts'
import type { Reply } from '../reply.ts'
import { expectStatus, expectThat, expectValue, show } from '../expectations.ts'

/** A schema for the data of a human contact, or for the edited arguments of a function call. */
export type SchemaMember = 'response_schema' | 'kwargs_schema'

export const SCHEMA_MEMBERS = {
  response_schema: { kind: humanContacts, feature: 'forms' },
  kwargs_schema: { kind: functionCalls, feature: 'edit' },
} as const satisfies Record<SchemaMember, { kind: CallKind; feature: string }>

/** Creates a call with a schema that is sent exactly as written. */
export function createWithSchema(
  context: Context,
  member: SchemaMember,
  schema: string,
  call_id = context.id(context.nextName()),
  timeoutMs = 10_000,
) {
  const kind = member === 'kwargs_schema' ? functionCalls : humanContacts
  const [, rest] = JSON.stringify(kind.spec(member === 'kwargs_schema' ? { allow_edit: true } : {})).split(
    /^\{/,
  )
  return context.agent.send({
    method: 'POST',
    path: kind.collection,
    timeoutMs,
    body: `{"run_id":"${context.id('run')}","call_id":"${call_id}","spec":{"${member}":${schema},${rest}}`,
  })
}

/** Creates a call with a schema that every server takes, and gives back its id. */
export async function createLimited(context: Context, member: SchemaMember, schema: string): Promise<string> {
  const call_id = context.id(context.nextName())
  const reply = await createWithSchema(context, member, schema, call_id)
  // A schema can be refused; what else can go wrong has nothing to do with it.
  await context.step(reply.status >= 400 ? 'schema.keywords' : 'call.created-status', async () =>
    expectTaken(reply),
  )
  return call_id
}

/** The call was created. */
export function expectTaken(reply: Reply): void {
  expectStatus(reply, 201)
  expectValue(reply, '/status/state', 'pending')
}

/** Whether the server takes a schema so large and so deep; how little it may take is not specified. */
export function fits({ limits }: Context, schema: string): boolean {
  let [depth, deepest] = [0, 0]
  for (const sign of schema) {
    depth += sign === '{' ? 1 : sign === '}' ? -1 : 0
    deepest = Math.max(deepest, depth)
  }
  const { schema_bytes = Infinity, schema_depth = Infinity } = limits
  return Buffer.byteLength(schema) <= schema_bytes && deepest <= schema_depth
}

/** Tries what is refused on one call, then what is accepted on a call each. */
export async function expectVerdicts(
  context: Context,
  member: SchemaMember,
  schema: string,
  good: readonly string[],
  bad: readonly string[],
): Promise<void> {
  if (!fits(context, schema)) return

  const { responder } = context
  const isForm = member === 'response_schema'
  const kind = isForm ? humanContacts : functionCalls
  const respond = (call_id: string, value: string) =>
    responder.send({
      method: 'POST',
      path: pathOf(kind, call_id, 'respond'),
      body: isForm ? `{"response_data":${value}}` : `{"approved":true,"edited_kwargs":${value}}`,
    })
  const create = () => createLimited(context, member, schema)

  if (bad.length > 0) {
    const call_id = await create()
    for (const value of bad) {
      const reply = await respond(call_id, value)
      expectThat(
        reply.status === 422 && reply.code === 'schema_mismatch',
        `${value} refused by ${schema} with 422 and schema_mismatch`,
        `HTTP ${reply.status} ${show(reply.code)}`,
        { reply },
      )
    }
  }
  for (const value of good) {
    const reply = await respond(await create(), value)
    expectThat(
      reply.status === 200,
      `${value} accepted by ${schema}`,
      `HTTP ${reply.status} ${show(reply.code)}`,
      {
        reply,
      },
    )
    expectValue(reply, '/status/state', kind.answeredState)
  }
}
