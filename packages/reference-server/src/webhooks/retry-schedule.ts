/** How long to wait after each failed attempt: about a day in all, less and less often. */
const PAUSES_SECONDS = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800]

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * When a delivery is tried again after so many attempts, in milliseconds from now, or undefined when it is given up.
 * `random`, from 0 up to 1, spreads what failed together; a receiver that asks for more time gets it, up to a day.
 */
export function retryDelayMs(
  attempts: number,
  { retryAfterMs = 0, random }: { retryAfterMs?: number | undefined; random: number },
): number | undefined {
  const pause = PAUSES_SECONDS[attempts - 1]
  if (pause === undefined) return undefined
  return Math.max(pause * 1000 * (0.8 + 0.4 * random), Math.min(retryAfterMs, DAY_MS))
}

/** What `Retry-After` asks for: seconds, or a date. */
export function parseRetryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now.getTime()
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0)
}
