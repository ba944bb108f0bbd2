import { callKinds, functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { listen } from '../actors/listener.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectThat } from '../expectations.ts'
import { claims } from '../subject.ts'

export const securityChecks: readonly Check[] = [
  check(
    'content.never-fetched',
    'nothing that a call, an answer or an escalation names is fetched',
    { expect: 'reject', lane: 'timer', needs: { loopback: true } },
    async (context) => {
      const { agent, responder } = context
      const listener = await listen()
      try {
        const link = (name: string) => `${listener.url}/${name}`
        for (const kind of callKinds) {
          const [answered, cancelled] = [context.id('answered'), context.id('cancelled')]
          const spec = specFull(context, kind, link)
          await agent.create(kind, { call_id: answered, spec })
          await agent.create(kind, { call_id: cancelled, spec })
          await agent.escalate(kind, answered, {
            escalation_id: 'esc_1',
            escalation_msg: `![urgent](${link('escalation.png')})`,
          })
          await responder.respond(kind, answered, said(kind, `See ${link('answer')}`))
          if (kind === functionCalls)
            await agent.cancel(kind, cancelled, { comment: `![](${link('cancellation.png')})` })
          await agent.read(kind, answered)
        }

        // Whoever fetches does it with the request or soon after.
        await context.sleep(1_200)

        const visits = listener.visits()
        expectThat(visits === 0, 'nobody who fetches what a call names', `${visits} connections`)
      } finally {
        await listener.close()
      }
    },
  ),

  check(
    'content.not-logged',
    'arguments, messages and comments do not stand in what the server writes',
    { expect: 'reject', lane: 'timer', needs: { process: true } },
    async (context) => {
      const { agent, responder } = context
      const secret = (name: string) => `~${name}~${context.marker}~`
      const [one, other] = [context.id('one'), context.id('other')]
      for (const kind of callKinds) {
        const member =
          kind === functionCalls ? { kwargs: { note: secret('kwargs') } } : { msg: secret('msg') }
        const spec = { ...member, context: { summary: secret('summary') } }
        await agent.create(kind, { call_id: one, spec })
        await agent.create(kind, { call_id: other, spec })
        // What fails is what servers like to write down.
        await agent.tryCreate(kind, { call_id: one, spec: { ...spec, metadata: { at: secret('conflict') } } })
        await agent.tryCreate(kind, { spec: { ...spec, channel: { [secret('channel')]: {} } } })
        await agent.send({
          method: 'POST',
          path: kind.collection,
          body: `{"spec":{"msg":"${secret('broken')}"`,
          headers: { 'content-type': 'application/json' },
        })
        await responder.respond(kind, one, said(kind, secret('comment')))
        await responder.tryRespond(kind, one, said(kind, secret('late')))
        await agent.cancel(kind, other, { comment: secret('cancellation') })
      }

      await expectUnwritten(
        context,
        ['kwargs', 'msg', 'summary', 'conflict', 'channel', 'broken', 'comment', 'late', 'cancellation'].map(
          (name) => [name, secret(name)] as const,
        ),
      )
    },
  ),

  check(
    'content.not-logged',
    'keys do not stand in what the server writes',
    {
      variant: 'keys',
      expect: 'reject',
      lane: 'timer',
      needs: { process: true, claims: ['scopes'], keys: ['admin'] },
    },
    async (context) => {
      const admin = context.actor('admin')
      const { actor, key_id, secret } = await admin.createKey({ scopes: ['agent'] })
      await actor.create(functionCalls)
      await actor.get('/v1/keys')
      await context.nobody.get('/v1/project', { authorization: `Basic ${secret}` })
      await admin.revokeKey(key_id)
      await actor.get('/v1/project')

      await expectUnwritten(context, [['key', secret]])
    },
  ),
]

async function expectUnwritten(
  context: Context,
  secrets: readonly (readonly [name: string, text: string])[],
): Promise<void> {
  // What is written may be on its way for a moment.
  await context.sleep(500)
  const output = context.process.output()
  const written = secrets.filter(([, text]) => output.includes(text)).map(([name]) => name)
  expectThat(
    written.length === 0,
    'logs without what agents and people said',
    `logs with the ${written.join(', ')}`,
  )
}

/** A spec with an address wherever a text can stand. */
function specFull(
  context: Context,
  kind: CallKind,
  link: (name: string) => string,
): Readonly<Record<string, unknown>> {
  const options = [{ name: 'option', title: link('title'), description: `![](${link('description.png')})` }]
  const shared = {
    context: {
      summary: `![chart](${link('summary.png')}) <img src="${link('summary-html.png')}">`,
      links: [{ url: link('link'), title: 'Further reading' }],
    },
    metadata: { 'org.example.callback': link('callback'), $ref: link('ref') },
    state: { webhook_url: link('state') },
  }
  // Some validators fetch the schema of a schema.
  const schema = { $schema: link('schema'), type: 'object' }
  if (kind === humanContacts)
    return {
      ...shared,
      msg: `Which one? ![](${link('msg.png')}) ${link('msg')}`,
      subject: link('subject'),
      response_options: options,
    }
  return {
    ...shared,
    kwargs: { url: link('kwargs'), nested: { image: link('kwargs.png') } },
    reject_options: options,
    ...(claims(context.subject, 'edit') ? { allow_edit: true, kwargs_schema: schema } : {}),
  }
}

/** An answer with this text. */
function said(kind: CallKind, text: string): Readonly<Record<string, unknown>> {
  return kind === functionCalls ? { approved: false, comment: text } : { response: text }
}
