import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectStatus, expectThat } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** Whether a call is the same one is decided by the values of its spec, not by how they are written. */
export const callEqualityChecks: readonly Check[] = [
  check(
    'call.repeat-equality',
    'specs that hold the same values are equal, however they are written',
    {
      expect: 'accept',
      after: ['call.repeat-returns-existing', 'call.unknown-members-ignored', 'json.null-is-absent'],
    },
    async (context) => {
      for (const kind of callKinds)
        await Promise.all(
          EQUAL.map(async ([one, other], index) => {
            const send = sendText(context, kind, callId(context, kind, `e${index}`))
            await mustCreate(context, () => send(one))

            const again = await send(other)

            expectThat(
              again.status === 200,
              `${shorten(other)} taken for ${shorten(one)}, with HTTP 200`,
              said(again),
              {
                reply: again,
              },
            )
          }),
        )
    },
  ),

  check(
    'call.repeat-equality',
    'specs that hold different values are different, however close they are',
    { variant: 'different', expect: 'reject', after: ['call.id-conflict', 'opaque.values-kept'] },
    async (context) => {
      for (const kind of callKinds)
        await Promise.all(
          DIFFERENT.map(async ([one, other], index) => {
            const send = sendText(context, kind, callId(context, kind, `d${index}`))
            await mustCreate(context, () => send(one))

            const again = await send(other)

            expectThat(
              again.status === 409,
              `${shorten(other)} told from ${shorten(one)}, with HTTP 409`,
              said(again),
              { reply: again },
            )
          }),
        )
    },
  ),

  check(
    'call.repeat-equality',
    'the bot token of a channel is no part of equality',
    {
      variant: 'secrets',
      expect: 'accept',
      needs: { channel_kinds: ['slack'] },
      after: ['channel.secrets-not-returned'],
    },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'token')
        await agent.create(kind, { call_id, spec: slackSpec('xoxb-one') })

        expectStatus(await agent.tryCreate(kind, { call_id, spec: slackSpec('xoxb-two') }), 200)
        expectStatus(await agent.tryCreate(kind, { call_id, spec: slackSpec() }), 200)
      }
    },
  ),
]

function slackSpec(bot_token?: string): Record<string, unknown> {
  return { channel: { slack: { channel_or_user_id: 'C1', bot_token } } }
}

/** Sends a creation whose optional members stand there exactly as they are written. */
export function sendText(
  context: Context,
  kind: CallKind,
  call_id: string,
): (members: string) => Promise<Reply> {
  const ids = JSON.stringify({ run_id: context.id('run'), call_id }).slice(1, -1)
  const spec = JSON.stringify(kind.spec()).slice(1, -1)
  return (members) =>
    context.agent.send({
      method: 'POST',
      path: kind.collection,
      body: `{${ids},"spec":{${spec}${members === '' ? '' : `,${members}`}}}`,
    })
}

export function mustCreate(context: Context, act: () => Promise<Reply>): Promise<Reply> {
  return context.step('call.created-status', async () => {
    const reply = await act()
    expectStatus(reply, 201)
    return reply
  })
}

export function said({ status }: Reply): string {
  return `HTTP ${status}`
}

