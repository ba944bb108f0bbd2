import type { Clock } from '../src/clock.ts'
import type { Run } from '../src/context.ts'
import type { Failure, Request, Response } from '../src/exchange.ts'
import { Keyring } from '../src/subject.ts'
import type { SendOptions, Transport } from '../src/transport.ts'
import { subject } from './transcripts.ts'

/** What a server in memory answers: a status, with JSON; or why there is no answer. */
export interface Answer {
  status?: number
  json?: unknown
  text?: string
  headers?: Response['headers']
  failure?: Failure['kind']
}

type Server = (request: Request, options: SendOptions) => Answer | Promise<Answer>

/** A transport to a function. */
export function memoryTransport(server: Server): Transport {
  return {
    async send(request, options) {
      const { status = 200, json, text, headers = [], failure } = await server(request, options)
      if (failure) return { failure: { kind: failure, message: `a ${failure}` } }
      const body = Buffer.from(text ?? (json === undefined ? '' : JSON.stringify(json)))
      return { response: { status, headers, body } }
    },
    close() {},
  }
}

/** A clock that goes on by one millisecond whenever somebody looks at it. */
export class CountingClock implements Clock {
  time = 1_000
  readonly slept: number[] = []

  now(): number {
    this.time += 1
    return this.time
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms)
  }
}

export function runWith(server: Server = () => ({}), more: Partial<Run> = {}): Run {
  return {
    subject,
    keyring: new Keyring(),
    transport: memoryTransport(server),
    clock: new CountingClock(),
    namespace: 'cf1',
    seed: 7,
    budgetMs: 9_000,
    process: undefined,
    exchanges: [],
    pauses: [],
    readings: [],
    ...more,
  }
}
