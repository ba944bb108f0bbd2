import type { Mutant } from '../mutation.ts'

const ENDPOINTS = 'reference-server/src/http/webhook-endpoints.ts'
const SIGN = 'reference-server/src/webhooks/sign.ts'
const PAYLOAD = 'reference-server/src/webhooks/payload.ts'
const POST = 'reference-server/src/webhooks/guarded-post.ts'
const SCHEDULE = 'reference-server/src/webhooks/retry-schedule.ts'
const GUARD = 'reference-server/src/webhooks/address-guard.ts'
const URLS = 'reference-server/src/webhooks/receiver-url.ts'
const SENDER = 'reference-server/src/workers/deliver-webhooks.ts'
const STORED = 'reference-server/src/store/sqlite/sqlite-webhooks.ts'
const STORE = 'reference-server/src/store/sqlite/sqlite-store.ts'
const EVENTS = 'reference-server/src/store/sqlite/sqlite-events.ts'

export const webhookMutants: readonly Mutant[] = [
  {
    id: 'webhook-registration-answers-200',
    requirement: 'webhook.create',
    title: 'A registration is answered with 200.',
    patches: [{ file: ENDPOINTS, find: 'status: 201', replace: 'status: 200' }],
  },
  {
    id: 'webhook-secrets-are-short',
    requirement: 'webhook.create',
    title: 'A secret has 16 bytes.',
    patches: [{ file: SIGN, find: 'randomBytes(32)', replace: 'randomBytes(16)' }],
  },
  {
    id: 'webhook-secret-stands-in-every-answer',
    requirement: 'webhook.secret-shown-once',
    title: 'Every answer about an endpoint shows its secret.',
    patches: [
      {
        file: STORED,
        find: '    payload_style,\n    state,\n    created_at,\n  }',
        replace:
          '    payload_style,\n    state,\n    created_at,\n    secret: row.secret,\n  } as WebhookEndpoint',
      },
    ],
  },
  {
    id: 'webhook-addresses-are-not-looked-at',
    requirement: 'webhook.url-refused',
    title: 'A url that is an address instead of a name is not judged.',
    patches: [{ file: URLS, find: 'isIP(host) ? [host]', replace: 'isIP(host) ? []' }],
  },
  {
    id: 'webhook-addresses-behind-nat64-are-public',
    requirement: 'webhook.url-refused',
    title: 'A private IPv4 address inside an IPv6 one is not seen.',
    patches: [{ file: GUARD, find: "  '64:ff9b::/96', // NAT64\n", replace: '' }],
  },
  {
    id: 'webhook-urls-may-carry-passwords',
    requirement: 'webhook.url-refused',
    title: 'A url with a user name and a password is taken.',
    patches: [{ file: URLS, find: "if (url.username !== '' || url.password !== '')", replace: 'if (!url)' }],
  },
  {
    id: 'webhook-urls-of-every-scheme',
    requirement: 'webhook.url-refused',
    title: 'A url with any scheme is taken.',
    patches: [
      {
        file: URLS,
        find: "if (url.protocol !== 'http:' && url.protocol !== 'https:')",
        replace: 'if (!url)',
      },
    ],
  },
  {
    id: 'webhook-endpoints-oldest-first',
    requirement: 'webhook.list',
    title: 'Endpoints are listed oldest first.',
    patches: [
      {
        file: STORED,
        find: 'where project_id = ? and seq < ? order by seq desc',
        replace: 'where project_id = ? and seq < ? order by seq',
      },
    ],
  },
  {
    id: 'webhook-endpoints-of-all-projects',
    requirement: 'webhook.list',
    title: 'The endpoints of every project are listed.',
    patches: [
      {
        file: STORED,
        find: 'where project_id = ? and seq < ? order',
        replace: 'where ? is not null and seq < ? order',
      },
    ],
  },
  {
    id: 'webhook-endpoints-stay-after-deletion',
    requirement: 'webhook.delete',
    title: 'A deletion only disables the endpoint.',
    patches: [
      {
        file: STORED,
        find: '`delete from webhook_endpoints where',
        replace: "`update webhook_endpoints set state = 'disabled' where",
      },
    ],
  },
  {
    id: 'webhook-types-are-ignored',
    requirement: 'webhook.delivered',
    title: 'An endpoint gets every event, whatever types it names.',
    patches: [
      {
        file: EVENTS,
        find: 'where value = ?)',
        replace: 'where value = ? or true)',
      },
    ],
  },
  {
    id: 'webhook-contacts-are-not-delivered',
    requirement: 'webhook.delivered',
    title: 'Only the events of function calls are delivered.',
    patches: [
      {
        file: EVENTS,
        find: 'const { changes } = this.#deliver',
        replace: "if (kind === 'human_contact') return 0\n    const { changes } = this.#deliver",
      },
    ],
  },
  {
    id: 'webhook-bodies-are-text',
    requirement: 'webhook.delivered',
    title: 'A delivery says that it is plain text.',
    patches: [{ file: PAYLOAD, find: "'application/json'", replace: "'text/plain'" }],
  },
  {
    id: 'webhook-bodies-without-state',
    requirement: 'webhook.body',
    title: 'A delivery leaves out the state of the spec.',
    patches: [{ file: PAYLOAD, find: "eventText(event, ['agent'])", replace: 'eventText(event, [])' }],
  },
  {
    id: 'webhook-bodies-are-the-call-alone',
    requirement: 'webhook.body',
    title: 'The body is the status of the call at the top, without its spec.',
    patches: [
      {
        file: PAYLOAD,
        find: "return eventText(event, ['agent'])",
        replace:
          'return JSON.stringify({ id: event.event_id, type: event.type, created_at: event.created_at, data: { run_id: event.run_id, call_id: event.object_id, status: JSON.parse(event.status) } })',
      },
    ],
  },
  {
    id: 'webhook-key-is-the-text-of-the-secret',
    requirement: 'webhook.signed',
    title: 'The secret is used as it is written, without being decoded.',
    patches: [{ file: SIGN, find: "'base64'))", replace: "'utf8'))" }],
    roots: ['webhook.rotation'],
  },
  {
    id: 'webhook-time-is-not-signed',
    requirement: 'webhook.signed',
    title: 'The time does not stand in what is signed.',
    patches: [
      {
        file: SIGN,
        find: '${message.id}.${message.timestamp}.${message.body}',
        replace: '${message.id}.${message.body}',
      },
    ],
  },
  {
    id: 'webhook-time-in-milliseconds',
    requirement: 'webhook.signed',
    title: 'The time is told in milliseconds.',
    patches: [{ file: SENDER, find: 'Math.floor(now.getTime() / 1000)', replace: 'now.getTime()' }],
  },
  {
    id: 'webhook-old-secret-dies-at-once',
    requirement: 'webhook.rotation',
    title: 'After a rotation only the new secret signs.',
    patches: [{ file: ENDPOINTS, find: 'Date.now() + ROTATION_MS', replace: 'Date.now()' }],
  },
  {
    id: 'webhook-old-secret-stays',
    requirement: 'webhook.rotation',
    title: 'After a rotation the old secret goes on signing alone.',
    patches: [
      {
        file: SENDER,
        find: '[endpoint.secret, ...(isRotating ? [endpoint.previous_secret!] : [])]',
        replace: '[isRotating ? endpoint.previous_secret! : endpoint.secret]',
      },
    ],
  },
  {
    id: 'webhook-refusals-are-final',
    requirement: 'webhook.retried',
    title: 'A delivery that met a 4xx is given up.',
    patches: [
      {
        file: SENDER,
        find: 'status_code === GONE)',
        replace: 'status_code !== null && status_code >= 400 && status_code < 500)',
      },
    ],
    roots: ['webhook.gone'],
  },
  {
    id: 'webhook-attempts-have-ids-of-their-own',
    requirement: 'webhook.retried',
    title: 'Each attempt has another webhook-id.',
    patches: [
      {
        file: SENDER,
        find: 'const signature = sign({ id, timestamp, body }, secrets)',
        replace:
          'id += Math.random().toString(36).slice(2)\n    const signature = sign({ id, timestamp, body }, secrets)',
      },
    ],
    roots: ['webhook.redeliver'],
  },
  {
    id: 'webhook-bodies-tell-the-time-of-the-attempt',
    requirement: 'webhook.retried',
    title: 'The body of each attempt has the time of that attempt.',
    patches: [
      {
        file: SENDER,
        find: 'const body = payloadOf(event, endpoint.payload_style, this.#options.store)',
        replace:
          'const body = payloadOf(event, endpoint.payload_style, this.#options.store).replace(\'{\', `{"sent_at":${now.getTime()},`)',
      },
    ],
  },
  {
    id: 'webhook-redirects-are-followed',
    requirement: 'webhook.no-redirects',
    title: 'A redirect is followed.',
    patches: [
      {
        file: POST,
        find: 'let bytes = 0\n',
        replace:
          "if (received.location) fetch(received.location, { method: 'POST', headers, body }).catch(() => undefined)\n      let bytes = 0\n",
      },
    ],
  },
  {
    id: 'webhook-retry-after-is-not-heard',
    requirement: 'webhook.retry-after',
    title: 'What Retry-After asks for does not count.',
    patches: [
      {
        file: SCHEDULE,
        find: 'Math.min(retryAfterMs, DAY_MS)',
        replace: 'Math.min(0, DAY_MS, retryAfterMs)',
      },
    ],
  },
  {
    id: 'webhook-gone-is-a-failure-like-any-other',
    requirement: 'webhook.gone',
    title: 'A 410 does not disable the endpoint.',
    patches: [{ file: SENDER, find: 'const GONE = 410', replace: 'const GONE = 499' }],
  },
  {
    id: 'webhook-disabled-endpoints-get-more',
    requirement: 'webhook.gone',
    title: 'A disabled endpoint gets what happens later.',
    patches: [
      {
        file: EVENTS,
        find: "where project_id = ? and state = 'enabled'",
        replace: 'where project_id = ?',
      },
    ],
  },
  {
    id: 'webhook-one-at-a-time',
    requirement: 'webhook.independent',
    title: 'One delivery is sent at a time.',
    patches: [
      {
        file: SENDER,
        find: '      const room = MOST_IN_FLIGHT',
        replace: '      if (this.#sending.size > 0) return\n      const room = MOST_IN_FLIGHT',
      },
    ],
  },
  {
    id: 'webhook-redelivery-has-another-id',
    requirement: 'webhook.redeliver',
    title: 'A delivery that is sent again on request has a new id.',
    patches: [
      {
        file: STORED,
        find: "set state = 'pending', tries = 0, due_at = ?",
        replace: "set delivery_id = delivery_id || 'r', state = 'pending', tries = 0, due_at = ?",
      },
    ],
  },
  {
    id: 'webhook-redelivery-does-nothing-for-what-has-arrived',
    requirement: 'webhook.redeliver',
    title: 'What has arrived is not sent again.',
    patches: [
      {
        file: STORED,
        find: "set state = 'pending', tries = 0, due_at = ?",
        replace: "set state = iif(state = 'delivered', state, 'pending'), tries = 0, due_at = ?",
      },
    ],
  },
  {
    id: 'webhook-deliveries-oldest-first',
    requirement: 'webhook.deliveries',
    title: 'Deliveries are listed oldest first.',
    patches: [{ file: STORED, find: 'order by d.seq desc limit', replace: 'order by d.seq limit' }],
  },
  {
    id: 'webhook-attempts-are-not-recorded',
    requirement: 'webhook.deliveries',
    title: 'The status of an attempt is not kept.',
    patches: [
      {
        file: SENDER,
        find: 'toISOString(), status_code }',
        replace: 'toISOString(), status_code: null }',
      },
    ],
  },
  {
    id: 'webhook-humanlayer-gets-every-event',
    requirement: 'webhook.humanlayer-payloads',
    title: 'Receivers of the payloads of HumanLayer get every event.',
    patches: [
      { file: EVENTS, find: "payload_style = 'countersign' or", replace: 'payload_style is not null or' },
    ],
  },
  {
    id: 'webhook-humanlayer-without-the-headers-of-svix',
    requirement: 'webhook.humanlayer-payloads',
    title: 'Receivers of the payloads of HumanLayer get no headers that Svix knows.',
    patches: [{ file: PAYLOAD, find: "['webhook', 'svix']", replace: "['webhook']" }],
  },
  {
    id: 'webhook-humanlayer-gets-our-calls',
    requirement: 'webhook.humanlayer-payloads',
    title: 'Receivers of the payloads of HumanLayer get the call with its state.',
    patches: [
      {
        file: PAYLOAD,
        find: 'showFunctionCall(functionCalls.parse(text), true)',
        replace: 'functionCalls.parse(text)',
      },
    ],
  },

  {
    id: 'webhook-deliveries-are-sorted-as-text',
    requirement: 'webhook.deliveries',
    title: 'The deliveries of an endpoint are sorted by their number as text, 9 after 10.',
    patches: [
      {
        file: STORED,
        find: 'order by d.seq desc limit',
        replace:
          'order by cast((select count(*) from deliveries o where o.webhook_endpoint_id = d.webhook_endpoint_id and o.seq <= d.seq) as text) desc limit',
      },
    ],
  },
  {
    id: 'webhook-endpoints-ignore-their-cursor',
    requirement: 'webhook.list',
    title: 'The list of endpoints begins anew for every cursor.',
    patches: [
      {
        file: STORED,
        find: '.all(project_id, page.before ?? Number.MAX_SAFE_INTEGER,',
        replace: '.all(project_id, Number.MAX_SAFE_INTEGER,',
      },
    ],
  },
  {
    id: 'webhook-large-bodies-are-dropped',
    requirement: 'webhook.delivered',
    title: 'A body over 64 KiB is never sent.',
    patches: [
      {
        file: POST,
        find: '    const url = new URL(text)\n',
        replace:
          '    if (Buffer.byteLength(body) > 65_536) return settle({ status_code: null })\n    const url = new URL(text)\n',
      },
    ],
  },
  {
    id: 'webhook-timers-are-not-delivered',
    requirement: 'webhook.delivered',
    title: 'The event timer.fired is not delivered.',
    patches: [
      {
        file: EVENTS,
        find: 'const { changes } = this.#deliver',
        replace: "if (kind === 'timer') return 0\n    const { changes } = this.#deliver",
      },
    ],
  },
  {
    id: 'webhook-second-rotation-keeps-the-first-secret',
    requirement: 'webhook.rotation',
    title: 'After a second rotation the new secret and the first one sign.',
    patches: [
      {
        file: STORED,
        find: 'set previous_secret = secret,',
        replace: 'set previous_secret = coalesce(previous_secret, secret),',
      },
    ],
  },
  {
    id: 'webhook-time-is-of-the-first-attempt',
    requirement: 'webhook.signed',
    title: 'Every attempt carries the time and the signature of the first.',
    patches: [
      {
        file: SENDER,
        find: 'const timestamp = Math.floor(now.getTime() / 1000)',
        replace:
          'const timestamp = firsts.get(id) ?? Math.floor(now.getTime() / 1000)\n    firsts.set(id, timestamp)',
      },
      {
        file: SENDER,
        find: 'const MOST_IN_FLIGHT = 4',
        replace: 'const firsts = new Map<string, number>()\nconst MOST_IN_FLIGHT = 4',
      },
    ],
  },
  {
    id: 'webhook-redirects-count-as-delivered',
    requirement: 'webhook.no-redirects',
    title: 'A delivery that met a redirect counts as delivered.',
    patches: [
      {
        file: SENDER,
        find: 'status_code >= 200 && status_code < 300',
        replace: 'status_code >= 200 && status_code < 400',
      },
    ],
  },
  {
    id: 'webhook-deliveries-are-lost-by-a-restart',
    requirement: 'webhook.delivered',
    title: 'What was not delivered before a restart never is.',
    patches: [
      {
        file: STORE,
        find: '    migrate(db)',
        replace:
          "    migrate(db)\n    db.exec(`update deliveries set state = 'failed', due_at = null where state = 'pending'`)",
      },
    ],
  },
  {
    id: 'webhook-deleted-endpoints-come-back-after-a-restart',
    requirement: 'webhook.delete',
    title: 'A deletion of an endpoint is kept in memory only.',
    patches: [
      {
        file: STORED,
        find: '`delete from webhook_endpoints where',
        replace: "`update webhook_endpoints set project_id = 'other', state = 'disabled' where",
      },
      {
        file: STORE,
        find: '    migrate(db)',
        replace:
          "    migrate(db)\n    db.exec(`update webhook_endpoints set project_id = 'default', state = 'enabled' where state = 'disabled'`)",
      },
    ],
  },
]