function shorten(text: string): string {
  return text === '' ? 'nothing' : text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** Optional members of a spec, written in two ways. */
const EQUAL: readonly (readonly [string, string])[] = [
  [
    '"metadata":{"a":{"x":1,"y":[{"p":1,"q":2}]},"b":2}',
    '"metadata":{"b":2,"a":{"y":[{"q":2,"p":1}],"x":1}}',
  ],
  ['"metadata":{},"state":{}', '  "state" : { } ,\n\t"metadata":{ }  '],
  ['"metadata":{"n":1}', '"metadata":{"n":1.0}'],
  ['"metadata":{"n":100}', '"metadata":{"n":1e2}'],
  ['"metadata":{"n":-0}', '"metadata":{"n":0}'],
  ['"metadata":{"n":-0.0}', '"metadata":{"n":0}'],
  ['"metadata":{"n":1000000000000000000000}', '"metadata":{"n":1E21}'],
  ['"metadata":{"n":9007199254740992}', '"metadata":{"n":9007199254740993.0}'],
  ['"metadata":{"n":0.1}', '"metadata":{"n":1000e-4}'],
  ['"metadata":{"n":0.1}', '"metadata":{"n":0.1000000000000000055511151231257827}'],
  ['"metadata":{"n":123456789012345678901234567890}', '"metadata":{"n": 123456789012345678901234567890 }'],
  ['"metadata":{"A/é😀":"\\t"}', '"metadata":{"\\u0041\\/\\u00e9\\ud83d\\ude00":"\\u0009"}'],
  ['"state":{"\u{1f600}":1,"\ufb33":2}', '"state":{"\ufb33":2,"\u{1f600}":1}'],
  ['', '"channel":null,"context":null,"requires":null'],
  ['"context":{"summary":null}', '"context":{}'],
  [
    '"context":{"links":[{"url":"https://a.example"}]}',
    '"context":{"links":[{"title":null,"url":"https:\\/\\/a.example"}]}',
  ],
  ['', '"an_unknown_member":{"of":"nobody"}'],
  ['"context":{"summary":"x","colour":"red"}', '"context":{"summary":"x","colour":"green"}'],
]

/** Optional members of a spec that hold almost the same. */
const DIFFERENT: readonly (readonly [string, string])[] = [
  ['"metadata":{"n":9007199254740993}', '"metadata":{"n":9007199254740992}'],
  ['"metadata":{"n":[-9007199254740993]}', '"metadata":{"n":[-9007199254740995]}'],
  ['"state":{"n":123456789012345678901234567890}', '"state":{"n":123456789012345678901234567891}'],
  ['"metadata":{"n":9007199254740993}', '"metadata":{"n":9007199254740993.0}'],
  ['"metadata":{"name":"caf\u00e9"}', '"metadata":{"name":"cafe\u0301"}'],
  ['"metadata":{"caf\u00e9":1}', '"metadata":{"cafe\u0301":1}'],
  ['"context":{"summary":"caf\u00e9"}', '"context":{"summary":"cafe\u0301"}'],
  ['"metadata":{"a":null}', '"metadata":{}'],
  ['"metadata":{"a":[null]}', '"metadata":{"a":[]}'],
  ['"metadata":{"n":1}', '"metadata":{"n":"1"}'],
  ['"metadata":{"n":1}', '"metadata":{"n":true}'],
  ['"metadata":{"n":0}', '"metadata":{"n":null}'],
  ['"metadata":{"n":""}', '"metadata":{"n":null}'],
  ['"metadata":{"a":[1,2]}', '"metadata":{"a":[2,1]}'],
  [
    '"channel":{"inbox":{"allowed_responder_ids":["a","b"]}}',
    '"channel":{"inbox":{"allowed_responder_ids":["b","a"]}}',
  ],
  ['"metadata":{"a":{"0":1}}', '"metadata":{"a":[1]}'],
  ['"metadata":{"a":"x"}', '"metadata":{"a":"X"}'],
  ['"metadata":{"a":"x"}', '"metadata":{"A":"x"}'],
  ['"metadata":{"a":"x"}', '"metadata":{"a":"x "}'],
  ['"metadata":{"a":1,"b":{}}', '"metadata":{"a":1,"b":{"c":1}}'],
  ['"metadata":{"n":0.1}', '"metadata":{"n":0.10000000000000002}'],
  ['"metadata":{"__proto__":1}', '"metadata":{"__proto__":2}'],
  ['"metadata":{"__proto__":{"a":1}}', '"metadata":{}'],
  ['', '"metadata":{}'],
  ['"state":{}', '"metadata":{}'],
  ['', '"context":{}'],
  ['"context":{"summary":""}', '"context":{}'],
]
