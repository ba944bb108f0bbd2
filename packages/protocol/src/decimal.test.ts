import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sumOf } from './decimal.ts'

const AMOUNT = /^\d{1,18}(\.\d{1,12})?$/
const anAmount = fc.stringMatching(AMOUNT)

describe('a sum of decimals', () => {
  test.each([
    [[], '0'],
    [['0'], '0'],
    [['0.000000000000'], '0'],
    [['007.50'], '7.5'],
    [['0.1', '0.2'], '0.3'],
    [['0.50', '0.50'], '1'],
    [['10'], '10'],
    [['0.000000000001', '0.000000000001'], '0.000000000002'],
    [['0.999999999999', '0.000000000001'], '1'],
    [['1', '0.01', '0.0001'], '1.0101'],
    [['9007199254740993', '0.1'], '9007199254740993.1'],
    [['999999999999999999', '1'], '1000000000000000000'],
    [Array.from({ length: 10 }, () => '0.1'), '1'],
  ])('of %j is %s', (amounts, sum) => {
    expect(sumOf(amounts)).toBe(sum)
  })

  test('is that of the integers when every amount is one', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n })), (amounts) => {
        expect(sumOf(amounts.map(String))).toBe(String(amounts.reduce((sum, amount) => sum + amount, 0n)))
      }),
    )
  })

  test('does not depend on the order, nor on how the amounts are grouped', () => {
    fc.assert(
      fc.property(fc.array(anAmount), fc.array(anAmount), (some, others) => {
        expect(sumOf([sumOf(some), sumOf(others)])).toBe(sumOf([...others, ...some]))
      }),
    )
  })

  test('of one amount is the amount without needless zeros', () => {
    fc.assert(
      fc.property(anAmount, (amount) => {
        const [whole, fraction = ''] = amount.split('.')
        const short = fraction.replace(/0*$/, '')
        expect(sumOf([amount])).toBe(`${BigInt(whole!)}${short && `.${short}`}`)
      }),
    )
  })
})
