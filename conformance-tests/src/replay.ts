import { checks as allChecks } from './checks/index.ts'
import type { Check } from './check.ts'
import type { Clock } from './clock.ts'
import type { Run } from './context.ts'
import type { Exchange, Pause, Request } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { NO_PROJECT } from './project.ts'
import { placeholderOf } from './report/redaction.ts'
import type { Report } from './report/report.ts'
import { runChecks } from './runner.ts'
import { selectionOf } from './selection.ts'
import { Keyring, type Subject } from './subject.ts'
import type { SubjectProcess } from './subject-process.ts'
import { reportOn } from './suite.ts'
import type { Outcome, Transport } from './transport.ts'
import type { CheckResult } from './verdict.ts'
import { Inconclusive, type Finding } from './violation.ts'

/**
 * Judges a recorded run again, without the server: the code of the checks runs over the transcript, and every requirement gets its
 * verdict anew. A check that asks what the transcript does not hold, because the suite has changed, is INCONCLUSIVE.
 */
export async function rejudge(report: Report): Promise<Report> {
  const { run, subject, transcript } = report
  const started = Date.parse(run.started_at)
  const keyring = new Keyring()
  for (const key of subject.keys) keyring.add(key, placeholderOf(key))
  const judged: Subject = {
    project: NO_PROJECT,
    other_project: NO_PROJECT,
    ...subject,
    keys: new Set(subject.keys),
  }
  const broken = new Map<RequirementId, Finding>()
  const results: CheckResult[] = []
  for (const check of inOrder(allChecks.filter(selectionOf(run.only, run.profiles)), report)) {
    const replay = new Replay(report, check.id, started)
    const replayed: Run = {
      subject: judged,
      keyring,
      transport: replay.transport,
      clock: replay.clock,
      namespace: run.namespace,
      seed: run.seed,
      budgetMs: run.budget_ms,
      process: subject.restartable ? stillRunning : undefined,
      exchanges: [],
      pauses: [],
      readings: [],
    }
    const [result] = await runChecks(replayed, [replay.watching(check)], { broken })
    results.push({ ...result!, check })
  }
  return reportOn({
    run: {
      subject: judged,
      keyring,
      transport: nowhere,
      clock: { now: () => started + run.duration_ms, sleep: async () => {} },
      namespace: run.namespace,
      seed: run.seed,
      budgetMs: run.budget_ms,
      process: undefined,
      exchanges: [...transcript.exchanges],
      pauses: [...transcript.pauses],
      readings: [...transcript.readings],
    },
    results,
    software: subject.software,
    started,
    only: run.only,
    profiles: run.profiles,
  })
}

/** In the order in which they ended, so that what was found first is found first again; those that are new come last. */
function inOrder(checks: readonly Check[], report: Report): Check[] {
  const places = new Map(report.checks.map(({ id }, index) => [id, index]))
  const placeOf = ({ id }: Check) => places.get(id) ?? places.size
  return checks.toSorted((one, other) => placeOf(one) - placeOf(other))
}

/** What a server wrote and how it ended stand in no transcript; there is nothing in it to find fault with. */
const stillRunning = {
  kill: async () => {},
  start: async () => {},
  output: () => '',
  close: async () => {},
} satisfies SubjectProcess

const nowhere: Transport = {
  send: async () => ({
    failure: { kind: 'unreachable', message: 'nothing is sent when a run is judged again' },
  }),
  close() {},
}

/** How long the code of a check may be busy with itself, such as with the packing of a body, before it counts as stuck. */
const STUCK_MS = 2_000

/** The same, once it has asked for what is not there. */
const UNHELD_MS = 100

interface Due {
  at: number
  /** What was due first comes first; the number of an exchange says when it ended. */
  order: number
  happen: () => void
}

/** The part of a transcript that belongs to one check, and a time that passes only when nothing else is left to do. */
class Replay {
  readonly transport: Transport
  readonly clock: Clock
  readonly #recorded: Exchange[]
  readonly #readings: number[]
  readonly #pauses: Pause[]
  readonly #due: Due[] = []
  #now: number
  #unheld: string | undefined
  #strayed: (reason: Inconclusive) => void = () => {}

