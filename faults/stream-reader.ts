import type { ShownEvent } from './calls.ts'
import { KEYS, type Server } from './server.ts'

/** Follows the stream through every crash and remembers what it saw, in the order in which it saw it. */
export class StreamReader {
  readonly seen: string[] = []
  readonly #server: Server
  readonly #run_id: string | undefined
  readonly #abort = new AbortController()
  resumed = 0

  /** Of one run, or of the whole project. */
  constructor(server: Server, run_id?: string) {
    this.#server = server
    this.#run_id = run_id
  }

  async run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#follow()
      } catch {
        // The server was killed, or is not back yet.
      }
      this.resumed += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  stop(): void {
    this.#abort.abort()
  }

  /** What it missed, saw twice or saw in another order than the log has it. */
  faults(log: readonly ShownEvent[]): string[] {
    const expected = log
      .filter(({ data }) => this.#run_id === undefined || data.run_id === this.#run_id)
      .map(({ id }) => id)
    const name = `the reader of ${this.#run_id ?? 'everything'}`
    const twice = this.seen.length - new Set(this.seen).size
    const missed = expected.filter((id) => !this.seen.includes(id)).length
    if (twice > 0) return [`${name} saw ${twice} events twice`]
    if (missed > 0) return [`${name} missed ${missed} events`]
    return this.seen.join() === expected.join() ? [] : [`${name} saw another order`]
  }

  async #follow(): Promise<void> {
    const query = this.#run_id === undefined ? '' : `?run_id=${this.#run_id}`
    const response = await fetch(`${this.#server.url}/v1/events${query}`, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${KEYS.agent}`,
        ...(this.seen.length > 0 ? { 'last-event-id': this.seen.at(-1)! } : {}),
      },
      signal: this.#abort.signal,
    })
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const id = /^id: (.*)$/m.exec(text.slice(0, end))?.[1]
        const hasData = /^data: /m.test(text.slice(0, end))
        text = text.slice(end + 2)
        if (id !== undefined && hasData) this.seen.push(id)
      }
    }
  }
}
