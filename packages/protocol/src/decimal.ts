/**
 * The exact sum of amounts, which are decimal text with up to twelve digits after the point. It is written in the
 * shortest way: no needless zero stands at either end.
 */
export function sumOf(amounts: readonly string[]): string {
  return write(amounts.reduce((sum, amount) => sum + scaled(amount), 0n))
}

const FRACTION_DIGITS = 12

/** In units of the last digit that an amount can have. */
function scaled(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.')
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'))
}

function write(sum: bigint): string {
  const digits = sum.toString().padStart(FRACTION_DIGITS + 1, '0')
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '')
  return digits.slice(0, -FRACTION_DIGITS) + (fraction === '' ? '' : `.${fraction}`)
}
