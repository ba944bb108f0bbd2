import type { Mutant } from '../mutation.ts'

const PRIMITIVES = 'protocol/src/schemas/primitives.ts'
const CREATION = 'protocol/src/transitions/creation.ts'
const ESCALATION = 'protocol/src/transitions/escalation.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const CARRY = 'reference-server/src/http/carry.ts'
const SQLITE_RUNS = 'reference-server/src/store/sqlite/sqlite-runs.ts'
const SQLITE_TIMERS = 'reference-server/src/store/sqlite/sqlite-timers.ts'
const SQLITE_CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'

/** Servers that read ids and times otherwise. */
export const idAndTimeMutants: readonly Mutant[] = [
  {
    id: 'ids-may-be-longer-by-one',
    requirement: 'id.pattern',
    title: 'Ids of 129 characters are taken.',
    patches: [{ file: PRIMITIVES, find: '{0,127}$', replace: '{0,128}$' }],
  },
  {
    id: 'ids-may-end-in-a-line-feed',
    requirement: 'id.pattern',
    title: 'An id may have a line feed behind it.',
    patches: [{ file: PRIMITIVES, find: '{0,127}$', replace: '{0,127}\\\\n?$' }],
  },
  {
    id: 'plus-in-a-path-is-a-space',
    requirement: 'id.pattern',
    title: 'A plus sign in a path is decoded as in a form.',
    patches: [
      {
        file: HTTP_CALLS,
        find: "return params['call_id']!",
        replace: "return params['call_id']!.replaceAll('+', ' ')",
      },
    ],
  },
  {
    id: 'call-ids-are-case-folded',
    requirement: 'id.case-sensitive',
    title: 'Call ids that differ in case name the same call.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'status from ${table} where project_id = ? and call_id = ?`',
        replace: 'status from ${table} where project_id = ? and call_id = ? collate nocase`',
      },
    ],
  },
  {
    id: 'run-ids-are-case-folded',
    requirement: 'id.case-sensitive',
    title: 'A list takes runs whose ids differ in case for one.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'conditions.push(`${column} = ?`)',
        replace: 'conditions.push(`${column} = ? collate nocase`)',
      },
    ],
  },
  {
    id: 'requested-at-has-an-offset',
    requirement: 'time.format',
    title: 'The time of a creation ends in +00:00.',
    patches: [
      {
        file: CREATION,
        find: 'requested_at: act.now.toISOString(),',
        replace: "requested_at: act.now.toISOString().replace('Z', '+00:00'),",
      },
    ],
  },
  {
    id: 'escalated-at-is-a-number',
    requirement: 'time.format',
    title: 'The time of an escalation is a number of milliseconds.',
    patches: [
      {
        file: ESCALATION,
        find: 'escalated_at: act.now.toISOString(),',
        replace: 'escalated_at: act.now.getTime() as unknown as string,',
      },
    ],
  },
  {
    id: 'offsets-are-taken',
    requirement: 'time.input',
    title: 'An instant may have an offset in place of Z.',
    patches: [
      { file: PRIMITIVES, find: '(\\.\\d{1,9})?Z$/', replace: '(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$/' },
      { file: PRIMITIVES, find: "pattern: 'Z$',", replace: "pattern: '[Z0-9]$'," },
    ],
  },
  {
    id: 'days-beyond-the-calendar-are-taken',
    requirement: 'time.input',
    title: '30 February is taken for 2 March.',
    patches: [
      {
        file: PRIMITIVES,
        find: 'return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 19))',
        replace: 'return !Number.isNaN(time)',
      },
    ],
  },
  {
    id: 'small-hexadecimal-digits-are-not-decoded',
    requirement: 'id.pattern',
    title: 'A character of a path that is percent-encoded in small digits is not decoded.',
    patches: [
      {
        file: CARRY,
        find: 'params: request.params as Record<string, string>,',
        replace:
          'params: Object.fromEntries(Object.entries(request.params as Record<string, string>).map(([name, value]) => [name, /%[0-9a-f]?[a-f]/.test(request.path) ? encodeURIComponent(value) : value])),',
      },
    ],
  },
  {
    id: 'timer-ids-are-case-folded',
    requirement: 'id.case-sensitive',
    title: 'Timer ids that differ in case name the same timer.',
    patches: [
      {
        file: SQLITE_TIMERS,
        find: 'from timers where project_id = ? and timer_id = ?`',
        replace: 'from timers where project_id = ? and timer_id = ? collate nocase`',
      },
    ],
  },
  {
    id: 'usage-ids-are-case-folded',
    requirement: 'id.case-sensitive',
    title: 'Usage ids that differ in case name the same report.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'run_id = ? and usage_id = ?`',
        replace: 'run_id = ? and usage_id = ? collate nocase`',
      },
    ],
  },
]
