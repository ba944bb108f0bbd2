import { describe, expect, test } from 'vitest'
import { AddressGuard, isCidr } from './address-guard.ts'

describe('the address guard', () => {
  test.each([
    '0.0.0.0',
    '10.255.255.255',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    'example.com',
    '',
  ])('refuses %s', (address) => {
    expect(new AddressGuard([]).allows(address)).toBe(false)
  })

  test.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    'allows %s',
    (address) => {
      expect(new AddressGuard([]).allows(address)).toBe(true)
    },
  )

  test('allows what the operator lists, and nothing beside it', () => {
    const guard = new AddressGuard(['10.1.0.0/16', 'fd00::/8'])

    expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'].map((each) => guard.allows(each))).toEqual([
      true,
      true,
      true,
    ])
    expect(['10.2.0.1', '127.0.0.1', 'fc00::1'].map((each) => guard.allows(each))).toEqual([
      false,
      false,
      false,
    ])
  })

  test('knows a network when it sees one', () => {
    expect(['10.0.0.0/8', '::1/128', '0.0.0.0/0'].map(isCidr)).toEqual([true, true, true])
    expect(
      ['10.0.0.0', '10.0.0.0/33', '::1/129', 'a/8', 'fe80::%eth0/10', '10.0.0.0/-1'].map(isCidr),
    ).not.toContain(true)
  })
})
