import type { Limits } from '../schemas/discovery.ts'
import { queryInteger, type Query } from './query.ts'
import type { Parsed } from './refusals.ts'

/** For how long a request is held, and the headers that say so. */
export interface Wait {
  seconds: number
  headers: Record<string, string>
}

/** How long to hold the request: `?wait=N` wins over `Prefer: wait=N`, and both are cut to the limit. */
export function parseWait(
  query: Query,
  prefer: string | null | undefined,
  { wait_seconds }: Pick<Required<Limits>, 'wait_seconds'>,
): Parsed<Wait> {
  const inQuery = queryInteger(query, 'wait', 0)
  if (!inQuery.ok) return inQuery
  const asked = inQuery.value ?? preferredWait(prefer ?? '')
  if (asked === undefined) return { ok: true, value: { seconds: 0, headers: {} } }

  const seconds = Math.min(asked, wait_seconds)
  return { ok: true, value: { seconds, headers: { 'preference-applied': `wait=${seconds}` } } }
}

/**
 * The wait that is preferred: of several the first counts, and one that cannot be understood is ignored, as RFC 7240
 * has it.
 */
function preferredWait(prefer: string): number | undefined {
  // A comma in a quoted text ends no preference, and what follows a semicolon is a parameter of the preference before it.
  const preferences = prefer.match(/(?:"(?:[^"\\]|\\.)*"?|[^",])+/g) ?? []
  const wait = preferences.find((preference) => /^\s*wait\s*(?:[=;]|$)/i.test(preference))
  const seconds = /^[^=]*=\s*("?)(\d+)\1\s*(?:;|$)/.exec(wait ?? '')?.[2]
  return seconds === undefined ? undefined : Number(seconds)
}
