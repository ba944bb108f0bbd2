import { describe, expect, test } from 'vitest'
import { NO_DIRECTORIES } from '../src/routing/configuration.ts'
import { readSettings, settingDefinitions, SettingError } from '../src/settings.ts'

const nothing = {}
const inFile = (members: Record<string, unknown>) => ({ path: 'countersign.config.json', members })
const noFile = inFile({})

describe('the settings', () => {
  test('have values when nothing is said', () => {
    expect(readSettings(nothing, nothing, noFile)).toEqual({
      port: 4747,
      host: '127.0.0.1',
      db: './countersign.db',
      log_level: 'info',
      body_bytes: 2_097_152,
      wait_seconds: 60,
      heartbeat_seconds: 15,
      humanlayer_pending_page: false,
      webhook_allow: [],
      directories: NO_DIRECTORIES,
    })
  })

  test('come from flags before the environment, and from there before the file', () => {
    const flags = { port: '1' }
    const env = { COUNTERSIGN_PORT: '2', COUNTERSIGN_HOST: '::1', COUNTERSIGN_DB: '' }
    const file = { port: 3, host: 'file', db: 'file.db', humanlayer_pending_page: true }

    expect(readSettings(flags, env, inFile(file))).toMatchObject({
      port: 1,
      host: '::1',
      db: 'file.db',
      humanlayer_pending_page: true,
    })
  })

  test.each<[name: string, value: unknown]>([
    ['port', '-1'],
    ['port', '65536'],
    ['port', '0x10'],
    ['port', '1e3'],
    ['port', ' 80'],
    ['port', 'http'],
    ['port', ''],
    ['port', 1.5],
    ['port', true],
    ['host', ''],
    ['db', ''],
    ['db', 1],
    ['log_level', 'loud'],
    ['log_level', 'toString'],
    ['body_bytes', '1023'],
    ['body_bytes', '67108865'],
    ['wait_seconds', '0'],
    ['wait_seconds', '3601'],
    ['humanlayer_pending_page', 'yes'],
    ['humanlayer_pending_page', 1],
    ['webhook_allow', '10.0.0.1'],
    ['webhook_allow', '10.0.0.0/33'],
    ['webhook_allow', '10.0.0.0/8,localhost/8'],
    ['webhook_allow', 10],
  ])('refuse %s: %j by name, wherever it stands', (name, value) => {
    const flag = `--${name.replaceAll('_', '-')}`

    expect(() => readSettings({ [name]: value }, nothing, noFile)).toThrow(SettingError)
    expect(() => readSettings({ [name]: value }, nothing, noFile)).toThrow(flag)
    expect(() => readSettings(nothing, nothing, inFile({ [name]: value }))).toThrow(
      `countersign.config.json: ${name}`,
    )
    if (typeof value === 'string' && value !== '')
      expect(() => readSettings(nothing, { [`COUNTERSIGN_${name.toUpperCase()}`]: value }, noFile)).toThrow(
        `COUNTERSIGN_${name.toUpperCase()}`,
      )
  })

  test.each(['prot', 'toString', 'constructor', '__proto__', 'Port'])(
    'refuse the unknown one %s in the file',
    (name) => {
      const file = JSON.parse(`{"${name}":1}`) as object

      expect(() => readSettings(nothing, nothing, inFile(file as Record<string, unknown>))).toThrow(
        `there is no setting "${name}"`,
      )
    },
  )

  test('take the ends of every range', () => {
    const env = {
      COUNTERSIGN_PORT: '65535',
      COUNTERSIGN_BODY_BYTES: '1024',
      COUNTERSIGN_WAIT_SECONDS: '3600',
    }

    expect(readSettings({ port: 0 }, env, noFile)).toMatchObject({
      port: 0,
      body_bytes: 1024,
      wait_seconds: 3600,
    })
  })

  test('are all described', () => {
    for (const { description } of Object.values(settingDefinitions)) expect(description).not.toBe('')
  })
})
