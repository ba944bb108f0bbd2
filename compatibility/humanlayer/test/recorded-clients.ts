import { send, type Answer } from './wire.ts'

// Clients that cannot be installed here, replayed by the `wire-*` tests. The rules that the titles there name are what
// every published client of HumanLayer API v1 needs of a server:
// 1 creates answer 200, 2 ids are echoed, 3 and 4 pending shapes, 5 denials have a comment, 6 answers have a text,
// 7 everything is JSON, 8 times have an offset, 9 no unknown members, 10 no bot token, 11 no empty responder list,
// 12 nulls and unknown members are taken, 13 aliases and slashes, 14 large bodies, 15 duplicate ids, 16 steady polls.

/** A client that cannot be installed here, reduced to the bytes that it sends. */
export interface RecordedClient {
  get(path: string): Promise<Answer>
  post(path: string, body: string): Promise<Answer>
}

/** The synchronous Python SDK: `requests`, and a content type on everything. */
export function pythonRequests(apiBase: string, key: string): RecordedClient {
  return client(apiBase, {
    'User-Agent': 'python-requests/2.32.3',
    'Accept-Encoding': 'gzip, deflate',
    Accept: '*/*',
    Connection: 'keep-alive',
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/json',
  })
}

/** The asynchronous Python SDK. */
export function pythonAiohttp(apiBase: string, key: string): RecordedClient {
  return client(apiBase, {
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/json',
    Accept: '*/*',
    'Accept-Encoding': 'gzip, deflate',
    'User-Agent': 'Python/3.12 aiohttp/3.11.11',
  })
}

/** `humanlayer-go`, the client of the daemon and of the terminal. */
export function humanLayerGo(apiBase: string, key: string): RecordedClient {
  return client(apiBase, {
    'User-Agent': 'Go-http-client/1.1',
    Accept: 'application/json',
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/json',
    'Accept-Encoding': 'gzip',
  })
}

/** The client that agentcontrolplane generates; its base is the bare server, and it adds `/humanlayer/v1` itself. */
export function agentControlPlane(serverUrl: string, key: string): RecordedClient {
  return client(`${serverUrl}/humanlayer/v1`, {
    'User-Agent': 'OpenAPI-Generator/1.0.0/go',
    Accept: 'application/json',
    authorization: `Bearer ${key}`,
    'Content-Type': 'application/json',
    'Accept-Encoding': 'gzip',
  })
}

/** `curl -H 'Authorization: Bearer …' -d …`, whose content type is the one of forms. */
export function curl(apiBase: string, key: string): RecordedClient {
  return client(apiBase, {
    'User-Agent': 'curl/8.7.1',
    Accept: '*/*',
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  })
}

function client(base: string, headers: Record<string, string>): RecordedClient {
  const { origin } = new URL(base)
  // Base and path are glued together as they are: a base that ends in a slash makes two of them.
  const pathOf = (path: string) => `${base.slice(origin.length)}${path}`
  return {
    get: (path) => send(origin, { method: 'GET', path: pathOf(path), headers }),
    post: (path, body) =>
      send(origin, {
        method: 'POST',
        path: pathOf(path),
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
        body,
      }),
  }
}
