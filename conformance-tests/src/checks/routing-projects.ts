import { isDeepStrictEqual } from 'node:util'
import { PEOPLE } from '../actors/people.ts'
import { channelOf } from '../channel.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** What a project shows of its people, teams and channels, and to whom. */
export const routingProjectChecks: readonly Check[] = [
  check(
    'routing.project',
    'whatever its scope, a key is shown the people, the teams, the channels and who may respond',
    { expect: 'accept' },
    async (context) => {
      const replies: Reply[] = []
      for (const key of ['agent', 'responder', ...(context.subject.keys.has('admin') ? ['admin'] : [])]) {
        const reply = await context.actor(key).get('/v1/project')
        expectStatus(reply, 200)
        expectRouting(reply)
        replies.push(reply)
      }
      const [first, ...others] = replies as [Reply, ...Reply[]]
      for (const other of others)
        for (const member of ['people', 'teams', 'channels', 'default_channel', 'responders']) {
          const [one, same] = [first, other].map((reply) => withoutAddresses(reply.json[member]))
          expectThat(isDeepStrictEqual(one, same), show(one), show(same), {
            reply: other,
            pointer: `/${member}`,
          })
        }
    },
  ),

  check(
    'routing.addresses-hidden',
    'a key without the scope admin is shown no address',
    { expect: 'reject', needs: { ...PEOPLE, configured: ['address'] } },
    async (context) => {
      const admin = context.actor('admin')
      const addresses = context.subject.project.people.flatMap((person) => person.addresses)
      for (const scopes of [['agent'], ['responder'], ['agent', 'responder']]) {
        const { actor } = await admin.createKey({ scopes })

        const reply = await actor.get('/v1/project')

        expectStatus(reply, 200)
        const people: unknown = reply.json?.people
        expectThat(Array.isArray(people), 'a list of people', show(people), { reply, pointer: '/people' })
        for (const index of people.keys()) expectValue(reply, `/people/${index}/addresses`, undefined)
        for (const address of addresses)
          expectThat(!reply.text.includes(address), 'a project without addresses', show(address), { reply })
      }
    },
  ),
]

function expectRouting(reply: Reply): void {
  for (const [list, name] of [
    ['people', 'id'],
    ['teams', 'name'],
    ['channels', 'name'],
  ] as const) {
    const items: unknown = reply.json?.[list]
    expectThat(Array.isArray(items), 'a list', show(items), { reply, pointer: `/${list}` })
    for (const index of items.keys()) {
      const pointer = `/${list}/${index}/${name}`
      const value: unknown = valueAt(reply.json, pointer)
      expectThat(typeof value === 'string', 'a text', show(value), { reply, pointer })
    }
  }
  for (const pointer of [
    '/default_channel',
    ...reply.json.channels.map((_: unknown, index: number) => `/channels/${index}/channel`),
  ]) {
    const channel: unknown = valueAt(reply.json, pointer)
    expectThat(channelOf(channel) !== undefined, 'a channel', show(channel), { reply, pointer })
  }
  const responders: unknown = reply.json.responders
  expectThat(typeof responders === 'string', 'who may respond', show(responders), {
    reply,
    pointer: '/responders',
  })
}

function withoutAddresses(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((item: object) => ({ ...item, addresses: undefined }))
}