  constructor({ transcript: { exchanges, readings, pauses } }: Report, check: string, started: number) {
    this.#recorded = exchanges
      .filter((exchange) => exchange.check === check)
      .toSorted((one, other) => one.sent_at - other.sent_at || one.sent_after - other.sent_after)
    this.#readings = readings.filter((reading) => reading.check === check).map(({ at }) => at)
    this.#pauses = pauses.filter((pause) => pause.check === check)
    this.#now = this.#recorded[0]?.sent_at ?? started
    this.transport = {
      send: (request) => this.#answer(request),
      close() {},
    }
    this.clock = {
      now: (reader) => (reader === undefined ? this.#now : (this.#readings.shift() ?? this.#now)),
      sleep: (ms) => this.#until(this.#endOf(ms), Number.POSITIVE_INFINITY),
    }
  }

  /** The check, which ends when it leaves what is recorded. */
  watching(check: Check): Check {
    return {
      ...check,
      run: async (context) => {
        const strayed = new Promise<never>((_, reject) => {
          this.#strayed = reject
        })
        let isOver = false
        const course = check.run(context).finally(() => {
          isOver = true
        })
        void this.#passTime(() => isOver)
        await Promise.race([course, strayed]).finally(() => {
          isOver = true
        })
      },
    }
  }

  #answer(request: Request): Promise<Outcome> {
    const index = this.#recorded.findIndex((exchange) => isSame(exchange.request, request))
    const exchange = this.#recorded[index]
    if (!exchange) {
      // What nobody waited for had perhaps not ended when the run did; whoever waits for it gets stuck.
      this.#unheld ??= `the transcript does not hold what this check asks: ${request.method} ${request.path} by ${request.key}`
      return new Promise(() => {})
    }
    this.#recorded.splice(index, 1)
    // The number and the times of the record take the place of those that the replay would give.
    const { number, sent_after, sent_at, received_at, response, failure } = exchange
    const outcome = {
      ...(response ? { response } : { failure: failure! }),
      number,
      sent_after,
      sent_at,
      received_at,
    }
    return this.#until(received_at, number).then(() => outcome)
  }

  /** When the recorded pause of this length was over. */
  #endOf(ms: number): number {
    const index = this.#pauses.findIndex((pause) => pause.ms === ms)
    const [pause] = index < 0 ? [] : this.#pauses.splice(index, 1)
    return (pause?.began_at ?? this.#now) + ms
  }

  #until(at: number, order: number): Promise<void> {
    return new Promise((resolve) => {
      this.#due.push({ at, order, happen: resolve })
    })
  }

  /** Lets the next thing happen whenever the check has done all that it can do before. */
  async #passTime(isOver: () => boolean): Promise<void> {
    let idleSince = performance.now()
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (isOver()) return
      const next = this.#due.reduce<Due | undefined>(
        (first, one) => (first === undefined || isBefore(one, first) ? one : first),
        undefined,
      )
      if (next) {
        this.#due.splice(this.#due.indexOf(next), 1)
        this.#now = Math.max(this.#now, next.at)
        next.happen()
        idleSince = performance.now()
      } else if (performance.now() - idleSince > (this.#unheld === undefined ? STUCK_MS : UNHELD_MS)) {
        this.#strayed(
          new Inconclusive(this.#unheld ?? 'this check waits for something that is not in the transcript'),
        )
        return
      }
    }
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** Keys that are cut or bent on purpose cannot be told apart in a report, so their header only has to be there. */
function isSame(recorded: Request, asked: Request): boolean {
  return (
    recorded.key === asked.key &&
    recorded.method === asked.method &&
    recorded.path === asked.path &&
    recorded.headers.length === asked.headers.length &&
    recorded.headers.every(([name, value], index) => {
      const [askedName, askedValue] = asked.headers[index]!
      return name === askedName && (value === askedValue || name.toLowerCase() === 'authorization')
    }) &&
    isSameBody(recorded.body, asked.body)
  )
}

/** A listener of the suite itself has another port in each run. */
function isSameBody(recorded: Uint8Array = new Uint8Array(), asked: Uint8Array = new Uint8Array()): boolean {
  const one = Buffer.from(recorded)
  const other = Buffer.from(asked)
  return one.equals(other) || (one.includes(LOOPBACK) && withoutPorts(one) === withoutPorts(other))
}

const LOOPBACK = 'http://127.0.0.1:'

function withoutPorts(body: Buffer): string {
  return body.toString('latin1').replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, LOOPBACK)
}
