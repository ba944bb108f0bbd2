import { parseExact } from '@countersign/client'
import { InvalidArgumentError } from 'commander'

/** For an option that may be given several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 31_536_000)
    throw new InvalidArgumentError('A whole number of seconds from 1 up is needed.')
  return seconds
}

export function parseLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1)
    throw new InvalidArgumentError('A whole number from 1 up is needed.')
  return limit
}

/** JSON, with every digit of its integers kept. */
export function parseJsonFlag(text: string): unknown {
  try {
    return parseExact(text)
  } catch (error) {
    throw new InvalidArgumentError(`This is not JSON: ${(error as Error).message}.`)
  }
}
