import { lookup as resolve } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { parseRetryAfterMs } from './retry-schedule.ts'
import type { AddressGuard } from './address-guard.ts'
import { hostOf } from './receiver-url.ts'

/** What came of one attempt. */
export interface PostOutcome {
  /** Null when there was no answer. */
  status_code: number | null
  retryAfterMs?: number | undefined
}

interface Post {
  url: string
  headers: Record<string, string>
  body: string
}

interface Bounds {
  guard: AddressGuard
  timeoutMs: number
  signal?: AbortSignal
}

/**
 * Sends one request to an address that somebody has registered. It connects to the very address that was checked, follows
 * no redirect, and resolves with the status: of what a receiver says beyond it a little is taken, and then the line is cut.
 */
export function guardedPost(
  { url: text, headers, body }: Post,
  { guard, timeoutMs, signal }: Bounds,
): Promise<PostOutcome> {
  return new Promise((settle) => {
    const url = new URL(text)
    const host = hostOf(url)
    // Names go through the lookup below; what is an address already does not.
    if (isIP(host) && !guard.allows(host)) return settle({ status_code: null })

    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      lookup: guardedLookup(guard),
      // A connection of its own, so that none is used again for a name that now leads elsewhere.
      agent: false,
      ...(signal && { signal }),
    })
    const cut = () => request.destroy()
    let impatience = setTimeout(cut, timeoutMs)
    request.on('response', (response) => {
      const { statusCode = 0, headers: received } = response
      settle({
        status_code: statusCode,
        retryAfterMs: parseRetryAfterMs(received['retry-after'], new Date()),
      })
      clearTimeout(impatience)
      impatience = setTimeout(cut, REST_MS)
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > REST_BYTES) cut()
      })
      response.on('error', cut)
    })
    request.on('upgrade', (_response, socket) => {
      settle({ status_code: 101 })
      socket.destroy()
    })
    request.on('error', cut)
    request.on('close', () => {
      clearTimeout(impatience)
      settle({ status_code: null })
    })
    request.end(body)
  })
}

// Receivers that say "ok" can finish their sentence.
const REST_BYTES = 8_192
const REST_MS = 2_000

/** Refuses a name when any of its addresses is not allowed, and hands on exactly those that were looked at. */
function guardedLookup(guard: AddressGuard): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      if (addresses.length === 0 || !addresses.every(({ address }) => guard.allows(address)))
        return callback(new Error(`${hostname} leads to an address that is not allowed.`), [])
      if (options.all) return callback(null, addresses)
      const [first] = addresses
      return callback(null, first!.address, first!.family)
    })
  }
}
