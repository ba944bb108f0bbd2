import { configureConformance, type Defaults } from '@countersign/conformance'
import type { Command } from 'commander'
import { readKeysFile } from '../keys-file.ts'

/** `conformance` is the referee's own command line; in the folder of a demo it finds the address and the keys by itself. */
export function addConformance(program: Command): void {
  configureConformance(program.command('conformance'), findDefaults)
}

function findDefaults(): Defaults {
  return readKeysFile() ?? {}
}
