import { functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectValue } from '../expectations.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import { UNUSUAL_TEXT } from './answers.ts'

/** The prepared answers of either kind: alike but for their names. */
interface Offers {
  readonly kind: CallKind
  readonly options: 'reject_options' | 'response_options'
  readonly requirements: Readonly<Record<'unknown' | 'text' | 'unique', RequirementId>>
  /** The member that shows what was said. */
  readonly said: 'comment' | 'response'
  readonly choose: (name: string) => Readonly<Record<string, unknown>>
}

const offers: readonly Offers[] = [
  {
    kind: functionCalls,
    options: 'reject_options',
    requirements: {
      unknown: 'function-call.reject-option-unknown',
      text: 'function-call.reject-option-text',
      unique: 'function-call.option-names-unique',
    },
    said: 'comment',
    choose: (reject_option_name) => ({ approved: false, reject_option_name }),
  },
  {
    kind: humanContacts,
    options: 'response_options',
    requirements: {
      unknown: 'human-contact.option-unknown',
      text: 'human-contact.option-text',
      unique: 'human-contact.option-names-unique',
    },
    said: 'response',
    choose: (response_option_name) => ({ response_option_name }),
  },
]

/** Options with all of their texts, and what choosing each says. */
const OPTIONS = [
  { option: { name: 'bare' }, text: 'bare' },
  { option: { name: 'titled', title: 'A title' }, text: 'A title' },
  { option: { name: 'filled', prompt_fill: 'Text to fill in' }, text: 'Text to fill in' },
  { option: { name: 'both', title: 'Not this', prompt_fill: 'But this' }, text: 'But this' },
  {
    option: { name: 'all', title: 'No', description: 'Nor this', prompt_fill: 'Yes', interactive: true },
    text: 'Yes',
  },
  { option: { name: 'described', description: 'Only explains' }, text: 'described' },
  { option: { name: 'titled too', title: 'T', description: 'Only explains' }, text: 'T' },
  { option: { name: 'nothing', title: null, prompt_fill: null }, text: 'nothing' },
  { option: { name: 'odd', title: 'No', prompt_fill: UNUSUAL_TEXT }, text: UNUSUAL_TEXT },
]

export const optionChecks: readonly Check[] = [
  ...offers.flatMap(({ kind, options, requirements, said, choose }) => [
    check(
      requirements.unknown,
      `an answer that names an option which the ${kind.name} does not offer is refused`,
      { expect: 'reject' },
      async (context) => {
        const { agent, responder } = context
        const [call_id, bare] = [context.id('offering'), context.id('bare')]
        const offered = [{ name: 'too-much', title: 'Too much', prompt_fill: 'Less!' }, { name: 'later' }]
        await agent.create(kind, { call_id, spec: { [options]: offered } })
        await agent.create(kind, { call_id: bare })

        for (const name of ['never', 'Too-Much', 'Too much', 'Less!', 'too', 'later ', '0', 'constructor']) {
          const reply = await responder.tryRespond(kind, call_id, choose(name))

          expectProblem(reply, 422, 'unknown_option')
        }
        expectProblem(await responder.tryRespond(kind, bare, choose('too-much')), 422, 'unknown_option')
        // The last one of the list, which nobody has tried.
        expectStatus(await responder.tryRespond(kind, call_id, choose('later')), 200)
      },
    ),

    check(
      requirements.unknown,
      `an unknown option is refused although the answer says something too`,
      { variant: 'with-text', expect: 'reject' },
      async (context) => {
        const { agent, responder } = context
        const call_id = context.id('offering')
        await agent.create(kind, { call_id, spec: { [options]: [{ name: 'later' }] } })

        const reply = await responder.tryRespond(kind, call_id, {
          ...choose('never'),
          [said]: 'in my own words',
        })

        expectProblem(reply, 422, 'unknown_option')
        expectStatus(
          await responder.tryRespond(kind, call_id, { ...choose('later'), [said]: 'in my own words' }),
          200,
        )
      },
    ),

    check(
      requirements.text,
      `choosing an option says its prompt_fill, else its title, else its name`,
      {
        expect: 'accept',
        after: [kind.requirements.decides, 'json.null-is-absent'],
      },
      async (context) => {
        const { agent, responder } = context
        for (const { option, text } of OPTIONS) {
          const call_id = context.id(context.nextName())
          await agent.create(kind, {
            call_id,
            spec: { [options]: OPTIONS.map((one) => one.option) },
          })

          const decided = await responder.respond(kind, call_id, choose(option.name))

          for (const reply of [decided, await agent.read(kind, call_id)])
            expectValue(reply, `/status/${said}`, text)
        }
      },
    ),

    check(
      requirements.unique,
      `a ${kind.name} with two options of the same name is refused`,
      { expect: 'reject' },
      async (context) => {
        const { agent } = context
        for (const names of [
          ['a', 'a'],
          ['a', 'b', 'a'],
          ['a', 'b', 'c', 'c'],
        ]) {
          const refused = await agent.tryCreate(kind, {
            spec: { [options]: names.map((name, n) => ({ name, title: `Title ${n}` })) },
          })

          expectStatus(refused, 422)
        }
        const different = ['a', 'A', 'a ', '\u00e4', 'a\u0308'].map((name) => ({ name, title: 'Same title' }))
        expectStatus(await agent.tryCreate(kind, { spec: { [options]: different } }), 201)
      },
    ),
  ]),

  check(
    'function-call.reject-option-denies',
    'an approval that names a reject option is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('offering')
      await agent.create(functionCalls, {
        call_id,
        spec: { reject_options: [{ name: 'too-much' }, { name: 'approve' }] },
      })

      for (const more of [{}, { comment: 'go ahead' }])
        for (const reject_option_name of ['too-much', 'approve', 'never-offered']) {
          const reply = await responder.tryRespond(functionCalls, call_id, {
            approved: true,
            reject_option_name,
            ...more,
          })

          expectStatus(reply, 422)
        }
      const denied = await responder.tryRespond(functionCalls, call_id, {
        approved: false,
        reject_option_name: 'approve',
      })
      expectStatus(denied, 200)
      expectValue(denied, '/status/state', 'denied')
    },
  ),
]
