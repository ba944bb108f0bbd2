import type { Budget } from './schemas.ts'

/** An amount of money: decimal text and the ISO 4217 code of its currency. */
export type Money = Budget

/** Exactly, in units of the last digit that an amount can have. Throws a TypeError for what is no amount. */
export function unitsOf(cost: string, name: string): bigint {
  if (typeof cost !== 'string' || !AMOUNT.test(cost))
    throw new TypeError(
      `${name} has to be a decimal amount as text, such as "0.25", not ${JSON.stringify(cost)}.`,
    )
  const [whole = '', fraction = ''] = cost.split('.')
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'))
}

/** Those units as decimal text, without needless zeros. */
export function amountOf(units: bigint): string {
  const digits = units.toString().padStart(FRACTION_DIGITS + 1, '0')
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '')
  return digits.slice(0, -FRACTION_DIGITS) + (fraction === '' ? '' : `.${fraction}`)
}

const FRACTION_DIGITS = 12
// The sums of a server can have more digits before the point than one report.
const AMOUNT = /^\d+(\.\d{1,12})?$/
