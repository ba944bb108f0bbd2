import { describe, expect, test } from 'vitest'
import { aFunctionCall, expectProblem, interceptFetch } from './wire.ts'

const { agent, responder } = interceptFetch({ features: ['forms'], channel_kinds: ['inbox', 'slack'] })
const PATH = '/v1/function_calls'

describe('handlers that claim less', () => {
  test('refuse what they do not claim and take what they do (discovery.claims-bind)', async () => {
    expectProblem(await agent(PATH, aFunctionCall({ allow_edit: true })), 422, 'unsupported_feature', [
      '/spec/allow_edit',
    ])
    const slack = { slack: { channel_or_user_id: 'C1', bot_token: 'xoxb-secret' } }
    const created = await agent(PATH, aFunctionCall({ channel: slack }))
    expect(created.status).toBe(201)
    expect(created.text).not.toContain('xoxb-secret')
    expectProblem(
      await responder(`${PATH}/call_1/respond`, { approved: true, edited_kwargs: {} }),
      422,
      'unsupported_feature',
      ['/edited_kwargs'],
    )
  })
})
