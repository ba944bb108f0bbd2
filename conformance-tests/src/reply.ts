import type { Exchange, Response } from './exchange.ts'

/** A response as checks read it. */
export class Reply {
  readonly exchange: Exchange
  readonly #response: Response
  #json: { value: unknown } | undefined

  constructor(exchange: Exchange, response: Response) {
    this.exchange = exchange
    this.#response = response
  }

  get status(): number {
    return this.#response.status
  }

  /** Every header of this name, joined as HTTP allows. */
  header(name: string): string | undefined {
    return headerOf(this.#response, name)
  }

  get bytes(): Uint8Array {
    return this.#response.body
  }

  get text(): string {
    return Buffer.from(this.#response.body).toString('utf8')
  }

  /** The body as JSON, with numbers as JavaScript has them; undefined when it is no JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- checks look into whatever came
  get json(): any {
    this.#json ??= { value: parseJson(this.text) }
    return this.#json.value
  }

  /** The `code` of a problem, or undefined. */
  get code(): string | undefined {
    const code: unknown = this.json?.code
    return typeof code === 'string' ? code : undefined
  }
}

export function headerOf({ headers }: Response, name: string): string | undefined {
  const values = headers.filter(([other]) => other === name.toLowerCase()).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
