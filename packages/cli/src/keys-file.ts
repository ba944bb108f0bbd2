import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { FirstKeys } from '@countersign/server'
import { CommandError } from './exit.ts'

/** Where `demo` puts the keys of its server, so that the other commands find them in the same folder. */
export const KEYS_FILE = './countersign.keys.json'

export interface KeysFile {
  url: string
  keys: FirstKeys
}

export function readKeysFile(): KeysFile | undefined {
  if (!existsSync(KEYS_FILE)) return undefined
  try {
    const value = JSON.parse(readFileSync(KEYS_FILE, 'utf8')) as Partial<KeysFile>
    if (typeof value.url === 'string' && typeof value.keys === 'object') return value as KeysFile
  } catch {
    // Falls through to the one clear line.
  }
  throw new CommandError(`${KEYS_FILE} is not a keys file: it needs "url" and "keys". Mend it or delete it.`)
}

/** Readable by its owner alone: whoever holds these keys can ask and answer. */
export function writeKeysFile(file: KeysFile): void {
  writeFileSync(KEYS_FILE, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
}
