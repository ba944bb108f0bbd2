import { callKinds } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'

/** The steps that almost every other check takes first. */
export const foundation: readonly Check[] = callKinds.flatMap((kind) => {
  const variant = kind.name.replace(' ', '-')
  return [
    check(
      'call.created-status',
      `a ${kind.name} can be created`,
      { variant: `first-${variant}`, expect: 'accept', lane: 'foundation' },
      async ({ agent }) => {
        await agent.create(kind)
      },
    ),
    check(
      kind.requirements.decides,
      `a ${kind.name} can be answered and read`,
      { variant: 'first', expect: 'accept', lane: 'foundation' },
      async (context) => {
        const { agent, responder } = context
        const call_id = context.id('one')
        await agent.create(kind, { call_id })
        await responder.respond(kind, call_id)
        await agent.read(kind, call_id)
      },
    ),
  ]
})
