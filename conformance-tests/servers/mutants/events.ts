import type { Mutant } from '../mutation.ts'

const ANSWER = 'protocol/src/transitions/answer.ts'
const CALL = 'protocol/src/transitions/call.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'
const EVENTS = 'reference-server/src/store/sqlite/sqlite-events.ts'
const HTTP = 'reference-server/src/http/events.ts'
const TEXT = 'reference-server/src/http/object-text.ts'

const ANSWERED = `events: [responded, { type: 'completed', principal: responder.id }]`

export const eventMutants: readonly Mutant[] = [
  {
    id: 'human-contacts-are-not-recorded',
    requirement: 'event.requested',
    title: 'The creation of a human contact makes no event.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "events: [{ type: 'requested', principal: act.principal }] }",
        replace: 'events: [] }',
      },
      // It is answered as a creation all the same.
      {
        file: 'reference-server/src/calls.ts',
        find: 'changed: decision.events.length > 0 }',
        replace: 'changed: decision.events.length > 0 || decision.next.status.escalations?.length === 0 }',
      },
    ],
    roots: ['event.requested'],
  },
  {
    id: 'answers-make-no-event-of-their-own',
    requirement: 'event.responded',
    title: 'An answer is recorded as the completion alone.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: ANSWERED,
        replace: `events: [{ type: 'completed', principal: responder.id }]`,
      },
      {
        file: HUMAN_CONTACT,
        find: ANSWERED,
        replace: `events: [{ type: 'completed', principal: responder.id }]`,
      },
    ],
  },
  {
    id: 'refusals-are-forgotten',
    requirement: 'event.refused',
    title: 'An answer of somebody who may not give it leaves no trace.',
    patches: [
      {
        file: ANSWER,
        find: "    events: [{ type: 'refused', principal: responder.id, detail: 'responder_not_allowed' }],",
        replace: '    events: [],',
      },
    ],
  },
  {
    id: 'escalations-make-no-event',
    requirement: 'event.escalated',
    title: 'An escalation is in the call and not in the log.',
    patches: [
      {
        file: CALLS,
        find: 'for (const { type, principal, detail = null } of decision.events) {',
        replace:
          "for (const { type, principal, detail = null } of decision.events) {\n      if (type === 'escalated') continue",
      },
    ],
  },
  {
    id: 'cancellations-are-not-completed',
    requirement: 'event.completed',
    title: 'A cancelled call has no event completed.',
    patches: [
      {
        file: CALLS,
        find: 'for (const { type, principal, detail = null } of decision.events) {',
        replace:
          "for (const { type, principal, detail = null } of decision.events) {\n      if (subject.status.state === 'cancelled') continue",
      },
    ],
  },
  {
    id: 'completion-comes-before-the-answer',
    requirement: 'event.completed',
    title: 'The completion is recorded before the answer that made it.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: ANSWERED,
        replace: `events: [{ type: 'completed', principal: responder.id }, responded]`,
      },
    ],
  },
  {
    id: 'expiries-make-no-event',
    requirement: 'event.completed',
    title: 'A call that expires has no event completed.',
    patches: [
      {
        file: CALLS,
        find: 'for (const { type, principal, detail = null } of decision.events) {',
        replace:
          "for (const { type, principal, detail = null } of decision.events) {\n      if (principal === 'system:expiry') continue",
      },
    ],
  },
  {
    id: 'late-answers-are-recorded',
    requirement: 'event.nothing-happened',
    title: 'An answer that comes too late makes an event refused.',
    patches: [
      {
        file: CALL,
        find: 'refusal: { code, detail: `The call is ${state}.`, winning_status: call.status },\n    events: [],',
        replace:
          "refusal: { code, detail: `The call is ${state}.`, winning_status: call.status },\n    events: [{ type: 'refused', principal: 'key:somebody' }],",
      },
    ],
  },
  {
    id: 'events-show-the-call-as-it-is-now',
    requirement: 'event.snapshot',
    title: 'Every event shows the status that the call has when the log is read.',
    roots: ['event.unchanging'],
    patches: [
      {
        file: EVENTS,
        find: 'e.principal, e.run_id, e.object_id, e.status,',
        replace: 'e.principal, e.run_id, e.object_id, coalesce(f.status, h.status) as status,',
      },
    ],
  },
  {
    id: 'events-show-the-status-before',
    requirement: 'event.snapshot',
    title: 'An event shows the status that the act found.',
    patches: [
      {
        file: CALLS,
        find: '        detail,\n        status,',
        replace: '        detail,\n        status: stringify((current ?? subject).status),',
      },
    ],
  },
  {
    id: 'events-lose-digits',
    requirement: 'event.snapshot',
    title: 'The spec in an event went through doubles.',
    patches: [
      {
        file: TEXT,
        find: '"data":${objectText(event.kind, event, scopes)}}',
        replace: '"data":${JSON.stringify(JSON.parse(objectText(event.kind, event, scopes)))}}',
      },
    ],
  },
  {
    id: 'events-are-dated-when-read',
    requirement: 'event.unchanging',
    title: 'The instant of an event is that of its reading.',
    patches: [
      {
        file: TEXT,
        find: 'const { event_id, type, created_at, principal } = event',
        replace: 'const { event_id, type, principal } = event\n  const created_at = new Date().toISOString()',
      },
    ],
  },
  {
    id: 'principal-is-the-requester',
    requirement: 'event.principal',
    title: 'Every event names the key that asked.',
    patches: [
      {
        file: CALLS,
        find: '        principal,\n        detail,',
        replace: '        principal: String(subject.status.requested_by),\n        detail,',
      },
    ],
  },
  {
    id: 'events-show-the-state-to-everybody',
    requirement: 'event.state-for-agents',
    title: 'The events that a responder reads have the state of the spec.',
    patches: [
      {
        file: TEXT,
        find: 'objectText(event.kind, event, scopes)',
        replace: "objectText(event.kind, event, ['agent'])",
      },
    ],
  },
  {
    id: 'events-are-newest-first',
    requirement: 'event.order',
    title: 'The log is listed newest first.',
    patches: [{ file: EVENTS, find: 'order by e.seq limit ?', replace: 'order by e.seq desc limit ?' }],
  },
  {
    id: 'events-are-sorted-by-call',
    requirement: 'event.order',
    title: 'A page has the events of each call together.',
    patches: [
      {
        file: EVENTS,
        find: 'order by e.seq limit ?',
        replace: 'order by e.object_id, e.seq limit ?',
      },
    ],
  },
  {
    id: 'events-are-listed-late',
    requirement: 'event.read-your-writes',
    title: 'An event is listed half a second after its act at the earliest.',
    patches: [
      {
        file: EVENTS,
        find: "const conditions = ['e.project_id = ?', 'e.seq > ?']",
        replace:
          "const conditions = ['e.project_id = ?', 'e.seq > ?', `e.created_at < '${new Date(Date.now() - 500).toISOString()}'`]",
      },
    ],
    roots: ['event.requested'],
  },
  {
    id: 'after-is-included',
    requirement: 'event.after',
    title: 'A list begins with the event that after names.',
    patches: [
      {
        file: EVENTS,
        find: "const conditions = ['e.project_id = ?', 'e.seq > ?']",
        replace: "const conditions = ['e.project_id = ?', 'e.seq >= ?']",
      },
    ],
  },
  {
    id: 'a-list-begins-with-the-latest',
    requirement: 'event.start',
    title: 'A list without after begins with what has yet to happen.',
    patches: [
      {
        file: HTTP,
        find: "queryToken(query, 'after')) ?? 'start'",
        replace: "queryToken(query, 'after')) ?? 'latest'",
      },
    ],
    roots: ['event.requested'],
  },
  {
    id: 'start-is-an-event-nobody-knows',
    requirement: 'event.start',
    title: 'The word start is taken for an id.',
    patches: [
      {
        file: HTTP,
        find: "accept(queryToken(query, 'after')) ?? 'start'\n",
        replace:
          "accept(queryToken(query, 'after')) ?? 'start'\n  if (query.get('after') === 'start') return find(events, principal.project_id, 'nobody', { in: 'query', pointer: '/after' })\n",
      },
    ],
  },
  {
    id: 'latest-is-the-last-event',
    requirement: 'event.latest',
    title: 'A list after latest begins with the last event.',
    patches: [
      {
        file: HTTP,
        find: 'return { position: latest?.position ?? 0, begins',
        replace: 'return { position: (latest?.position ?? 1) - 1, begins',
      },
    ],
  },
  {
    id: 'last-page-has-a-cursor',
    requirement: 'event.pages',
    title: 'The last page leads on to an empty one.',
    patches: [
      {
        file: HTTP,
        find: 'const next = more ? items.at(-1)!.item.event_id : null',
        replace: 'const next = items.at(-1)?.item.event_id ?? null',
      },
    ],
  },
  {
    id: 'event-limit-is-one-more',
    requirement: 'event.limit',
    title: 'A page has one event more than its limit.',
    patches: [
      { file: HTTP, find: 'const bounds = { limit, max', replace: 'const bounds = { limit: limit + 1, max' },
    ],
  },
  {
    id: 'event-limit-has-no-bound',
    requirement: 'event.limit',
    title: 'A page has as many events as its limit says, beyond the largest page.',
    patches: [
      {
        file: HTTP,
        find: '?? DEFAULT_PAGE_SIZE, limits.page_size)',
        replace: '?? DEFAULT_PAGE_SIZE, 100_000)',
      },
    ],
  },
  {
    id: 'events-of-both-kinds-are-mixed-up',
    requirement: 'event.filters',
    title: 'The filter of a call finds the human contacts alone.',
    patches: [
      {
        file: EVENTS,
        find: "e.kind in ('function_call', 'human_contact')",
        replace: "e.kind in ('human_contact')",
      },
    ],
  },
  {
    id: 'type-filter-is-ignored',
    requirement: 'event.filters',
    title: 'The filter of the type is ignored.',
    patches: [{ file: EVENTS, find: "['e.type = ?', type],", replace: '' }],
  },
  {
    id: 'nul-in-after-is-malformed',
    requirement: 'event.gone',
    title: 'An id with U+0000 to begin after is a wrong parameter, and no event that is gone.',
    patches: [
      {
        file: 'protocol/src/http/query.ts',
        find: '  return { ok: true, value: values[0] }',
        replace:
          "  return name === 'after' && values[0]?.includes('\\0') ? invalid(name, 'No.') : { ok: true, value: values[0] }",
      },
    ],
  },
  {
    id: 'unknown-event-is-the-beginning',
    requirement: 'event.gone',
    title: 'After an event that is not there the list begins at the beginning.',
    patches: [
      {
        file: HTTP,
        find: 'if (position === undefined) throw Problem.from(eventGone(where))',
        replace:
          'if (position === undefined) return { position: eventGone(where) instanceof Problem ? 1 : 0 }',
      },
    ],
  },
  {
    id: 'foreign-event-is-known',
    requirement: 'event.gone',
    title: 'After an event of another project the list begins there.',
    patches: [
      {
        file: EVENTS,
        find: 'where event_id = ? and project_id = ?`',
        replace: "where event_id = ? and project_id <> coalesce(?, '')||'none'`",
      },
    ],
  },
  {
    id: 'events-of-every-project',
    requirement: 'event.project',
    title: 'The log shows the events of every project.',
    patches: [
      {
        file: EVENTS,
        find: "const conditions = ['e.project_id = ?', 'e.seq > ?']",
        replace: "const conditions = ['e.project_id <> ? || 0', 'e.seq > ?']",
      },
    ],
  },
  {
    id: 'events-are-written-later',
    requirement: 'event.survives',
    title: 'Events are kept in memory for a moment before they are written.',
    patches: [
      {
        file: CALLS,
        find: 'deliveries += this.#shared.events.insert(event, now)',
        replace:
          "if (type !== 'requested' || !call_id.endsWith('late')) this.#shared.events.insert(event, now)\n      else setTimeout(() => void this.#shared.writer.write(() => this.#shared.events.insert(event, now)), 2000)",
      },
    ],
  },

  {
    id: 'event-types-are-prefixes',
    requirement: 'event.filters',
    title: 'The type that a list is asked for is the beginning of a type.',
    patches: [{ file: EVENTS, find: "['e.type = ?', type]", replace: "[`e.type like ? || '%'`, type]" }],
  },
  {
    id: 'events-of-a-call-cross-projects',
    requirement: 'event.project',
    title: 'A list of the events of a call shows those of every project.',
    patches: [
      {
        file: EVENTS,
        find: "const conditions = ['e.project_id = ?', 'e.seq > ?']",
        replace:
          "const conditions = [call_id === undefined ? 'e.project_id = ?' : '(e.project_id = ? or 1)', 'e.seq > ?']",
      },
    ],
  },
]
