import { Countersign } from '@countersign/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEYS, runCli, ServerProcess } from './server-process.ts'

let server: ServerProcess
let env: Record<string, string>
beforeAll(async () => {
  server = await ServerProcess.start()
  env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_RESPONDER_KEY: KEYS.responder }
})
afterAll(() => server.stop())

const agentOf = (runId: string, parentRunId?: string) =>
  new Countersign({ baseUrl: server.url, apiKey: KEYS.agent, runId, parentRunId })
const USD = (cost: string) => ({ cost, currency: 'USD' })
const usage = (cost: string) => ({ model: 'large', input_tokens: 100, output_tokens: 20, ...USD(cost) })

describe('runs', () => {
  test('are listed with what they spent, and one is shown with all below it', async () => {
    const [root, child] = [agentOf('root'), agentOf('child', 'root')]
    await root.runs.create({ budget: USD('5.00') })
    await child.functionCalls.create({ call_id: 'look-up', spec: { fn: 'look_up', kwargs: {} } })
    await child.runs.reportUsage(usage('0.10'))
    await root.runs.reportUsage(usage('0.20'))

    const list = await runCli(['runs'], env)
    const tree = await runCli(['runs', 'root'], env)
    const lines = (await runCli(['runs', 'root', '--json'], env)).stdout.trimEnd().split('\n')

    expect(list.stdout).toMatch(
      /^run +parent +created +spent +budget\nchild +root .* 0\.1 USD\nroot .*0\.3 USD +5\.00 USD\n$/,
    )
    expect(tree.stdout).toMatch(
      /^root {2}spent 0\.3 USD of 5\.00 USD {2}200 tokens read, 40 written\n {2}child {2}spent 0\.1 USD {2}100 tokens read, 20 written\n {2}- .*function_call look-up {2}pending\n$/,
    )
    expect(lines.map((line) => (JSON.parse(line) as { run_id: string }).run_id)).toEqual(['root', 'child'])
  })

  test('that are not there are one clear line', async () => {
    const { code, stdout, stderr } = await runCli(['runs', 'nowhere'], env)

    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('There is no such run in this project.')
  })
})

describe('a budget', () => {
  test('is kept to by asking a person, who is asked once however often the agent starts again', async () => {
    const spend = (cost: string) => {
      const agent = agentOf('spender')
      return agent.withinBudget(
        async () => {
          await agent.runs.reportUsage(usage(cost))
          return 'done'
        },
        { atMost: USD('0.60') },
      )({})
    }
    await agentOf('spender').runs.create({ budget: USD('1') })

    expect(await spend('0.50')).toBe('done')
    const held = spend('0.50')
    await expect
      .poll(async () => (await agentOf('spender').functionCalls.list({ run_id: 'spender' })).items.length)
      .toBe(1)
    const restarted = spend('0.10')
    const approval = await runCli(['approve', 'spender:budget:2'], env)

    expect(approval.code).toBe(0)
    expect(await Promise.all([held, restarted])).toEqual(['done', 'done'])
    expect(await agentOf('spender').runs.get()).toMatchObject({
      usage: { costs: [{ cost: '1.1', currency: 'USD' }] },
      items: [{ id: 'spender:budget:2', state: 'approved' }],
    })
  })
})
