import type { Mutant } from '../mutation.ts'

const RUN = 'protocol/src/transitions/run.ts'
const SQLITE_RUNS = 'reference-server/src/store/sqlite/sqlite-runs.ts'
const SQLITE_CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'
const SQLITE_TIMERS = 'reference-server/src/store/sqlite/sqlite-timers.ts'
const HTTP_RUNS = 'reference-server/src/http/runs.ts'

const ENTERS_PARENT = 'if (newParent !== null) this.#enter(project_id, { run_id: newParent }, now)'
const ITEMS = 'where i.project_id = ? and i.run_id = ? order by i.seq'
const CHILDREN = 'select run_id from runs where project_id = ? and parent_run_id = ? order by seq'
const PAGE = 'select * from runs where project_id = ?1 and seq < ?2 order by seq desc limit ?3'
const LINEAGE_JOIN = 'join runs r on r.project_id = ?1 and r.run_id = up.parent_run_id'
const CYCLE = 'if (parent_run_id === run_id || lineage.includes(run_id))'
const DEPTH = 'if (isNewParent && lineage.length + height > MOST_DEPTH)'
const OTHER_PARENT = 'if (!isNewParent && parent_run_id !== undefined && parent_run_id !== run.parent_run_id)'
const REFUSED = 'if (!entered.ok) return { ok: false, refusal: entered.refusal, events: [] }'
const IN_TREE = 'select r.* from tree join runs r on r.project_id = ?1 and r.run_id = tree.run_id'

