import { setTimeout as delay } from 'node:timers/promises'

/** The time of a run. A transcript is judged again under a clock of its own. */
export interface Clock {
  /** Milliseconds since 1970, with fractions: what came before what has to be told apart exactly. `reader` is the check that looks, if one does. */
  now(reader?: string): number
  sleep(ms: number): Promise<void>
}

export const systemClock: Clock = {
  // Monotonic, which the time of day is not.
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms) => {
    await delay(Math.max(0, ms))
  },
}
