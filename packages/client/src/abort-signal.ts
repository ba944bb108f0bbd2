/** Runs work under a signal of its own, which `abort` or the outer signal aborts. Rejects promptly even if the work ignores it. */
export async function abortable<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, abort: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted()
  const controller = new AbortController()
  const { signal } = controller
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  const follow = () => controller.abort(outer?.reason)
  outer?.addEventListener('abort', follow, { once: true })
  try {
    return await Promise.race([work(signal, (reason) => controller.abort(reason)), aborted])
  } finally {
    // A signal may outlive thousands of requests, so no listener stays behind on it.
    outer?.removeEventListener('abort', follow)
  }
}

/** Resolves after the time, or rejects with the reason of the signal. */
export async function pause(ms: number, outer: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await abortable(outer, async () => {
      await new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER_MS))))
    })
  } finally {
    clearTimeout(timer)
  }
}

/** A longer timer fires at once (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1
