import { describe, expect, test } from 'vitest'
import { checkId, newId } from '../src/ids.ts'

describe('ids', () => {
  test('sort by the order in which they were made', () => {
    const ids = Array.from({ length: 10_000 }, () => newId('call'))

    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('match the alphabet of the protocol', () => {
    expect(checkId(newId('call'), 'call_id')).toMatch(/^call_[0-9a-f]{32}$/)
  })

  test.each(['', '..', 'a/b', 'a b', '-a', 'x'.repeat(129)])('%j is refused', (id) => {
    expect(() => checkId(id, 'call_id')).toThrow(TypeError)
  })
})
