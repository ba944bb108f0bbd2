import { describe, expect, test } from 'vitest'
import type { Limits } from '../schemas/discovery.ts'
import { parseWait } from './wait.ts'

const limits = { wait_seconds: 60 } as Required<Limits>

describe('a wait', () => {
  test.each([
    ['', undefined, 0, undefined],
    ['wait=5', undefined, 5, 'wait=5'],
    ['wait=0', 'wait=9', 0, 'wait=0'],
    ['wait=61', undefined, 60, 'wait=60'],
    ['wait=99999999999999999999', undefined, 60, 'wait=60'],
    ['', 'wait=9', 9, 'wait=9'],
    ['', 'respond-async, WAIT = "9"; x=y', 9, 'wait=9'],
    ['', 'wait=soon', 0, undefined],
    ['', 'await=9', 0, undefined],
    ['', 'wait', 0, undefined],
    ['', 'wait="9', 0, undefined],
    ['', 'wait=9; x=","', 9, 'wait=9'],
    ['', 'foo; wait=5', 0, undefined],
    ['', 'foo="x, wait=5", wait=9', 9, 'wait=9'],
    ['', String.raw`foo="\", wait=5", wait=9`, 9, 'wait=9'],
    ['', 'wait=9, wait=5', 9, 'wait=9'],
    ['', 'wait=soon, wait=5', 0, undefined],
  ])('of %j in the query and %j in Prefer is %i s', (query, prefer, seconds, applied) => {
    const headers = applied === undefined ? {} : { 'preference-applied': applied }

    expect(parseWait(new URLSearchParams(query), prefer, limits)).toEqual({
      ok: true,
      value: { seconds, headers },
    })
  })

  test.each(['wait=-1', 'wait=1.5', 'wait=', 'wait=1&wait=1', 'wait=1%00'])(
    'of %s in the query is refused',
    (query) => {
      expect(parseWait(new URLSearchParams(query), 'wait=9', limits)).toMatchObject({
        ok: false,
        refusal: { code: 'invalid_parameter', errors: [{ in: 'query', pointer: '/wait' }] },
      })
    },
  )
})
