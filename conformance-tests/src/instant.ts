/** RFC 3339 in UTC, ending in `Z`: with any number of digits behind the second, in the calendar, leap seconds included. */
export function isInstant(value: unknown): value is string {
  const parts = typeof value === 'string' ? PATTERN.exec(value) : null
  if (!parts) return false
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
  return isDay && hour < 24 && minute < 60 && (second < 60 || (second === 60 && minute === 59))
}

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?Z$/

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** Between which milliseconds since 1970 an instant lies that may have been cut or rounded to its last digit. */
export function spanOf(instant: string): { earliest: number; latest: number } {
  const digits = /\.(\d+)/.exec(instant)?.[1]?.length ?? 0
  const unit = 1_000 / 10 ** Math.min(digits, 3)
  const at = Date.parse(instant)
  return { earliest: at - unit, latest: at + unit }
}
