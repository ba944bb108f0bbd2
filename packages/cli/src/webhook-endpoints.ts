import { ApiError } from '@countersign/client'
import { CommandError } from './exit.ts'

export interface Endpoint {
  webhook_endpoint_id: string
  url: string
  event_types?: string[]
  payload_style?: string
  state: string
  created_at: string
}

export interface Delivery {
  delivery_id: string
  event_id: string
  state: string
  attempts: { attempted_at: string; status_code: number | null }[]
  next_attempt_at: string | null
}

/** The webhook endpoints of a project, over HTTP and with a key that has the scope `admin`. */
export class WebhookEndpoints {
  readonly #server: { baseUrl: string; apiKey: string }

  constructor(server: { baseUrl: string; apiKey: string }) {
    this.#server = server
  }

  create(wish: {
    url: string
    event_types?: string[]
    payload_style?: string
  }): Promise<Endpoint & { secret: string }> {
    return this.#send('POST', '', wish)
  }

  list(): Promise<Endpoint[]> {
    return this.#listAll('')
  }

  delete(id: string): Promise<Endpoint> {
    return this.#send('DELETE', `/${encodeURIComponent(id)}`)
  }

  rotate(id: string): Promise<Endpoint & { secret: string }> {
    return this.#send('POST', `/${encodeURIComponent(id)}/rotate_secret`)
  }

  async deliveries(id: string, limit: number): Promise<Delivery[]> {
    const path = `/${encodeURIComponent(id)}/deliveries?limit=${limit}`
    return (await this.#send<{ items: Delivery[] }>('GET', path)).items
  }

  redeliver(id: string, delivery_id: string): Promise<Delivery> {
    const path = `/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(delivery_id)}/redeliver`
    return this.#send('POST', path)
  }

  async #listAll<Item>(path: string): Promise<Item[]> {
    const items: Item[] = []
    let query: string | undefined = ''
    while (query !== undefined) {
      const page: { items: Item[]; next_cursor: string | null } = await this.#send('GET', path + query)
      items.push(...page.items)
      query = page.next_cursor === null ? undefined : `?cursor=${encodeURIComponent(page.next_cursor)}`
    }
    return items
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { baseUrl, apiKey } = this.#server
    const response = await this.#fetch(`${baseUrl.replace(/\/+$/, '')}/v1/webhook_endpoints${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw new ApiError(response, answer)
    return answer as T
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init)
    } catch (error) {
      const { cause, message } = error as Error
      throw new CommandError(`${url} cannot be reached: ${cause instanceof Error ? cause.message : message}.`)
    }
  }
}
