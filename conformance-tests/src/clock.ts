import { setTimeout as delay } from 'node:timers/promises'

/** The time of a run. A transcript is judged again under a clock of its own. */
export interface Clock {
  /** Milliseconds since 1970; `reader` is the check that looks, when one does. */
  now(reader?: string): number
  sleep(ms: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await delay(ms)
  },
}
