import { functionCalls, humanContacts } from '../actors/call-kind.ts'
import {
  ARRIVAL_MS,
  cause,
  causeAgain,
  causeRarely,
  deliveriesOf,
  firstArrival,
  RARE,
  RETRY_MS,
  untilState,
  withEndpoints,
  type Delivery,
} from '../actors/webhook-endpoints.ts'
import { describeArrivals, headerOf, idOf, signatureOf, type Answer } from '../actors/webhook-receiver.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show } from '../expectations.ts'

import { ALONE, RECEIVING } from './webhooks.ts'

/** What arrives at the endpoints. */
export const webhookDeliveryChecks: readonly Check[] = [
  check(
    'webhook.delivered',
    'every event whose type an endpoint names is posted to it as JSON, and no other',
    { expect: 'accept', ...RECEIVING, ...ALONE, kind: 'liveness' },
    (context) =>
      withEndpoints(context, async (register) => {
        const everything = await register({ everything: true })
        const chosen = await register({ event_types: ['function_call.completed', 'human_contact.requested'] })
        const [call, contact] = [context.id('call'), context.id('contact')]
        for (const [kind, call_id] of [
          [functionCalls, call],
          [humanContacts, contact],
        ] as const) {
          await context.agent.create(kind, { call_id })
          await context.agent.cancel(kind, call_id)
        }

        for (const [{ receiver }, call_id, wanted] of [
          [everything, call, ['function_call.requested', 'function_call.completed']],
          [everything, contact, ['human_contact.requested', 'human_contact.completed']],
          [chosen, call, ['function_call.completed']],
          [chosen, contact, ['human_contact.requested']],
        ] as const) {
          const arrivals = await receiver.waitFor(call_id, wanted.length, ARRIVAL_MS * context.patience)
          const types = arrivals.map(({ json }) => String(json?.type))
          expectThat(
            wanted.every((type) => types.includes(type)) &&
              types.every((type) => (wanted as readonly string[]).includes(type)),
            `deliveries of ${wanted.join(' and ')}`,
            describeArrivals(arrivals),
          )
          for (const { method, path, headers } of arrivals) {
            expectThat(
              method === 'POST' && path === '/webhooks',
              'POST to the path of the url',
              `${method} ${path}`,
            )
            const type = headers['content-type'] ?? ''
            expectThat(
              /^application\/json *(;|$)/i.test(type),
              'content-type: application/json',
              `content-type: ${type}`,
            )
          }
        }
      }),
  ),

  check(
    'webhook.body',
    'the body is the event with the whole object, state included',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register({ event_types: ['function_call.escalated'] })
        const call_id = context.id('whole')
        const spec = { kwargs: { note: 'Grüße 🎉' }, state: { thread: ['a', 1] } }
        await context.agent.create(functionCalls, { call_id, spec })
        await context.agent.escalate(functionCalls, call_id, {
          escalation_id: context.id('e'),
          escalation_msg: 'It is urgent.',
        })

        const { json } = await firstArrival(context, endpoint, call_id)

        const shown = (await context.agent.read(functionCalls, call_id)).json
        for (const member of ['id', 'type', 'created_at'])
          expectThat(typeof json?.[member] === 'string', `an event with its ${member}`, show(json))
        for (const [name, actual, expected] of [
          ['type', json.type, 'function_call.escalated'],
          ['data/call_id', json.data?.call_id, call_id],
          ['data/run_id', json.data?.run_id, shown.run_id],
          ['data/spec/kwargs', json.data?.spec?.kwargs, spec.kwargs],
          ['data/spec/state', json.data?.spec?.state, spec.state],
          ['data/status/state', json.data?.status?.state, 'pending'],
        ] as const)
          expectThat(show(actual) === show(expected), `${show(expected)} at /${name}`, show(actual))
      }),
  ),

  check(
    'webhook.signed',
    'a delivery carries its time and the signature that the secret gives',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register()
        const call_id = context.id('signed')
        const before = Math.floor(Date.now() / 1000)
        await cause(context, call_id, { msg: 'Grüße 🎉' })

        const arrival = await firstArrival(context, endpoint, call_id)

        const timestamp = headerOf(arrival, 'webhook-timestamp')
        // The clock of the server may go a little differently.
        expectThat(
          /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) - before) < 120,
          `a time near ${before} as webhook-timestamp`,
          show(timestamp),
        )
        expectThat(idOf(arrival) !== '', 'a webhook-id', 'none')
        const expected = signatureOf(arrival, endpoint.secret)
        const signatures = headerOf(arrival, 'webhook-signature').split(' ')
        expectThat(signatures.includes(expected), `the signature ${expected}`, show(signatures.join(' ')))
      }),
  ),

  check(
    'webhook.signed',
    'every attempt carries its own time, and the signature over that',
    {
      expect: 'accept',
      ...RECEIVING,
      variant: 'again',
      after: ['webhook.retried', 'webhook.retry-after'],
    },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register({
          answer: (response, index, { body }) =>
            index === 0 && body.includes(context.marker)
              ? response.writeHead(503, { 'retry-after': '3' }).end()
              : response.writeHead(204).end(),
        })
        const call_id = context.id('again')
        await cause(context, call_id)
        const first = await firstArrival(context, endpoint, call_id)

        const arrivals = await endpoint.receiver.waitFor(call_id, 2, RETRY_MS)

        const [, second] = arrivals
        await context.step('webhook.retried', async () =>
          expectThat(second !== undefined, 'a second attempt within a minute', describeArrivals(arrivals)),
        )
        const times = [first, second!].map((arrival) => headerOf(arrival, 'webhook-timestamp'))
        // There are three seconds between them, of which the parts of a second are cut.
        expectThat(
          Number(times[1]) - Number(times[0]) >= 2,
          'a second webhook-timestamp three seconds after the first',
          times.join(' and '),
        )
        const expected = signatureOf(second!, endpoint.secret)
        const signatures = headerOf(second!, 'webhook-signature').split(' ')
        expectThat(signatures.includes(expected), `the signature ${expected}`, show(signatures.join(' ')))
      }),
  ),

  check(
    'webhook.rotation',
    'after a rotation a delivery is signed with both secrets',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register()
        const secrets = [endpoint.secret]
        for (const times of ['once', 'twice']) {
          const rotated = await context.actor('admin').post(`${endpoint.path}/rotate_secret`)
          expectStatus(rotated, 200)
          const secret: unknown = rotated.json?.secret
          expectThat(
            typeof secret === 'string' && secret.startsWith('whsec_') && !secrets.includes(secret),
            'a new secret',
            typeof secret === 'string' && secrets.includes(secret) ? 'the same secret' : typeof secret,
            { reply: rotated, pointer: '/secret' },
          )
          secrets.unshift(secret)
          const call_id = context.id(times)
          await cause(context, call_id)

          const arrival = await firstArrival(context, endpoint, call_id)

          const signatures = headerOf(arrival, 'webhook-signature').split(' ')
          for (const [name, one] of [
            ['new', secret],
            ['old', secrets[1]!],
          ] as const)
            expectThat(
              signatures.includes(signatureOf(arrival, one)),
              `a signature with the ${name} secret of an endpoint that was rotated ${times}`,
              `${signatures.length} others`,
            )
        }
      }),
  ),

  ...(
    [
      ['500', (response) => response.writeHead(500).end()],
      ['404', (response) => response.writeHead(404).end()],
      ['reset', (response) => response.destroy()],
      ['silence', () => undefined],
    ] as const satisfies readonly (readonly [string, Answer])[]
  ).map(([name, fail]: readonly [string, Answer]) =>
    check(
      'webhook.retried',
      `a delivery that met ${name === 'silence' ? 'silence' : `a ${name}`} is sent again in the same words`,
      { expect: 'accept', ...RECEIVING, variant: name },
      (context) =>
        withEndpoints(context, async (register) => {
          const endpoint = await register({
            answer: (response, index, arrival) =>
              index === 0 && arrival.body.includes(context.marker)
                ? fail(response, index, arrival)
                : response.writeHead(204).end(),
          })
          const call_id = context.id('again')
          await cause(context, call_id)
          const first = await firstArrival(context, endpoint, call_id)

          const arrivals = await endpoint.receiver.waitFor(
            call_id,
            2,
            RETRY_MS + (name === 'silence' ? 15_000 : 0),
          )

          const [, second] = arrivals
          expectThat(second !== undefined, 'a second attempt within a minute', describeArrivals(arrivals))
          expectThat(idOf(second) === idOf(first), `the webhook-id ${idOf(first)} again`, idOf(second))
          expectThat(second.body === first.body, 'the same bytes as the body', show(second.body))
        }),
    ),
  ),

  check('webhook.no-redirects', 'a redirect is not followed', { expect: 'reject', ...RECEIVING }, (context) =>
    withEndpoints(context, async (register) => {
      const elsewhere = await register({ event_types: ['none.of-these'] })
      const endpoint = await register({
        answer: (response) => response.writeHead(307, { location: elsewhere.receiver.url }).end(),
      })
      const call_id = context.id('redirected')
      await cause(context, call_id)
      const { json: event } = await firstArrival(context, endpoint, call_id)

      // Whoever follows does it at once.
      const arrivals = await elsewhere.receiver.waitFor(call_id, 1, 1_500)

      expectThat(arrivals.length === 0, 'nothing where the redirect leads', describeArrivals(arrivals))
      const find = (items: readonly Delivery[]) => items.find(({ event_id }) => event_id === event?.id)
      const { items, reply } = await deliveriesOf(context, endpoint, (all) => {
        const found = find(all)
        return found !== undefined && found.attempts.length > 0
      })
      expectThat(
        find(items)?.state !== 'delivered',
        'a delivery that has not arrived',
        'one that is delivered',
        { reply },
      )
    }),
  ),

  check(
    'webhook.retry-after',
    'a delivery is not sent again before the time that the receiver has asked for',
    { expect: 'reject', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register({
          answer: (response) => response.writeHead(503, { 'retry-after': '10' }).end(),
        })
        const call_id = context.id('patient')
        await cause(context, call_id)
        await firstArrival(context, endpoint, call_id)

        const arrivals = await endpoint.receiver.waitFor(call_id, 2, 9_500)

        expectThat(arrivals.length === 1, 'no second attempt within 9.5 seconds', describeArrivals(arrivals))
      }),
  ),

  check(
    'webhook.gone',
    'an endpoint that answers with 410 is disabled and gets nothing more',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register({
          // What other checks cause at the same time must not end it.
          answer: (response, _, { body }) =>
            response.writeHead(body.includes(context.marker) ? 410 : 204).end(),
        })
        const witness = await register()
        const [call_id, later] = [context.id('gone'), context.id('later')]
        await cause(context, call_id)
        await firstArrival(context, endpoint, call_id)

        expectValue(await untilState(context, endpoint, 'disabled'), '/state', 'disabled')
        await cause(context, later)
        await firstArrival(context, witness, later)
        const arrivals = await endpoint.receiver.waitFor(later, 1, 500)

        expectThat(arrivals.length === 0, 'nothing more for the endpoint', describeArrivals(arrivals))
      }),
  ),

  check(
    'webhook.independent',
    'an endpoint that does not answer delays no other',
    { expect: 'accept', ...RECEIVING, kind: 'liveness' },
    (context) =>
      withEndpoints(context, async (register) => {
        const silent = await register({ answer: () => undefined })
        const good = await register()
        const call_id = context.id('many')
        await cause(context, call_id)
        // From here on a delivery waits for its answer.
        await firstArrival(context, silent, call_id)
        for (let count = 2; count <= 10; count++) await causeAgain(context, call_id)

        // Less than the time after which the silent one is given up, however patient the suite is.
        const arrivals = await good.receiver.waitFor(call_id, 10, 12_000)

        expectThat(
          arrivals.length >= 10,
          'ten deliveries while another endpoint is silent',
          `${arrivals.length} of them`,
        )
      }),
  ),

  check(
    'webhook.redeliver',
    'a delivery that has arrived is sent again on request, under the same id',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register()
        const call_id = context.id('twice')
        await cause(context, call_id)
        const first = await firstArrival(context, endpoint, call_id)
        const find = (items: readonly { event_id: string; state: string }[]) =>
          items.find(({ event_id }) => event_id === first.json?.id)
        const { items } = await deliveriesOf(context, endpoint, (all) => find(all)?.state === 'delivered')
        const { delivery_id } = (find(items) ?? {}) as { delivery_id?: string }

        const reply = await context
          .actor('admin')
          .post(`${endpoint.path}/deliveries/${delivery_id}/redeliver`)

        expectStatus(reply, 200, 202)
        const arrivals = await endpoint.receiver.waitFor(call_id, 2, ARRIVAL_MS)
        const [, second] = arrivals
        expectThat(second !== undefined, 'the delivery a second time', describeArrivals(arrivals))
        expectThat(idOf(second) === idOf(first), `the webhook-id ${idOf(first)} again`, idOf(second))
      }),
  ),

  check(
    'webhook.deliveries',
    'deliveries are listed newest first, with their attempts',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        // So many that the number of a delivery gets a second digit.
        const before = Array.from({ length: 11 }, (_, n) => context.id(`before${n}`))
        const [good, bad] = [context.id('good'), context.id('bad')]
        const endpoint = await register({
          event_types: [RARE],
          answer: (response, _, { body }) =>
            response.writeHead(body.includes(JSON.stringify(bad)) ? 501 : 202).end(),
        })
        for (const call_id of before) await causeRarely(context, call_id)
        const earlier = await Promise.all(
          before.map(async (call_id) => (await firstArrival(context, endpoint, call_id)).json?.id as unknown),
        )
        await causeRarely(context, good)
        const { json: goodEvent } = await firstArrival(context, endpoint, good)
        await causeRarely(context, bad)
        const { json: badEvent } = await firstArrival(context, endpoint, bad)

        const tried = [goodEvent?.id, badEvent?.id]
        const { items, reply } = await deliveriesOf(context, endpoint, (all) =>
          tried.every((id) => all.some(({ event_id, attempts }) => event_id === id && attempts.length > 0)),
        )

        const places = tried.map((id) => items.findIndex(({ event_id }) => event_id === id))
        const [atGood, atBad] = places as [number, number]
        const all = [...earlier, ...tried]
        const listed = [...new Set(items.map(({ event_id }) => event_id).filter((id) => all.includes(id)))]
        expectThat(
          atBad >= 0 && atBad < atGood,
          'the newer delivery before the older one',
          `places ${atBad} and ${atGood}`,
          { reply, pointer: '/items' },
        )
        expectThat(
          listed.join() === all.toReversed().join(),
          `${all.length} deliveries, newest first`,
          show(listed.map((id) => all.length - 1 - all.indexOf(id))),
          { reply, pointer: '/items' },
        )
        for (const [at, state, status_code] of [
          [atGood, 'delivered', 202],
          [atBad, 'pending', 501],
        ] as const) {
          const { state: shown, attempts } = items[at]!
          expectThat(shown === state, `the state ${state}`, show(shown), { reply })
          expectThat(
            attempts[0]?.status_code === status_code,
            `an attempt with the status ${status_code}`,
            show(attempts),
            { reply },
          )
        }
      }),
  ),

  check(
    'webhook.humanlayer-payloads',
    'endpoints that want it get what HumanLayer sent',
    {
      expect: 'accept',
      ...ALONE,
      needs: { loopback: true, keys: ['admin'], claims: ['webhooks'] },
    },
    (context) =>
      withEndpoints(context, async (register) => {
        const raw = await register({ everything: true, payload_style: 'humanlayer-v1' })
        const wrapped = await register({ everything: true, payload_style: 'humanlayer-v1beta2' })
        const call_id = context.id('hl')
        await context.agent.create(functionCalls, { call_id, spec: { state: { at: 1 } } })
        await context.responder.respond(functionCalls, call_id)

        const one = await firstArrival(context, raw, call_id)
        const other = await firstArrival(context, wrapped, call_id)

        for (const [object, name] of [
          [one.json, 'the body'],
          [other.json?.event, 'event'],
        ] as const) {
          const shown = [object?.call_id, object?.spec?.state, object?.status?.approved]
          expectThat(
            show(shown) === show([call_id, { at: 1 }, true]) && object.status.state === undefined,
            `the completed call as HumanLayer shows it as ${name}`,
            show(object),
          )
        }
        expectThat(
          other.json.is_test === false && other.json.type === 'function_call.completed',
          'is_test false and the type function_call.completed',
          show([other.json.is_test, other.json.type]),
        )
        for (const [arrival, { secret }] of [
          [one, raw],
          [other, wrapped],
        ] as const) {
          for (const name of ['id', 'timestamp', 'signature'])
            expectThat(
              headerOf(arrival, `svix-${name}`) === headerOf(arrival, `webhook-${name}`),
              `svix-${name} as webhook-${name}`,
              show(headerOf(arrival, `svix-${name}`)),
            )
          expectThat(
            headerOf(arrival, 'svix-signature').split(' ').includes(signatureOf(arrival, secret)),
            'a signature with the secret',
            show(headerOf(arrival, 'svix-signature')),
          )
        }
        for (const { receiver } of [raw, wrapped]) {
          const arrivals = await receiver.waitFor(call_id, 2, 500)
          expectThat(arrivals.length === 1, 'the completed event alone', describeArrivals(arrivals))
        }
      }),
  ),
]
