import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { AddressGuard } from './address-guard.ts'

/** Why nothing may be sent to this address, or undefined. A name that does not resolve now may do so later. */
export async function urlFault(text: string, guard: AddressGuard): Promise<string | undefined> {
  if (!URL.canParse(text)) return 'This is not an absolute URL.'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'The URL has to be http or https.'
  if (url.username !== '' || url.password !== '') return 'The URL must not carry a user name or password.'

  const host = hostOf(url)
  const addresses = isIP(host) ? [host] : await addressesOf(host)
  if (addresses.every((address) => guard.allows(address))) return undefined
  return 'The URL leads to an address that is not public, and that the operator has not allowed.'
}

/** The host without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}
