import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coreId, shownId } from './call-id.ts'

describe('an id of a HumanLayer client', () => {
  test.each([
    ['call-1a2b3c4d', 'call-1a2b3c4d'],
    ['call_AbC.9~:@+=-', 'call_AbC.9~:@+=-'],
    ['Research Agent', 'Research~20Agent'],
    ['Büro', 'B~C3~BCro'],
    ['-aZ_', '0~~2DaZ_'],
    ['a~20b', 'a~7E20b'],
  ])('%s is %s in the core', (id, expected) => {
    expect(coreId(id)).toBe(expected)
    expect(shownId(expected)).toBe(id)
  })

  test('comes back as it was sent, whatever it is', () => {
    // Made of the characters that matter to the writing, so that collisions are likely to be met.
    const id = fc.string({
      unit: fc.constantFrom('~', '0', '2', 'A', 'E', ' ', '-', 'é', '🪙'),
      minLength: 1,
    })

    fc.assert(
      fc.property(fc.oneof(id, fc.string({ unit: 'binary', minLength: 1 })), (text) => {
        expect(coreId(text)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._~:@+=-]*$/)
        expect(shownId(coreId(text))).toBe(text)
      }),
    )
  })

  test.each(['a~41', 'a~FFb', '0~~41'])('is not read into the native id %s', (id) => {
    expect(shownId(id)).toBe(id)
  })
})
