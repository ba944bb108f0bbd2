import { HumanLayerClient, inProfile, profileKinds, PROFILE } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import {
  expectJson,
  expectOrder,
  expectProblem,
  expectStatus,
  expectThat,
  expectValue,
  show,
} from '../expectations.ts'
import { PATHS } from './humanlayer-causes.ts'

// What the core promises to keep out or apart holds at this door too.

const claims = ['humanlayer']

export const humanlayerBorderChecks: readonly Check[] = [
  check(
    'auth.key-needed',
    'every operation of the HumanLayer profile needs a key that is known',
    { expect: 'reject', variant: 'humanlayer', needs: { claims }, after: PATHS },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })
        for (const stranger of [context.nobody, context.adopt(context.id('no-key'))]) {
          const client = new HumanLayerClient(context, stranger)

          for (const reply of [
            await client.get('/project'),
            await client.tryCreate(kind),
            await client.tryRead(kind, call_id),
            await client.tryRespond(kind, call_id),
            await client.post(`${kind.agentCollection.replace('/agent', '')}/${call_id}/respond`, {}),
            await client.tryEscalate(kind, call_id, { escalation_msg: 'x' }),
            await client.pending(kind),
          ])
            expectProblem(reply, 401)
        }
        expectStatus(await agent.tryRead(kind, call_id), 200)
      }
    },
  ),

  check(
    'auth.scope',
    'an agent cannot answer, and a responder cannot ask or escalate, through the HumanLayer profile',
    {
      expect: 'reject',
      variant: 'humanlayer',
      needs: { claims, keys: ['admin'] },
      after: PATHS,
    },
    async (context) => {
      const admin = context.actor('admin')
      const agent = new HumanLayerClient(context, (await admin.createKey({ scopes: ['agent'] })).actor)
      const responder = new HumanLayerClient(
        context,
        (await admin.createKey({ scopes: ['responder'] })).actor,
      )
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const spec = { channel: { email: { address: 'boss@example.com' } } }
        await agent.create(kind, { call_id, spec })

        for (const reply of [
          await agent.tryRespond(kind, call_id),
          await agent.post(`${kind.agentCollection.replace('/agent', '')}/${call_id}/respond`, {
            ...kind.core.answer,
          }),
          await responder.tryCreate(kind),
          await responder.tryEscalate(kind, call_id, { escalation_msg: 'x' }),
        ])
          expectProblem(reply, 403)
        expectStatus(await responder.tryRespond(kind, call_id), 200)
      }
    },
  ),

  check(
    'auth.admin-does-not-read',
    'a key that only manages reads no call through the HumanLayer profile',
    {
      expect: 'reject',
      variant: 'humanlayer',
      needs: { claims, keys: ['admin'] },
      after: PATHS,
    },
    async (context) => {
      const { agent } = inProfile(context)
      const made = await context.actor('admin').createKey({ scopes: ['admin'] })
      const manager = new HumanLayerClient(context, made.actor)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })

        for (const reply of [
          await manager.tryRead(kind, call_id),
          await manager.pending(kind),
          await manager.tryRespond(kind, call_id),
          await manager.tryCreate(kind),
        ])
          expectProblem(reply, 403)
        expectStatus(await agent.tryRead(kind, call_id), 200)
      }
    },
  ),

  check(
    'auth.revoked-at-once',
    'a revoked key answers nothing through the HumanLayer profile',
    {
      expect: 'reject',
      variant: 'humanlayer',
      needs: { claims, keys: ['admin'] },
      after: PATHS,
    },
    async (context) => {
      const { agent } = inProfile(context)
      const admin = context.actor('admin')
      for (const kind of profileKinds) {
        const [first, second] = [context.id('one'), context.id('two')]
        for (const call_id of [first, second]) await agent.create(kind, { call_id })
        const { actor, key_id } = await admin.createKey({ scopes: ['responder'] })
        const responder = new HumanLayerClient(context, actor)
        await responder.respond(kind, first)
        await admin.revokeKey(key_id)

        const refused = await responder.tryRespond(kind, second)

        expectProblem(refused, 401)
        const read = await agent.read(kind, second)
        const status = (read.json?.status ?? {}) as Record<string, unknown>
        expectThat((status[kind.decision] ?? null) === null, 'a pending call', show(status), { reply: read })
      }
    },
  ),

  check(
    'project.isolated',
    'a call of another project is nowhere in the HumanLayer profile',
    {
      expect: 'reject',
      variant: 'humanlayer',
      needs: { claims, keys: ['other'] },
      after: PATHS,
    },
    async (context) => {
      const { agent } = inProfile(context)
      const other = new HumanLayerClient(context, context.actor('other'))
      for (const kind of profileKinds) {
        const [call_id, nowhere] = [context.id('one'), context.id('nowhere')]
        const spec = { channel: { email: { address: 'boss@example.com' } } }
        await agent.create(kind, { call_id, spec })

        for (const ask of [
          (id: string) => other.tryRead(kind, id),
          (id: string) => other.tryRespond(kind, id),
          (id: string) => other.tryEscalate(kind, id, { escalation_msg: 'x' }),
        ]) {
          const [foreign, missing] = [await ask(call_id), await ask(nowhere)]
          expectThat(
            foreign.status === missing.status && foreign.status >= 400,
            `HTTP ${missing.status}, as for a call that does not exist`,
            `HTTP ${foreign.status}`,
            { reply: foreign },
          )
          const [one, two] = [
            show(foreign.json?.detail).replaceAll(call_id, ''),
            show(missing.json?.detail).replaceAll(nowhere, ''),
          ]
          expectThat(one === two, two, one, { reply: foreign, pointer: '/detail' })
        }
        const listed = await other.pending(kind)
        expectThat(!listed.text.includes(call_id), 'nothing of the call', 'the call', { reply: listed })
        expectStatus(await agent.tryRead(kind, call_id), 200)
      }
    },
  ),

  check(
    'project.ids-independent',
    'two projects use the same ids in the HumanLayer profile',
    {
      expect: 'accept',
      variant: 'humanlayer',
      needs: { claims, keys: ['other'] },
      after: PATHS,
    },
    async (context) => {
      const { agent } = inProfile(context)
      const other = new HumanLayerClient(context, context.actor('other'))
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id, spec: { state: { whose: 'mine' } } })

        const second = await other.tryCreate(kind, { call_id, spec: { state: { whose: 'theirs' } } })

        expectStatus(second, 200)
        expectValue(second, '/spec/state/whose', 'theirs')
        expectValue(await agent.read(kind, call_id), '/spec/state/whose', 'mine')
      }
    },
  ),

  check(
    'call.state-hidden',
    'the HumanLayer profile shows the state to agents alone',
    {
      expect: 'reject',
      variant: 'humanlayer',
      needs: { claims, keys: ['admin'] },
      after: PATHS,
    },
    async (context) => {
      const { agent } = inProfile(context)
      const made = await context.actor('admin').createKey({ scopes: ['responder'] })
      const responder = new HumanLayerClient(context, made.actor)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const secret = context.id('hidden')
        await agent.create(kind, { call_id, spec: { state: { secret } } })

        for (const reply of [
          await responder.read(kind, call_id),
          await responder.pending(kind),
          await responder.respond(kind, call_id),
          await responder.tryRespond(kind, call_id),
        ])
          expectThat(!reply.text.includes(secret), 'no state', 'the state', { reply })
        expectValue(await agent.read(kind, call_id), '/spec/state/secret', secret)
      }
    },
  ),

  check(
    'call.id-conflict-leaks-nothing',
    'a conflict in the HumanLayer profile shows nothing of the call that is there',
    {
      expect: 'reject',
      variant: 'humanlayer',
      needs: { claims },
      after: ['humanlayer.reused-ids', 'call.id-conflict', ...PATHS],
    },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const [word, run_id] = [context.id('leaked'), context.id('leaked-run')]
        await agent.create(kind, { call_id, run_id, spec: { state: { word } } })

        const refused = await agent.tryCreate(kind, { call_id, spec: { state: { word: 'other' } } })

        expectProblem(refused, 409)
        for (const secret of [word, run_id])
          expectThat(!refused.text.includes(secret), 'nothing of the call', show(refused.text), {
            reply: refused,
          })
      }
    },
  ),

  check(
    'opaque.values-kept',
    'the HumanLayer profile keeps opaque values as exactly as the core',
    { expect: 'accept', variant: 'humanlayer', needs: { claims } },
    async (context) => {
      const { agent, natively } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const [fixed, pointer] =
          kind.core.name === 'function call'
            ? ['"fn":"f","kwargs":', '/spec/kwargs']
            : ['"msg":"m","state":', '/spec/state']
        const body = `{"run_id":"r","call_id":"${call_id}","spec":{${fixed}${OPAQUE}}}`

        const created = await agent.createFromText(kind, body)

        for (const reply of [created, await agent.read(kind, call_id), await natively.read(kind, call_id)])
          expectJson(reply, pointer, OPAQUE)
      }
    },
  ),

  check(
    'opaque.order-kept',
    'the HumanLayer profile keeps the order of opaque members',
    { expect: 'accept', variant: 'humanlayer', needs: { claims } },
    async (context) => {
      const { agent } = inProfile(context)
      const [kind] = profileKinds
      const call_id = context.id('one')
      const kwargs = '{"z":1,"a":2,"10":3,"9":4,"m":{"y":1,"b":2}}'
      const body = `{"run_id":"r","call_id":"${call_id}","spec":{"fn":"f","kwargs":${kwargs}}}`

      const created = await agent.createFromText(kind!, body)

      for (const reply of [created, await agent.read(kind!, call_id)])
        expectOrder(reply, '/spec/kwargs', kwargs)
    },
  ),

  check(
    'error.no-internals',
    'a refusal of the HumanLayer profile does not repeat the key',
    { expect: 'reject', variant: 'humanlayer', needs: { claims }, after: PATHS },
    async (context) => {
      const secret = context.id('a-secret-key')
      const refused = await context.adopt(secret).get(`${PROFILE}/project`)

      expectThat(refused.status >= 400, 'a refusal', `HTTP ${refused.status}`, { reply: refused })
      expectThat(!refused.text.includes(secret), 'no key', 'the key', { reply: refused })
      expectStatus(await context.agent.get(`${PROFILE}/project`), 200)
    },
  ),
]

const OPAQUE = '{"big":9007199254740993,"none":null,"text":"\\u00e9\\ud83e\\ude99","list":[{"a":null}]}'
