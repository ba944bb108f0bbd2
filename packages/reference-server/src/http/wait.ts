import type { Limits } from '@countersign/protocol'
import type { Exchange } from './exchange.ts'
import { queryInteger } from './query.ts'

export interface Wait {
  seconds: number
  headers: Record<string, string>
}

/** How long to hold the request: `?wait=N` wins over `Prefer: wait=N`, and both are cut to the limit. */
export function waitOf(exchange: Exchange, { wait_seconds }: Required<Limits>): Wait {
  const asked = queryInteger(exchange, 'wait', 0) ?? preferredWait(exchange.headers['prefer'])
  if (asked === undefined) return { seconds: 0, headers: {} }

  const seconds = Math.min(asked, wait_seconds)
  return { seconds, headers: { 'preference-applied': `wait=${seconds}` } }
}

/** A preference that cannot be understood is ignored, as RFC 7240 has it. */
function preferredWait(prefer: string | string[] | undefined): number | undefined {
  const preference = /(?:^|[,;])\s*wait\s*=\s*"?(\d+)"?\s*(?:$|[,;])/i.exec(String(prefer ?? ''))?.[1]
  return preference === undefined ? undefined : Number(preference)
}
