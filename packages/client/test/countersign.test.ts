import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import { ConfigurationError } from '../src/errors.ts'
import { fakeFetch, json } from './fake-server.ts'

describe('the configuration', () => {
  beforeEach(() => {
    vi.stubEnv('COUNTERSIGN_URL', '')
    vi.stubEnv('COUNTERSIGN_API_KEY', '')
  })
  afterEach(() => void vi.unstubAllEnvs())

  test('comes from the environment when no option says otherwise', async () => {
    vi.stubEnv('COUNTERSIGN_URL', 'https://env.example')
    vi.stubEnv('COUNTERSIGN_API_KEY', 'sk_env')
    const { fetch, requests } = fakeFetch(() => json({}))

    await new Countersign({ fetch, apiKey: 'sk_option' }).project()

    expect(requests[0]!.headers.get('authorization')).toBe('Bearer sk_option')
  })

  test('without a key names the key', () => {
    expect(() => new Countersign({ baseUrl: 'https://server.example' })).toThrow(ConfigurationError)
    expect(() => new Countersign({ baseUrl: 'https://server.example' })).toThrow('COUNTERSIGN_API_KEY')
  })

  test('without a base URL names the base URL', () => {
    expect(() => new Countersign({ apiKey: 'sk_1' })).toThrow(ConfigurationError)
    expect(() => new Countersign({ apiKey: 'sk_1' })).toThrow('COUNTERSIGN_URL')
  })

  test.each([
    'server.example',
    'ftp://server.example',
    'https://user:word@server.example',
    'https://a.example/?b',
  ])('refuses the base URL %s', (baseUrl) => {
    expect(() => new Countersign({ baseUrl, apiKey: 'sk_1' })).toThrow(ConfigurationError)
  })

  test('refuses a key with a line break and does not repeat it', () => {
    let error: unknown
    try {
      void new Countersign({ baseUrl: 'https://server.example', apiKey: 'sk_secret\n' })
    } catch (caught) {
      error = caught
    }

    expect(error).toBeInstanceOf(ConfigurationError)
    expect(String(error)).not.toContain('sk_secret')
  })

  test('without both leaves nothing that needs a server', async () => {
    const client = new Countersign()

    expect(() => client.functionCalls).toThrow(ConfigurationError)
    expect(() => client.humanContacts).toThrow(ConfigurationError)
    await expect(client.project()).rejects.toThrow(ConfigurationError)
    await expect(client.discovery()).rejects.toThrow(ConfigurationError)
  })

  test('names a run anew for each client', () => {
    expect(new Countersign().runId).not.toBe(new Countersign().runId)
    expect(new Countersign({ runId: 'run_mine' }).runId).toBe('run_mine')
  })
})
