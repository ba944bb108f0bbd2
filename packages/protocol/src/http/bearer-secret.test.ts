import { expect, test } from 'vitest'
import { bearerSecret } from './bearer-secret.ts'

test.each([
  ['Bearer cs_1', 'cs_1'],
  ['bearer   cs_1 ', 'cs_1'],
  ['Bearer cs_1, Bearer cs_2', undefined],
  ['Bearer', undefined],
  ['Basic cs_1', undefined],
  ['', undefined],
  [null, undefined],
])('the secret in %j is %j', (authorization, secret) => {
  expect(bearerSecret(authorization)).toBe(secret)
})
