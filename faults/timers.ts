import { type ShownEvent } from './calls.ts'
import type { Server } from './server.ts'

/** Sets timers that are due within two seconds, some of them before the server is back. */
export class Timers {
  readonly #server: Server
  readonly #random: () => number
  readonly #due = new Map<string, number>()
  #isOver = false

  constructor(server: Server, random: () => number) {
    this.#server = server
    this.#random = random
  }

  async run(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const timer_id = `timer-${n}`
      const wake_at = new Date(Date.now() + this.#random() * 2_000)
      const spec = { wake_at: wake_at.toISOString(), state: { n } }
      const timer = { run_id: 'run-timers', timer_id, spec }
      const { status } = await this.#server.insist('POST', '/v1/timers', 'agent', timer)
      if (status !== 201 && status !== 200) throw new Error(`${timer_id}: ${status}`)
      this.#due.set(timer_id, wake_at.getTime())
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  stop(): void {
    this.#isOver = true
  }

  get count(): number {
    return this.#due.size
  }

  /** Timers that fired early, not at all, or more than once. */
  faults(log: readonly ShownEvent[]): string[] {
    const fired = Map.groupBy(
      log.filter(({ type }) => type === 'timer.fired'),
      ({ data }) => data.timer_id ?? '',
    )
    return [...this.#due].flatMap(([timer_id, at]) => {
      const events = fired.get(timer_id) ?? []
      if (events.length !== 1) return [`${timer_id} fired ${events.length} times`]
      return Date.parse(events[0]!.created_at) < at ? [`${timer_id} fired before its time`] : []
    })
  }
}
