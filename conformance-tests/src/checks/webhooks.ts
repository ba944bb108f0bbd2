import { restart } from '../actors/restart.ts'
import { cause, ENDPOINTS, firstArrival, readList, withEndpoints } from '../actors/webhook-endpoints.ts'
import { describeArrivals } from '../actors/webhook-receiver.ts'
import { check, type Check, type CheckOptions } from '../check.ts'
import { expectPlace, expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'

/** A listener of the suite is to be reached. */
export const RECEIVING: Pick<CheckOptions, 'lane' | 'needs'> = {
  lane: 'timer',
  needs: { loopback: true, keys: ['admin'] },
}

/** Endpoints that get every event of the project are judged when little else happens in it. */
export const ALONE: Pick<CheckOptions, 'lane'> = { lane: 'race' }

export const webhookChecks: readonly Check[] = [
  check(
    'webhook.create',
    'a registered endpoint is enabled and has a secret of its own',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const one = await register({ everything: true })
        const other = await register({ event_types: ['function_call.completed'] })

        for (const { reply, receiver, secret } of [one, other]) {
          expectValue(reply, '/url', receiver.url)
          expectValue(reply, '/state', 'enabled')
          const [, text = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
          const bytes = Buffer.from(text, 'base64').length
          expectThat(
            bytes >= 24 && bytes <= 64,
            'whsec_ and the base64 of 24 to 64 bytes',
            `${secret.slice(0, 6)}… with ${bytes} bytes`,
            { reply, pointer: '/secret' },
          )
        }
        expectThat(one.secret !== other.secret, 'a secret for each endpoint', 'the same secret twice')
        expectValue(other.reply, '/event_types', ['function_call.completed'])
      }),
  ),

  check(
    'webhook.secret-shown-once',
    'no later answer shows the secret of an endpoint',
    { expect: 'reject', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const { path, secret } = await register()
        const admin = context.actor('admin')
        const replies = [
          await admin.get(path),
          await admin.get(`${ENDPOINTS}?limit=100`),
          await admin.get(`${path}/deliveries`),
          await admin.send({ method: 'DELETE', path }),
        ]

        for (const reply of replies)
          expectThat(
            !reply.text.includes(secret.replace(/^whsec_/, '')),
            'an answer without the secret',
            'one that shows it',
            { reply },
          )
      }),
  ),

  check(
    'webhook.url-refused',
    'addresses that cannot be used or are private are refused',
    { expect: 'reject', needs: { keys: ['admin'] } },
    async (context) => {
      const admin = context.actor('admin')
      for (const url of REFUSED_URLS) {
        const reply = await admin.post(ENDPOINTS, { url })
        if (reply.status === 201)
          await admin.send({ method: 'DELETE', path: `${ENDPOINTS}/${reply.json?.webhook_endpoint_id}` })

        expectThat(
          reply.status === 422 && reply.code === 'url_not_allowed',
          `HTTP 422 with the code url_not_allowed for ${url}`,
          `HTTP ${reply.status}${reply.code === undefined ? '' : ` with the code ${reply.code}`}`,
          { reply },
        )
        expectPlace(reply, '/url')
      }
    },
  ),

  check(
    'webhook.list',
    'the endpoints of the project are listed newest first',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const older = await register()
        const newer = await register()

        const { items, reply } = await readList(context, ENDPOINTS)

        const urls = (items as { url?: unknown }[]).map(({ url }) => url)
        const places = [newer, older].map(({ receiver }) => urls.indexOf(receiver.url))
        expectThat(
          places[0]! >= 0 && places[0]! < places[1]!,
          'the newer endpoint before the older one',
          `places ${places.join(' and ')} of ${urls.length}`,
          { reply, pointer: '/items' },
        )
      }),
  ),

  check(
    'webhook.list',
    'whoever follows the cursors finds every endpoint once',
    { expect: 'accept', ...RECEIVING, ...ALONE, variant: 'pages' },
    (context) =>
      withEndpoints(context, async (register) => {
        const registered = [await register(), await register(), await register()]
        const expected = registered.map(({ receiver }) => receiver.url).toReversed()

        const { items, reply } = await readList(context, ENDPOINTS, 1)

        const urls = (items as { url?: unknown }[]).map(({ url }) => String(url))
        const found = urls.filter((url) => expected.includes(url))
        expectThat(found.join() === expected.join(), `${show(expected)}, each once`, show(found), {
          reply,
          pointer: '/items',
        })
      }),
  ),

  check(
    'webhook.list',
    'the endpoints of another project are not listed',
    {
      ...RECEIVING,
      variant: 'projects',
      expect: 'reject',
      needs: { loopback: true, keys: ['admin', 'other'] },
    },
    (context) =>
      withEndpoints(context, async (register) => {
        const { receiver } = await register()

        // The key of the other project may lack the scope; then it sees nothing either.
        const reply = await context.actor('other').get(`${ENDPOINTS}?limit=100`)

        expectThat(!reply.text.includes(receiver.url), 'no endpoint of another project', 'one of them', {
          reply,
        })
      }),
  ),

  check(
    'webhook.delete',
    'a deleted endpoint is not found and gets nothing',
    { expect: 'accept', ...RECEIVING },
    (context) =>
      withEndpoints(context, async (register) => {
        const [deleted, witness] = [await register(), await register()]
        const admin = context.actor('admin')

        expectStatus(await admin.send({ method: 'DELETE', path: deleted.path }), 200)

        expectProblem(await admin.get(deleted.path), 404, 'not_found')
        expectProblem(await admin.get(`${deleted.path}/deliveries`), 404, 'not_found')
        expectProblem(await admin.post(`${deleted.path}/rotate_secret`), 404, 'not_found')
        expectProblem(await admin.send({ method: 'DELETE', path: deleted.path }), 404, 'not_found')
        const call_id = context.id('later')
        await cause(context, call_id)
        await firstArrival(context, witness, call_id)
        const arrivals = deleted.receiver.about(call_id)
        expectThat(arrivals.length === 0, 'nothing at the deleted endpoint', describeArrivals(arrivals))
      }),
  ),

  check(
    'webhook.delete',
    'a deleted endpoint stays deleted over a sudden end',
    {
      variant: 'after-an-end',
      expect: 'accept',
      lane: 'restart',
      needs: { loopback: true, process: true, keys: ['admin'], claims: ['durability'] },
      after: ['call.acknowledged-survives', 'webhook.delivered'],
    },
    (context) =>
      withEndpoints(context, async (register) => {
        const [deleted, witness] = [await register(), await register()]
        const admin = context.actor('admin')
        expectStatus(await admin.send({ method: 'DELETE', path: deleted.path }), 200)

        await restart(context)

        expectProblem(await admin.get(deleted.path), 404, 'not_found')
        const call_id = context.id('later')
        await cause(context, call_id)
        await firstArrival(context, witness, call_id)
        const arrivals = deleted.receiver.about(call_id)
        expectThat(arrivals.length === 0, 'nothing at the deleted endpoint', describeArrivals(arrivals))
      }),
  ),
]

const REFUSED_URLS = [
  'nowhere',
  '/webhooks',
  'ftp://example.com/webhooks',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'https://user:secret@example.com/webhooks',
  'https://user@example.com/webhooks',
  'http://169.254.169.254/latest/meta-data/',
  'http://10.255.255.254/',
  'http://172.31.255.254/',
  'http://192.168.255.254/',
  'http://100.127.255.254/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://[fe80::1]/',
  'http://[fd00::1]/',
  'http://[::ffff:169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://2852039166/',
  'http://0xa9.254.169.254/',
]
