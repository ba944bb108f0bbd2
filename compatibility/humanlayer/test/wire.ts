import { once } from 'node:events'
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answer {
  status: number
  /** The body, which every client parses before it looks at the status. */
  body: unknown
  text: string
}

/**
 * Sends exactly these bytes under exactly this path, as no HTTP client with opinions would. An answer that is not
 * `application/json` throws, because it does in Python and in the generated Go client, whatever its status.
 */
export async function send(
  url: string,
  {
    method,
    path,
    headers,
    body,
  }: { method: string; path: string; headers: OutgoingHttpHeaders; body?: string },
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const request = httpRequest({ hostname, port, method, path, headers, agent: false })
  request.end(body)
  const [response] = await once(request, 'response')
  const answer: string = await text(response)

  const type = String(response.headers['content-type'])
  if (!/^application\/json(;|$)/.test(type))
    throw new Error(
      `${method} ${path} ${response.statusCode} is ${type}, which clients do not decode: ${answer}`,
    )
  return { status: response.statusCode, body: JSON.parse(answer) as unknown, text: answer }
}