export const runMutants: readonly Mutant[] = [
  {
    id: 'a-parent-alone-is-no-run',
    requirement: 'run.exists',
    title: 'A run that is only named as a parent is not there.',
    patches: [{ file: SQLITE_RUNS, find: ENTERS_PARENT, replace: '' }],
  },
  {
    id: 'usage-makes-no-run',
    requirement: 'run.exists',
    title: 'A run that only a report of usage has named is not there.',
    patches: [{ file: SQLITE_RUNS, find: 'this.#enter(project_id, { run_id }, now)\n', replace: '\n' }],
  },
  {
    id: 'unknown-runs-are-shown-empty',
    requirement: 'run.exists',
    title: 'A run that nobody has named is shown with nothing in it.',
    patches: [
      {
        file: HTTP_RUNS,
        find: 'if (!run) throw Problem.from(unknownRun)',
        replace:
          "if (!run) return { run_id, parent_run_id: null, created_at: '2026-01-01T00:00:00Z', children: [], items: [] }",
      },
    ],
  },
  {
    id: 'new-run-has-no-location',
    requirement: 'run.created',
    title: 'The creation of a run is answered with a Location that has no id.',
    patches: [
      { file: HTTP_RUNS, find: 'location: `/v1/runs/${wish.run_id}`', replace: "location: '/v1/runs'" },
    ],
  },
  {
    id: 'every-creation-of-a-run-is-new',
    requirement: 'run.repeat',
    title: 'The creation of a run that is there is answered with 201.',
    patches: [{ file: HTTP_RUNS, find: 'isNew ? 201 : 200, headers', replace: '201, headers' }],
  },
  {
    id: 'a-run-that-is-there-gets-no-budget',
    requirement: 'run.repeat',
    title: 'A budget that is named when the run is there already is dropped.',
    patches: [
      {
        file: RUN,
        find: 'const isNewBudget = budget !== undefined && run.budget === null',
        replace: 'const isNewBudget = budget !== undefined && !existing',
      },
    ],
  },
  {
    id: 'a-creation-without-a-parent-clears-it',
    requirement: 'run.repeat',
    title: 'The creation of a run that names no parent takes it from its parent.',
    patches: [
      {
        file: HTTP_RUNS,
        find: 'body: await find(exchange, wish.run_id) }',
        replace:
          'body: { ...(await find(exchange, wish.run_id)), ...(wish.parent_run_id === undefined && { parent_run_id: null }) } }',
      },
    ],
  },
  {
    id: 'parents-are-for-new-runs-alone',
    requirement: 'run.parent',
    title: 'A run that is there gets no parent any more.',
    patches: [
      {
        file: RUN,
        find: 'const isNewParent = parent_run_id !== undefined && run.parent_run_id === null',
        replace: 'const isNewParent = parent_run_id !== undefined && !existing',
      },
      {
        file: RUN,
        find: 'parent_run_id !== run.parent_run_id)\n    return refuse',
        replace: 'run.parent_run_id !== null && parent_run_id !== run.parent_run_id)\n    return refuse',
      },
    ],
  },
  {
    id: 'calls-give-no-parent',
    requirement: 'run.parent',
    title: 'The parent that a call names is dropped.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'const item = { kind: this.#kind, id: call_id, parent_run_id }',
        replace: 'const item = { kind: this.#kind, id: call_id, parent_run_id: undefined }',
      },
    ],
  },
  {
    id: 'timers-give-no-parent',
    requirement: 'run.parent',
    title: 'The parent that a timer names is dropped.',
    patches: [
      {
        file: SQLITE_TIMERS,
        find: "const item = { kind: 'timer', id: timer_id, parent_run_id }",
        replace: "const item = { kind: 'timer', id: timer_id, parent_run_id: undefined }",
      },
    ],
  },
  {
    id: 'the-first-parent-wins-in-silence',
    requirement: 'run.id-conflict',
    title: 'Another parent than a run has is ignored.',
    patches: [{ file: RUN, find: OTHER_PARENT, replace: `if (false && !isNewParent)` }],
  },
  {
    id: 'budgets-are-replaced',
    requirement: 'run.id-conflict',
    title: 'Another budget takes the place of the one that a run has.',
    patches: [
      {
        file: RUN,
        find: 'if (budget && run.budget && !isEqual',
        replace: 'if (false && budget && run.budget && !isEqual',
      },
      { file: RUN, find: 'budget !== undefined && run.budget === null', replace: 'budget !== undefined' },
    ],
  },
  {
    id: 'a-call-under-another-parent-is-kept',
    requirement: 'run.id-conflict',
    title: 'A call that names another parent is refused and created all the same.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: REFUSED,
        replace:
          'if (!entered.ok) return { ok: false, refusal: entered.refusal, next: decision.next, events: [] }',
      },
    ],
  },
  {
    id: 'a-run-is-its-own-parent',
    requirement: 'run.no-cycle',
    title: 'A run can be its own parent, and nobody above it is looked at.',
    patches: [
      { file: RUN, find: CYCLE, replace: 'if (parent_run_id !== run_id && lineage.includes(run_id))' },
      { file: SQLITE_RUNS, find: LINEAGE_JOIN, replace: `${LINEAGE_JOIN} and up.level < 5` },
    ],
  },
  {
    id: 'cycles-of-three-are-taken',
    requirement: 'run.no-cycle',
    title: 'Only the parent of the parent is looked at for a cycle.',
    patches: [
      {
        file: RUN,
        find: CYCLE,
        replace: 'if (parent_run_id === run_id || lineage.slice(0, 2).includes(run_id))',
      },
      { file: SQLITE_RUNS, find: LINEAGE_JOIN, replace: `${LINEAGE_JOIN} and up.level < 5` },
    ],
  },
  {
    id: 'runs-nest-one-deeper',
    requirement: 'run.depth',
    title: 'Runs nest one level deeper than the limit says.',
    patches: [{ file: RUN, find: DEPTH, replace: DEPTH.replace('> MOST_DEPTH', '> MOST_DEPTH + 1') }],
  },
  {
    id: 'what-is-below-does-not-count',
    requirement: 'run.depth',
    title: 'A run with others below it is hung as deep as one without.',
    patches: [{ file: RUN, find: DEPTH, replace: DEPTH.replace('+ height', '+ 1') }],
  },
  {
    id: 'runs-nest-less-deep',
    requirement: 'run.depth',
    title: 'Runs nest less deep than the limit says.',
    patches: [{ file: RUN, find: DEPTH, replace: DEPTH.replace('> MOST_DEPTH', '>= MOST_DEPTH') }],
  },
  {
    id: 'a-repeat-is-held-to-its-parent',
    requirement: 'run.repeat-first',
    title: 'A repeated call or timer that names another parent is refused.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: '? decide(current, now)\n',
        replace: '? runs.enterWith(project_id, item, decide(current, now), now)\n',
      },
    ],
  },
  {
    id: 'a-refused-call-gives-a-parent',
    requirement: 'run.refused-leaves-nothing',
    title: 'A call that is refused has given its run a parent.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'if (!decision?.ok) return decision\n',
        replace:
          'if (!decision?.ok) {\n      if (parent_run_id !== undefined) this.#enter(project_id, { run_id: parent_run_id }, now)\n      return decision\n    }\n',
      },
    ],
  },
  {
    id: 'a-refused-report-makes-a-run',
    requirement: 'run.refused-leaves-nothing',
    title: 'A report of usage makes its run before it is looked at.',
    patches: [
      {
        file: HTTP_RUNS,
        find: 'const usage = parseBody(',
        replace: 'await runs.enter(project_id, { run_id }, key_id)\n      const usage = parseBody(',
      },
    ],
  },
  {
    id: 'items-are-listed-by-kind',
    requirement: 'run.items',
    title: 'A run shows its items kind by kind.',
    patches: [{ file: SQLITE_RUNS, find: ITEMS, replace: ITEMS.replace('i.seq', 'i.kind, i.seq') }],
  },
  {
    id: 'items-of-every-run-are-shown',
    requirement: 'run.items',
    title: 'A run shows the items of all runs.',
    patches: [{ file: SQLITE_RUNS, find: ITEMS, replace: ITEMS.replace('i.run_id = ?', "? <> ''") }],
  },
  {
    id: 'items-stay-pending',
    requirement: 'run.items',
    title: 'The items of a run are shown as pending for ever.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'coalesce(f.state, h.state, t.state) as state',
        replace: "'pending' as state",
      },
    ],
  },
  {
    id: 'children-are-newest-first',
    requirement: 'run.children',
    title: 'A run shows the runs that it started newest first.',
    patches: [{ file: SQLITE_RUNS, find: CHILDREN, replace: `${CHILDREN} desc` }],
  },
  {
    id: 'runs-are-oldest-first',
    requirement: 'run.list',
    title: 'Runs are listed oldest first.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: PAGE,
        replace:
          'select * from runs where project_id = ?1 and seq > ?2 % 9007199254740991 order by seq limit ?3',
      },
    ],
  },
  {
    id: 'a-page-of-runs-forgets-one',
    requirement: 'run.list',
    title: 'The list of runs leaves one out between two pages.',
    patches: [{ file: SQLITE_RUNS, find: PAGE, replace: PAGE.replace('seq < ?2', 'seq < ?2 - 1') }],
  },
  {
    id: 'a-tree-has-two-levels',
    requirement: 'run.list-tree',
    title: 'A tree is listed with the children of its run and nobody below them.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'select r.run_id from tree join runs r on r.project_id = ?1 and r.parent_run_id = tree.run_id\n',
        replace:
          'select r.run_id from tree join runs r on r.project_id = ?1 and r.parent_run_id = tree.run_id and tree.run_id = ?4\n',
      },
    ],
  },
  {
    id: 'a-tree-has-no-root',
    requirement: 'run.list-tree',
    title: 'A tree is listed without the run itself.',
    patches: [{ file: SQLITE_RUNS, find: IN_TREE, replace: `${IN_TREE} and r.run_id <> ?4` }],
  },
  {
    id: 'cursors-of-any-tree-lead-on',
    requirement: 'run.list-pages',
    title: 'A cursor of one tree leads on in another.',
    patches: [
      { file: HTTP_RUNS, find: 'list: `runs\\n${JSON.stringify([tree_of])}`', replace: "list: 'runs'" },
    ],
  },
  {
    id: 'a-tree-is-listed-whole',
    requirement: 'run.list-pages',
    title: 'A page of a tree holds every run of it, whatever the limit.',
    patches: [
      {
        file: HTTP_RUNS,
        find: 'runs.list(exchange.principal.project_id, tree_of, page),',
        replace: 'runs.list(exchange.principal.project_id, tree_of, { ...page, limit: 1_000 }),',
      },
    ],
  },
  {
    id: 'trees-go-through-projects',
    requirement: 'run.own-project',
    title: 'The runs above a run are looked for in every project.',
    patches: [
      { file: SQLITE_RUNS, find: LINEAGE_JOIN, replace: 'join runs r on r.run_id = up.parent_run_id' },
      {
        file: SQLITE_RUNS,
        find: 'select run_id, parent_run_id, 1 from runs where project_id = ?1 and run_id = ?2',
        replace: "select run_id, parent_run_id, 1 from runs where ?1 <> '' and run_id = ?2",
      },
    ],
  },
  {
    id: 'children-of-other-projects-are-shown',
    requirement: 'run.own-project',
    title: 'A run shows the children of the run with the same id in another project.',
    patches: [{ file: SQLITE_RUNS, find: CHILDREN, replace: CHILDREN.replace('project_id = ?', "? <> ''") }],
  },
  {
    id: 'runs-of-other-projects-are-listed',
    requirement: 'run.own-project',
    title: 'The list of runs holds those of every project.',
    patches: [{ file: SQLITE_RUNS, find: PAGE, replace: PAGE.replace('project_id = ?1', "?1 <> ''") }],
  },
  {
    id: 'parents-are-compared-before-the-write',
    requirement: 'run.id-conflict',
    title: 'Of two creations of a run with different parents at the same time both are taken.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: `  enter(project_id: string, wish: CreateRun, key_id: string): Promise<Entered<RunRecord>> {
    return this.#writer.write(() => {`,
        replace: `  async enter(project_id: string, wish: CreateRun, key_id: string): Promise<Entered<RunRecord>> {
    const seen = this.#read(project_id, wish.run_id)
    await new Promise((resolve) => setTimeout(resolve, 50))
    return this.#writer.write(() => {
      if (!seen?.parent_run_id && wish.parent_run_id !== undefined)
        this.#db
          .prepare('update runs set parent_run_id = null where project_id = ? and run_id = ?')
          .run(project_id, wish.run_id)`,
      },
    ],
  },
  {
    id: 'items-of-one-second-are-sorted-by-id',
    requirement: 'run.items',
    title: 'Items of a run that came within one second are sorted by their ids.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: ITEMS,
        replace:
          'where i.project_id = ? and i.run_id = ? order by substr(i.created_at, 1, 19), i.object_id, i.seq',
      },
    ],
  },
  {
    id: 'items-of-one-id-are-one',
    requirement: 'run.items',
    title: 'Of a function call, a human contact and a timer with the same id a run shows one alone.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: ITEMS,
        replace: 'where i.project_id = ? and i.run_id = ? group by i.object_id order by i.seq',
      },
    ],
  },
  {
    id: 'children-of-one-second-are-sorted-by-id',
    requirement: 'run.children',
    title: 'Children of a run that came within one second are sorted by their ids.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: CHILDREN,
        replace:
          'select run_id from runs where project_id = ? and parent_run_id = ? order by substr(created_at, 1, 19), run_id',
      },
    ],
  },
  {
    id: 'items-cross-projects',
    requirement: 'run.own-project',
    title: 'A run shows the items of the run with the same id in other projects too.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: ITEMS,
        replace: 'where (i.project_id = ? or 1) and i.run_id = ? order by i.seq',
      },
    ],
  },
]
