import type { Server } from './server.ts'

/** What the server has acknowledged about one call. */
interface Known {
  path: string
  run_id: string
  /** The status of every answer that was acknowledged, as text. */
  decided: Set<string>
}

/** Creates and answers calls of both kinds, some by two people at once, and leaves some to the clock; remembers every acknowledgement. */
export class Calls {
  readonly #server: Server
  readonly #random: () => number
  readonly #known = new Map<string, Known>()
  #isOver = false
  acknowledged = 0

  constructor(server: Server, random: () => number) {
    this.#server = server
    this.#random = random
  }

  async run(lane: number): Promise<void> {
    for (let n = 0; !this.#isOver; n++) await this.#one(`call-${lane}-${n}`, `run-${lane % 4}`, n)
  }

  stop(): void {
    this.#isOver = true
  }

  async #one(call_id: string, run_id: string, n: number): Promise<void> {
    const isFunction = this.#random() < 0.5
    const isLeftToClock = this.#random() < 0.2
    const collection = isFunction ? '/v1/function_calls' : '/v1/human_contacts'
    const path = `${collection}/${call_id}`
    const asked = isFunction ? { fn: 'pay', kwargs: { n } } : { msg: `May I pay ${n}?` }
    const spec = { ...asked, state: { n }, ...(isLeftToClock ? { expires_in_seconds: 1 } : {}) }

    const created = await this.#server.insist('POST', collection, 'agent', { run_id, call_id, spec })
    if (created.status !== 201 && created.status !== 200) throw new Error(`${path}: ${created.status}`)
    this.acknowledged += 1
    const known: Known = { path, run_id, decided: new Set() }
    this.#known.set(path, known)
    if (isLeftToClock) return

    const answers = isFunction
      ? [{ approved: true }, { approved: false }]
      : [{ response: 'yes' }, { response: 'no' }]
    await Promise.all(
      answers.map(async (answer) => {
        const { status, body } = await this.#server.insist('POST', `${path}/respond`, 'responder', answer)
        if (status !== 200 && status !== 409) throw new Error(`${path}: ${status}`)
        this.acknowledged += status === 200 ? 1 : 0
        known.decided.add(JSON.stringify(status === 200 ? body.status : body.winning_status))
      }),
    )
  }

  /** What is wrong with what the server now has, call by call. */
  async faults(events: readonly ShownEvent[]): Promise<string[]> {
    const faults: string[] = []
    const completed = Map.groupBy(
      events.filter(({ type }) => type.endsWith('.completed')),
      ({ type, data }) =>
        `${type.startsWith('function') ? '/v1/function_calls' : '/v1/human_contacts'}/${data.call_id}`,
    )
    for (const { path, decided } of this.#known.values()) {
      const { status, body } = await this.#server.insist('GET', path, 'agent')
      if (status !== 200) {
        faults.push(`${path} was acknowledged and is gone: ${status}`)
        continue
      }
      if (decided.size > 1) faults.push(`${path} was acknowledged with different decisions`)
      for (const known of decided)
        if (known !== JSON.stringify(body.status)) faults.push(`${path} is not as it was acknowledged`)
      const { state, responses } = body.status as { state: string; responses: object[] }
      if (state === 'pending') faults.push(`${path} is pending, though it was answered or its time is up`)
      if (responses.length !== (state === 'expired' ? 0 : 1))
        faults.push(`${path} has ${responses.length} answers`)
      const times = completed.get(path)?.length ?? 0
      if (times !== 1) faults.push(`${path} has ${times} events completed`)
    }
    return faults
  }

  get count(): number {
    return this.#known.size
  }
}

export interface ShownEvent {
  id: string
  type: string
  created_at: string
  data: { run_id: string; call_id?: string; timer_id?: string }
}

/** The whole log. */
export async function readLog(server: Server): Promise<ShownEvent[]> {
  const events: ShownEvent[] = []
  for (let after = 'start'; ;) {
    const { body } = await server.insist('GET', `/v1/events?limit=100&after=${after}`, 'agent')
    events.push(...(body.items as ShownEvent[]))
    if (body.next_cursor === null) return events
    after = body.next_cursor as string
  }
}
