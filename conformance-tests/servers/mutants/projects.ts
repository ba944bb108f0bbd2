import type { Mutant } from '../mutation.ts'

const CALLS = 'reference-server/src/calls.ts'
const SQLITE_CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'
const SQLITE_STORE = 'reference-server/src/store/sqlite/sqlite-store.ts'
const SQLITE_WEBHOOKS = 'reference-server/src/store/sqlite/sqlite-webhooks.ts'
const HTTP_TIMERS = 'reference-server/src/http/timers.ts'

const FIND =
  '`select run_id, call_id, state, spec, status from ${table} where project_id = ? and call_id = ?`'

export const projectMutants: readonly Mutant[] = [
  {
    id: 'foreign-call-is-read-when-unknown-here',
    requirement: 'project.isolated',
    title: 'A call of another project is found when the own one has none of this id.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: FIND,
        replace:
          '`select run_id, call_id, state, spec, status from ${table} where call_id = ?2 order by project_id = ?1 desc limit 1`',
      },
    ],
    roots: ['project.ids-independent'],
  },
  {
    id: 'foreign-call-is-said-to-be-foreign',
    requirement: 'project.isolated',
    title: 'The refusal says that the call is of another project.',
    patches: [
      {
        file: CALLS,
        find: '  if (!call) throw Problem.from(unknownCall)\n',
        replace: `  const elsewhere = ['default', 'other'].find((id) => id !== project_id)!
  if (!call && (await kind.calls.find(elsewhere, call_id)))
    throw new Problem('not_found', 'This call is not one of this project.')
  if (!call) throw Problem.from(unknownCall)
`,
      },
    ],
  },
  {
    id: 'foreign-call-is-forbidden',
    requirement: 'project.isolated',
    title: 'A call of another project is refused with 403.',
    patches: [
      {
        file: CALLS,
        find: '  if (!call) throw Problem.from(unknownCall)\n',
        replace: `  const elsewhere = ['default', 'other'].find((id) => id !== project_id)!
  if (!call && (await kind.calls.find(elsewhere, call_id)))
    throw new Problem('insufficient_scope', 'The key is not one of this project.')
  if (!call) throw Problem.from(unknownCall)
`,
      },
    ],
  },
  {
    id: 'foreign-call-is-waited-for',
    requirement: 'project.isolated',
    title: 'Who waits for a call of another project is held before the 404.',
    patches: [
      {
        file: CALLS,
        find: '    const call = await getCall(kind, principal, call_id)\n    if (call.state',
        replace: `    const elsewhere = ['default', 'other'].find((id) => id !== principal.project_id)!
    if ((await kind.calls.find(elsewhere, call_id)) && !(await kind.calls.find(principal.project_id, call_id)))
      await waiter.wait(seconds * 1000, signal)
    const call = await getCall(kind, principal, call_id)
    if (call.state`,
      },
    ],
  },
  {
    id: 'ids-are-unique-in-all-projects',
    requirement: 'project.ids-independent',
    title: 'An id that another project uses cannot be used.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'const row = this.#read(project_id, call_id)\n',
        replace: `const row =
        this.#read(project_id, call_id) ?? this.#read('default', call_id) ?? this.#read('other', call_id)
`,
      },
    ],
  },
  {
    id: 'cancellation-reaches-every-project',
    requirement: 'project.ids-independent',
    title: 'What happens to a call happens to the calls of the same id in other projects.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'update ${table} set state = ?, due_at = ?, status = ? where project_id = ? and call_id = ?',
        replace:
          'update ${table} set state = ?, due_at = ?, status = ? where project_id >= substr(?, 1, 0) and call_id = ?',
      },
    ],
  },
  {
    id: 'foreign-key-can-be-revoked',
    requirement: 'http.unknown-id',
    title: 'A key of another project can be revoked.',
    patches: [
      {
        file: SQLITE_STORE,
        find: 'where project_id = ? and key_id = ? returning *`',
        replace: 'where project_id >= substr(?, 1, 0) and key_id = ? returning *`',
      },
    ],
  },
  {
    id: 'foreign-timers-can-be-cancelled',
    requirement: 'http.unknown-id',
    title: 'A timer of another project is cancelled.',
    patches: [
      {
        file: HTTP_TIMERS,
        find: `const { project_id, key_id } = exchange.principal

      const decision = await timers.update(
        project_id,
        idOf(exchange),`,
        replace: `const { project_id: own, key_id } = exchange.principal
      const isOwn = (await timers.find(own, idOf(exchange))) !== undefined

      const decision = await timers.update(
        isOwn ? own : own === 'other' ? 'default' : 'other',
        idOf(exchange),`,
      },
    ],
  },
  {
    id: 'foreign-secrets-can-be-rotated',
    requirement: 'http.unknown-id',
    title: 'The secret of an endpoint of another project is replaced, and the new one shown.',
    patches: [
      {
        file: SQLITE_WEBHOOKS,
        find: `where project_id = ? and webhook_endpoint_id = ? returning *\`,
      previous_until`,
        replace: `where (project_id = ? or 1) and webhook_endpoint_id = ? returning *\`,
      previous_until`,
      },
    ],
  },
]
