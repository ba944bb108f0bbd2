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
      new Option('--key <key>', `the key (default: COUNTERSIGN_API_KEY, or the one in ${KEYS_FILE})`),
    )
}

/** A client for the server that the flags, the environment or the keys file name, in this order. */
export function connect(flags: ConnectionFlags, scope: 'agent' | 'responder'): Countersign {
  return new Countersign(credentialsOf(flags, scope))
}

/** The server and the key to it, from the same places. */
export function credentialsOf(
  flags: ConnectionFlags,
  scope: 'agent' | 'responder' | 'admin',
): { baseUrl: string; apiKey: string } {
  const { env } = process
  const file = readKeysFile()
  const apiKey =
    flags.key ??
    env['COUNTERSIGN_API_KEY'] ??
    env[`COUNTERSIGN_${scope.toUpperCase()}_KEY`] ??
    file?.keys[scope]
  if (!apiKey)
    throw new CommandError(
      `A key with the scope ${scope} is needed: give --key or set COUNTERSIGN_API_KEY. ` +
        `(No ${KEYS_FILE} in this folder has one either; "countersign demo" writes it.)`,
      EXIT.usage,
    )
  return { baseUrl: flags.url ?? env['COUNTERSIGN_URL'] ?? file?.url ?? DEFAULT_URL, apiKey }
}

const DEFAULT_URL = 'http://127.0.0.1:4747'
