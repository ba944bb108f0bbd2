import { describe, expect, test } from 'vitest'
import { parseRetryAfterMs, retryDelayMs } from './retry-schedule.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const HOUR_MS = 3_600_000

describe('the schedule of retries', () => {
  test('grows over about a day, and then gives up', () => {
    const delays = Array.from({ length: 10 }, (_, index) => retryDelayMs(index + 1, { random: 0.5 })!)

    expect(delays).toEqual(delays.toSorted((one, other) => one - other))
    const total = delays.reduce((sum, delay) => sum + delay, 0)
    expect([delays[0], total > 22 * HOUR_MS, total < 26 * HOUR_MS]).toEqual([5_000, true, true])
    expect(retryDelayMs(11, { random: 0.5 })).toBeUndefined()
  })

  test('spreads what failed together', () => {
    expect([0, 0.999].map((random) => Math.round(retryDelayMs(1, { random })! / 100))).toEqual([40, 60])
  })

  test('respects what the receiver asks for, a day at the most', () => {
    const delays = [1_000, 60_000, 1e12].map((retryAfterMs) => retryDelayMs(1, { retryAfterMs, random: 0.5 }))

    expect(delays).toEqual([5_000, 60_000, 24 * HOUR_MS])
  })

  test.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads Retry-After: %s', (header, ms) => {
    expect(parseRetryAfterMs(header, NOW)).toBe(ms)
  })
})
