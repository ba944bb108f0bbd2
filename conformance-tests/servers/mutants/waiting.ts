import type { Mutant } from '../mutation.ts'

const CALLS = 'reference-server/src/calls.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const MAIN = 'reference-server/src/main.ts'
const QUERY = 'protocol/src/http/query.ts'
const WAIT = 'protocol/src/http/wait.ts'
const WAITERS = 'reference-server/src/waiters.ts'

export const waitingMutants: readonly Mutant[] = [
  {
    id: 'wait-is-milliseconds',
    requirement: 'wait.holds',
    title: 'A wait of N seconds holds for N milliseconds.',
    patches: [
      { file: CALLS, find: 'waiter.wait(seconds * 1000, signal)', replace: 'waiter.wait(seconds, signal)' },
    ],
  },
  {
    id: 'creation-is-not-held',
    requirement: 'wait.holds',
    title: 'A new call is answered at once, whatever wait was asked.',
    patches: [
      {
        file: HTTP_CALLS,
        find: "if (wait.seconds === 0 || call.status.state !== 'pending')",
        replace: "if (changed || wait.seconds === 0 || call.status.state !== 'pending')",
      },
    ],
  },
  {
    id: 'prefer-among-others-is-not-read',
    requirement: 'wait.holds',
    title: 'A wait is read from a Prefer header only when it stands there alone.',
    patches: [
      {
        file: WAIT,
        find: 'const preferences = prefer.match(/(?:"(?:[^"\\\\]|\\\\.)*"?|[^",])+/g) ?? []',
        replace: 'const preferences = [prefer]',
      },
    ],
  },
  {
    id: 'only-one-waiter-wakes',
    requirement: 'wait.wakes',
    title: 'Of several requests held for one call only the first is woken.',
    patches: [
      {
        file: WAITERS,
        find: 'for (const waiter of this.#byCall.get(call) ?? []) waiter.wake()',
        replace: '[...(this.#byCall.get(call) ?? [])][0]?.wake()',
      },
    ],
  },
  {
    id: 'cancellation-wakes-nobody',
    requirement: 'wait.wakes',
    title: 'Held requests are woken by an answer and not by a cancellation.',
    patches: [
      {
        file: MAIN,
        find: "if (change.state !== 'pending') waiters",
        replace: "if (change.state !== 'pending' && change.state !== 'cancelled') waiters",
      },
    ],
  },
  {
    id: 'expiry-wakes-nobody',
    requirement: 'wait.wakes',
    title: 'Held requests are not woken when their call expires.',
    patches: [
      {
        file: MAIN,
        find: "if (change.state !== 'pending') waiters",
        replace: "if (change.state !== 'pending' && change.state !== 'expired') waiters",
      },
    ],
  },
  {
    id: 'leaving-waiter-takes-others-along',
    requirement: 'wait.wakes',
    title: 'When one client goes away, the requests of others for the same call are no longer woken.',
    patches: [
      {
        file: WAITERS,
        find: 'if (waiters.size === 0) this.#byCall.delete(call)',
        replace: 'this.#byCall.delete(call)',
      },
    ],
  },
  {
    id: 'woken-with-the-call-as-it-was',
    requirement: 'wait.wakes',
    title: 'A held request is woken in time and answered with the call as it stood when the wait began.',
    patches: [
      {
        file: CALLS,
        find: 'await waiter.wait(seconds * 1000, signal)\n    return await getCall(kind, principal, call_id)',
        replace: 'await waiter.wait(seconds * 1000, signal)\n    return call',
      },
    ],
  },
  {
    id: 'kinds-share-waiters-of-an-id',
    requirement: 'wait.wakes',
    title:
      'A human contact does not wake who waits for it, but who waits for the function call of the same id.',
    patches: [
      {
        file: MAIN,
        find: 'waiters.wake(waitedFor({ project_id, ...change }))',
        replace: "waiters.wake(waitedFor({ project_id, ...change, kind: 'function_call' }))",
      },
    ],
  },
  {
    id: 'read-first-registered-second',
    requirement: 'wait.nothing-lost',
    title: 'A call is read before its waiter is registered, so that an answer in between wakes nobody.',
    // On a busy machine a wait that begins late is lost by the other checks too.
    roots: ['wait.wakes'],
    patches: [
      {
        file: CALLS,
        find: '  const waiter = waiters.register(',
        replace: `  const before = await getCall(kind, principal, call_id)
  if (before.state !== 'pending') return before
  await new Promise((resolve) => setImmediate(resolve))
  const waiter = waiters.register(`,
      },
      {
        file: CALLS,
        find: `    const call = await getCall(kind, principal, call_id)
    if (call.state !== 'pending') return call
    await waiter`,
        replace: '    await waiter',
      },
    ],
  },
  {
    id: 'creation-registers-its-waiter-late',
    requirement: 'wait.nothing-lost',
    title: 'A held creation is registered a moment after the call is there, and the call is not read again.',
    // On a busy machine a wait that begins late is lost by the other checks too.
    roots: ['wait.wakes'],
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const waited = await waitForCall(kind, deps, exchange, call.call_id, wait.seconds)',
        replace: `await new Promise((resolve) => setTimeout(resolve, 2))
      const { project_id, key_id } = exchange.principal
      const waiter = deps.waiters.register(\`\${kind.name} \${project_id} \${call.call_id}\`, key_id)
      await waiter.wait(wait.seconds * 1000, exchange.signal).finally(waiter.release)
      const waited = await getCall(kind, exchange.principal, call.call_id)`,
      },
    ],
  },
  {
    id: 'terminal-call-is-waited-for',
    requirement: 'wait.terminal-at-once',
    title: 'A wait for a cancelled call is held until its time is over.',
    patches: [
      {
        file: CALLS,
        find: "    if (call.state !== 'pending') return call\n",
        replace: "    if (call.state !== 'pending' && call.state !== 'cancelled') return call\n",
      },
    ],
    roots: ['wait.nothing-lost'],
  },
  {
    id: 'timed-out-creation-is-200',
    requirement: 'wait.times-out-with-the-call',
    title: 'A creation whose wait is over is answered with 200.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'return { status, headers, body: callText(kind.name, waited, exchange.principal.scopes) }',
        replace:
          'return { status: 200, headers, body: callText(kind.name, waited, exchange.principal.scopes) }',
      },
    ],
    roots: ['wait.wakes'],
  },
  {
    id: 'timed-out-wait-is-202',
    requirement: 'wait.times-out-with-the-call',
    title: 'A wait whose time is over without an answer is answered with 202.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'status: 200,\n        headers: wait.headers,',
        replace:
          "status: wait.seconds > 0 && call.state === 'pending' ? 202 : 200,\n        headers: wait.headers,",
      },
    ],
  },
  {
    id: 'long-wait-is-not-cut',
    requirement: 'wait.clamped',
    title: 'A wait beyond the limit is taken as it is.',
    patches: [{ file: WAIT, find: 'Math.min(asked, wait_seconds)', replace: 'asked' }],
  },
  {
    id: 'huge-waits-are-malformed',
    requirement: 'wait.clamped',
    title: 'A wait beyond 2^31 is refused.',
    patches: [
      {
        file: WAIT,
        find: "  const inQuery = queryInteger(query, 'wait', 0)",
        replace: `  const inQuery = queryInteger(query, 'wait', 0)
  if (inQuery.ok && (inQuery.value ?? 0) > 2147483647) return queryInteger({ getAll: () => ['x'] }, 'wait', 0) as never`,
      },
    ],
  },
  {
    id: 'preferred-wait-is-not-cut',
    requirement: 'wait.clamped',
    title: 'A wait beyond the limit is cut in the query and not in the header.',
    patches: [
      {
        file: WAIT,
        find: 'Math.min(asked, wait_seconds)',
        replace: 'inQuery.value === undefined ? asked : Math.min(asked, wait_seconds)',
      },
    ],
  },
  {
    id: 'creation-tells-no-wait',
    requirement: 'wait.preference-applied',
    title: 'The answer to a creation does not tell the wait.',
    patches: [
      {
        file: HTTP_CALLS,
        find: '`${kind.path}/${call.call_id}`, ...wait.headers }',
        replace: '`${kind.path}/${call.call_id}` }',
      },
    ],
  },
  {
    id: 'applied-wait-is-milliseconds',
    requirement: 'wait.preference-applied',
    title: 'The header tells the wait in milliseconds.',
    patches: [{ file: WAIT, find: '`wait=${seconds}`', replace: '`wait=${seconds * 1000}`' }],
    roots: ['wait.clamped'],
  },
  {
    id: 'header-wins',
    requirement: 'wait.query-wins',
    title: 'Of a wait in the query and one in the header, the header is followed.',
    patches: [
      {
        file: WAIT,
        find: "inQuery.value ?? preferredWait(prefer ?? '')",
        replace: "preferredWait(prefer ?? '') ?? inQuery.value",
      },
    ],
  },
  {
    id: 'query-of-zero-does-not-win',
    requirement: 'wait.query-wins',
    title: 'A wait of 0 in the query is taken for none, and the header is followed.',
    patches: [
      {
        file: WAIT,
        find: 'inQuery.value ?? preferredWait',
        replace: 'inQuery.value || preferredWait',
      },
    ],
  },
  {
    id: 'wait-is-read-leniently',
    requirement: 'wait.malformed',
    title: 'A wait such as 1.5 is rounded instead of refused.',
    patches: [
      {
        file: QUERY,
        find: 'if (!/^\\d+$/.test(text.value) ||',
        replace: "if (!(name === 'wait' ? /^\\d+(\\.\\d+)?$/ : /^\\d+$/).test(text.value) ||",
      },
    ],
  },
  {
    id: 'negative-wait-is-none',
    requirement: 'wait.malformed',
    title: 'A negative or empty wait is taken for none.',
    patches: [
      {
        file: WAIT,
        find: "const inQuery = queryInteger(query, 'wait', 0)",
        replace: `const isNone = /^-|^$/.test(query.getAll('wait')[0] ?? 'none')
  const inQuery = isNone ? { ok: true as const, value: 0 } : queryInteger(query, 'wait', 0)`,
      },
    ],
  },
  {
    id: 'unreadable-preference-is-refused',
    requirement: 'wait.prefer-malformed',
    title: 'A Prefer header that cannot be read is refused with 400.',
    patches: [
      {
        file: WAIT,
        find: "  const asked = inQuery.value ?? preferredWait(prefer ?? '')",
        replace: `  const asked = inQuery.value ?? preferredWait(prefer ?? '')
  if (asked === undefined && /wait/.test(prefer ?? ''))
    return queryInteger({ getAll: () => ['x'] }, 'wait', 0) as Parsed<Wait>`,
      },
    ],
  },
  {
    id: 'unreadable-preference-waits-longest',
    requirement: 'wait.prefer-malformed',
    title: 'A preference for a wait without a number holds as long as the limit allows.',
    patches: [
      {
        file: WAIT,
        find: 'return seconds === undefined ? undefined : Number(seconds)',
        replace:
          'return seconds === undefined ? (/wait=/.test(prefer) ? Infinity : undefined) : Number(seconds)',
      },
    ],
  },

  {
    id: 'answers-through-humanlayer-wake-nobody',
    requirement: 'wait.wakes',
    title: 'An answer that came through the HumanLayer profile wakes nobody who waits natively.',
    patches: [
      {
        file: 'reference-server/src/humanlayer/routes.ts',
        find: '      const { call, changed } = await respondToCall(',
        replace:
          '      ;(globalThis.quiet ??= new Set()).add(idOf(exchange))\n      const { call, changed } = await respondToCall(',
      },
      {
        file: MAIN,
        find: "if (change.state !== 'pending') waiters.wake(",
        replace:
          "if (globalThis.quiet?.has(change.call_id)) return\n    if (change.state !== 'pending') waiters.wake(",
      },
    ],
  },
]
