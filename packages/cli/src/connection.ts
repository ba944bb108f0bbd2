import { Countersign } from '@countersign/client'
import { Option, type Command } from 'commander'
import { CommandError, EXIT } from './exit.ts'
import { KEYS_FILE, readKeysFile } from './keys-file.ts'

/** The options of every command that talks to a server. */
export interface ConnectionFlags {
  url?: string
  key?: string
}

export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', `the server (default: COUNTERSIGN_URL, ${KEYS_FILE}, or ${DEFAULT_URL})`),
    )
    .addOption(
      new Option(
        '--key <key>',
        `the key (default: COUNTERSIGN_API_KEY, COUNTERSIGN_AGENT_KEY, _RESPONDER_KEY or _ADMIN_KEY, or the one in ${KEYS_FILE} for its server)`,
      ),
    )
}

/** A client for the server that the flags, the environment or the keys file name, in this order. */
export function connect(flags: ConnectionFlags, scope: 'agent' | 'responder'): Countersign {
  return new Countersign(credentialsOf(flags, scope))
}

type Scope = 'agent' | 'responder' | 'admin'

/** The server and the key to it, from the same places; the first of these scopes for which there is a key. */
export function credentialsOf(
  flags: ConnectionFlags,
  ...scopes: readonly [Scope, ...Scope[]]
): { baseUrl: string; apiKey: string } {
  const { env } = process
  const file = readKeysFile()
  const baseUrl = flags.url ?? env['COUNTERSIGN_URL'] ?? file?.url ?? DEFAULT_URL
  const server = addressOf(baseUrl)
  // A key is for one server, and no other shall see it.
  const isForFile = file !== undefined && addressOf(file.url) === server
  const named = scopes.map(
    (scope) => env[`COUNTERSIGN_${scope.toUpperCase()}_KEY`] ?? (isForFile ? file.keys[scope] : undefined),
  )
  const apiKey = flags.key ?? env['COUNTERSIGN_API_KEY'] ?? named.find((key) => key !== undefined)
  if (apiKey) return { baseUrl, apiKey }

  const why =
    file && !isForFile
      ? `The keys in ${KEYS_FILE} are for ${file.url}.`
      : `No ${KEYS_FILE} in this folder has one either; "countersign demo" writes it.`
  throw new CommandError(
    `A key with the scope ${scopes.join(' or ')} is needed: give --key or set COUNTERSIGN_API_KEY. (${why})`,
    EXIT.usage,
  )
}

/** Where a server is, however its address is written. */
function addressOf(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new CommandError(`"${text}" is no address of a server, such as ${DEFAULT_URL}.`, EXIT.usage)
  const hostname = ['localhost', '[::1]'].includes(url.hostname) ? '127.0.0.1' : url.hostname
  return `${url.protocol}//${hostname}:${url.port}${url.pathname.replace(/\/$/, '')}`
}

const DEFAULT_URL = 'http://127.0.0.1:4747'
