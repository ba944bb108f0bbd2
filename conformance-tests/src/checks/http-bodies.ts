import { gzipSync } from 'node:zlib'
import { callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectJson, expectStatus, expectThat, expectValue } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { actsOn } from './json-syntax.ts'
import { creationText } from './raw-creation.ts'

/** In which form bodies travel, both ways. */
export const httpBodyChecks: readonly Check[] = [
  check(
    'http.json-answers',
    'every operation on a call answers success with application/json',
    { expect: 'accept' },
    async (context) => {
      for (const reply of await successes(context)) expectIsJson(reply)
    },
  ),

  check(
    'http.json-answers',
    'what a browser accepts changes nothing',
    { variant: 'browsers', expect: 'accept' },
    async (context) => {
      const { agent } = context
      const headers = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id })
        for (const reply of [
          await agent.post(
            kind.collection,
            { run_id: context.id('run'), call_id: `${call_id}-2`, spec: kind.spec() },
            headers,
          ),
          await agent.get(pathOf(kind, call_id), headers),
          await agent.post(pathOf(kind, call_id, 'cancel'), {}, headers),
        ]) {
          expectStatus(reply, 200, 201)
          expectIsJson(reply)
        }
      }
      const project = await agent.get('/v1/project', headers)
      expectStatus(project, 200)
      expectIsJson(project)
    },
  ),

  check(
    'http.answer-shape',
    'every operation on a call, and every refusal, answers as the document says',
    { expect: 'accept' },
    async (context) => {
      // The oracle of this requirement judges these answers, as it judges all others.
      await successes(context)
      await context.agent.get('/v1/project')
      await context.agent.get(pathOf(functionCalls, context.id('unknown')))
      await context.agent.tryCreate(functionCalls, { spec: { fn: 1 } })
    },
  ),

  check(
    'http.not-stored',
    'answers are not to be stored on their way',
    { expect: 'accept' },
    async (context) => {
      const refused = await context.agent.get(pathOf(functionCalls, context.id('unknown')))
      for (const reply of [...(await successes(context)), refused]) {
        const value = reply.header('cache-control')
        expectThat(
          /(^|,)\s*no-store\s*(,|$)/i.test(value ?? ''),
          'Cache-Control: no-store',
          value ?? 'no Cache-Control',
          { reply },
        )
      }
    },
  ),

  check(
    'http.media-type',
    'a body that is not declared as JSON is refused',
    { expect: 'reject' },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await context.agent.create(kind, { call_id })
        const creation = {
          actor: context.agent,
          path: kind.collection,
          body: () => creationText(context, kind, { call_id: context.id(context.nextName()) }),
        }
        const acts = actsOn(context, kind, call_id).map(({ actor, path, json }) => ({
          actor,
          path,
          body: () => JSON.stringify(json),
        }))
        for (const { actor, path, body } of [creation, ...acts]) {
          const replies = await Promise.all(
            OTHER_TYPES.map((type) =>
              actor.send({ method: 'POST', path, body: body(), headers: { 'content-type': type } }),
            ),
          )
          for (const [index, reply] of replies.entries()) expectUnsupported(reply, OTHER_TYPES[index]!)
          expectUnsupported(await actor.send({ method: 'POST', path, body: body(), untyped: true }), 'none')
        }
        await context.responder.respond(kind, call_id)
      }
    },
  ),

  check(
    'http.media-type',
    'a body of JSON is taken however its type is spelt',
    { variant: 'spellings', expect: 'accept' },
    async (context) => {
      for (const kind of callKinds)
        for (const type of [
          'application/json',
          'Application/JSON',
          'application/json;charset=utf-8',
          'application/json; charset=utf-8',
          'application/json; charset=UTF-8',
          'application/json ; charset=utf-8',
        ]) {
          const call_id = context.id(context.nextName())
          const body = creationText(context, kind, { call_id, spec: '"metadata":{"text":"é€😀"}' })
          const headers = { 'content-type': type }
          const taken = await context.agent.send({ method: 'POST', path: kind.collection, body, headers })
          expectStatus(taken, 201)
          expectValue(taken, '/call_id', call_id)
          expectValue(taken, '/spec/metadata/text', 'é€😀')
        }
    },
  ),

  check(
    'http.encoding',
    'a body whose encoding the server does not know is refused',
    { expect: 'reject' },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await context.agent.create(kind, { call_id })
        const creation = creationText(context, kind, { call_id: context.id(context.nextName()) })
        for (const encoding of ['x-no-such-encoding', 'gzip, x-no-such-encoding', 'aes128gcm']) {
          const headers = { 'content-encoding': encoding, 'content-type': 'application/json' }
          expectStatus(
            await context.agent.send({ method: 'POST', path: kind.collection, body: creation, headers }),
            415,
          )
          for (const { actor, path, json } of actsOn(context, kind, call_id))
            expectStatus(await actor.send({ method: 'POST', path, body: JSON.stringify(json), headers }), 415)
        }
        await context.responder.respond(kind, call_id)
      }
    },
  ),

  check(
    'http.encoding',
    'a compressed body is decoded or refused',
    { variant: 'gzip', expect: 'reject' },
    async (context) => {
      const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' }
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        const text = creationText(context, kind, { call_id, spec: '"metadata":{"packed":[1,2.5]}' })
        await context.agent.create(kind)

        const packed = await context.agent.send({
          method: 'POST',
          path: kind.collection,
          headers,
          body: gzipSync(text),
        })
        expectStatus(packed, 415, 201)
        if (packed.status === 201) expectJson(packed, '/spec/metadata', '{"packed":[1,2.5]}')

        // It says that it is compressed and is not.
        const other = text.replace(call_id, context.id(context.nextName()))
        const plain = await context.agent.send({
          method: 'POST',
          path: kind.collection,
          headers,
          body: other,
        })
        expectStatus(plain, packed.status === 201 ? 400 : 415)
      }
    },
  ),
]

const OTHER_TYPES = [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/octet-stream',
  'application/jsonp',
  'application/json-seq',
  'application/vnd.api+json',
  'application/problem+json',
  'application/json; charset=iso-8859-1',
  'application/json; charset=utf-16',
  // Nothing that names a type.
  'json',
  'application/',
  '/',
  '*/*',
  '{}',
]

function expectIsJson(reply: Reply): void {
  const type = reply.header('content-type')
  expectThat(/^application\/json\s*(;|$)/i.test(type ?? ''), 'application/json', type ?? 'no Content-Type', {
    reply,
  })
}

function expectUnsupported(reply: Reply, type: string): void {
  expectThat(reply.status === 415, `HTTP 415 (Content-Type: ${type})`, `HTTP ${reply.status}`, { reply })
}

/** Every operation on calls that everybody serves, and what it says when it succeeds. */
async function successes(context: Context): Promise<Reply[]> {
  const { agent, responder } = context
  const replies: Reply[] = []
  const act = async (kind: CallKind) => {
    const [call_id, cancelled] = [context.id(context.nextName()), context.id(context.nextName())]
    const escalation = { escalation_id: 'e', escalation_msg: 'now' }
    replies.push(
      await agent.create(kind, { call_id }),
      await agent.read(kind, call_id),
      await agent.escalate(kind, call_id, escalation),
      await responder.respond(kind, call_id),
      await agent.read(kind, call_id),
      await agent.create(kind, { call_id: cancelled }),
      await agent.cancel(kind, cancelled),
      await agent.read(kind, cancelled),
    )
  }
  for (const kind of callKinds) await act(kind)
  return replies
}
