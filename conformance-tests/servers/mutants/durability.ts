import type { Mutant } from '../mutation.ts'

const GROUP_COMMIT = 'reference-server/src/store/sqlite/group-commit.ts'
const CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'
const STORE = 'reference-server/src/store/sqlite/sqlite-store.ts'

export const durabilityMutants: readonly Mutant[] = [
  {
    id: 'acknowledged-before-the-commit',
    requirement: 'call.acknowledged-survives',
    title: 'Writes are acknowledged at once and committed 300 milliseconds later.',
    patches: [
      {
        file: GROUP_COMMIT,
        find: "      this.#db.exec('BEGIN IMMEDIATE')",
        replace: "      if (!this.#db.isTransaction) this.#db.exec('BEGIN IMMEDIATE')",
      },
      {
        file: GROUP_COMMIT,
        find: "      this.#db.exec('COMMIT')",
        replace: `      // The first few make the keys.
      if ((globalThis.commits = (globalThis.commits ?? 0) + 1) < 10) this.#db.exec('COMMIT')
      else setTimeout(() => { if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('COMMIT') }, 300)`,
      },
    ],
  },
  {
    id: 'answers-doubled-by-the-recovery',
    requirement: 'call.decided-once',
    roots: ['call.acknowledged-survives'],
    title: 'When the server starts, every decided function call gets its answer a second time.',
    patches: [
      {
        file: STORE,
        find: '    this.#findKey = db.prepare(',
        replace: `    db.exec("update function_calls set status = json_insert(status, '$.responses[#]', json_extract(status, '$.responses[0]')) where state in ('approved', 'denied')")
    this.#findKey = db.prepare(`,
      },
    ],
  },
  {
    id: 'decided-on-a-stale-read',
    requirement: 'function-call.one-winner',
    title:
      'A call is read before the transaction and written inside it, so that answers at the same time overwrite each other.',
    patches: [
      {
        file: CALLS,
        find: '    const { decided, commit } = await writer.write(() => {',
        replace:
          '    const early = this.#read(project_id, call_id)\n    const { decided, commit } = await writer.write(() => {',
      },
      {
        file: CALLS,
        find: '      const row = this.#read(project_id, call_id)\n',
        replace: '      const row = early ?? this.#read(project_id, call_id)\n',
      },
    ],
  },
]
