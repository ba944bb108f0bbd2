import { BlockList, isIP } from 'node:net'

/** Says which addresses webhooks may be sent to: public ones, and those on the list of the operator. */
export class AddressGuard {
  readonly #allowed: BlockList

  /** `allowed` holds CIDRs such as `10.1.0.0/16`. */
  constructor(allowed: readonly string[]) {
    this.#allowed = blockListOf(allowed)
  }

  allows(address: string): boolean {
    const family = isIP(address)
    if (family === 0) return false
    const type = family === 4 ? 'ipv4' : 'ipv6'
    return this.#allowed.check(address, type) || !REFUSED.check(address, type)
  }
}

/** Whether it is a network in CIDR notation. */
export function isCidr(text: string): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && !address.includes('%') && Number(bits) <= (family === 4 ? 32 : 128)
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string]
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

// https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry
const REFUSED = blockListOf([
  '0.0.0.0/8', // unspecified
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and where clouds keep their credentials
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocols
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
  '::/96', // unspecified, loopback, IPv4-compatible
  // IPv4-mapped addresses are not here: BlockList judges them by the IPv4 address inside.
  '64:ff9b::/96', // NAT64
  '64:ff9b:1::/48', // NAT64, local
  '100::/64', // discarded
  '2001::/23', // protocols, Teredo among them
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which carries an IPv4 address
  'fc00::/7', // unique-local
  'fe80::/10', // link-local
  'fec0::/10', // site-local
  'ff00::/8', // multicast
])
