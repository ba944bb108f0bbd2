import type { Mutant } from '../mutation.ts'

const ESCALATION = 'protocol/src/transitions/escalation.ts'
const ANSWER = 'protocol/src/transitions/answer.ts'
const CHANNEL = 'protocol/src/transitions/contact-channel.ts'
const VOICES = 'protocol/src/transitions/voices.ts'
const CHANNEL_SCHEMA = 'protocol/src/schemas/contact-channel.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const ROUTE = 'protocol/src/routing/route.ts'
const RESPONDER = 'protocol/src/transitions/responder.ts'
const VALIDATE = 'protocol/src/validate.ts'

/** So that a bot token can come in at all. */
const SLACK = {
  file: 'reference-server/src/capabilities.ts',
  find: "'quorum'],",
  replace: "'quorum', 'slack'],",
}

const LISTED = 'if (allowed_responder_ids) return names.some((name) => allowed_responder_ids.includes(name))'
const RENDERED = "stringify(principal.scopes.includes('agent') ? call : withoutState(call))"

const channels: readonly Mutant[] = [
  {
    id: 'default-channel-is-the-last-one',
    requirement: 'channel.default',
    title: 'A function call without a channel gets that of the call before it in its run.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'const asked = routeOf(request.spec, act.directory, act.capabilities)',
        replace:
          'const asked = routeOf({ ...request.spec, channel: request.spec.channel ?? channels.get(request.run_id) } as never, act.directory, act.capabilities)',
      },
      {
        file: FUNCTION_CALL,
        find: '  const next: FunctionCall = {\n    run_id',
        replace:
          '  if (request.spec.channel) channels.set(request.run_id, request.spec.channel)\n  const next: FunctionCall = {\n    run_id',
      },
      {
        file: FUNCTION_CALL,
        find: '/** Takes a new call, or gives the existing one when the same is asked again. */',
        replace: "const channels = new Map<string, FunctionCall['status']['channel']>()\n",
      },
    ],
  },
  {
    id: 'default-channel-is-not-served',
    requirement: 'channel.default',
    title: 'A call without a channel goes to a channel kind that the server does not serve.',
    patches: [
      {
        file: ROUTE,
        find: ': { value: directory.default_channel, faults: [] }',
        replace: ": { value: { slack: { channel_or_user_id: 'C1' } }, faults: [] }",
      },
    ],
  },
  {
    id: 'kinds-of-calls-have-different-defaults',
    requirement: 'channel.default',
    title: 'A human contact without a channel goes elsewhere than a function call.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'const route = routeOf(spec, act.directory, act.capabilities)',
        replace:
          'const route = routeOf(spec, { ...act.directory, default_channel: { any_of: [{ inbox: {} }] } }, act.capabilities)',
      },
    ],
  },
  {
    id: 'effective-channel-hides-its-list',
    requirement: 'channel.effective',
    title: 'The answer to an act shows the channel in the status without its list of responders.',
    patches: [
      {
        file: HTTP_CALLS,
        find: RENDERED,
        replace: RENDERED.replaceAll(
          /\bcall\b(?= :|\))/g,
          '{ ...call, status: { ...call.status, channel: call.status.channel.inbox ? { inbox: {} } : call.status.channel } }',
        ),
      },
    ],
  },
  {
    id: 'effective-channel-is-read-only-when-it-was-named',
    requirement: 'channel.effective',
    title: 'The channel in the status of a call is null when the call named none and is read.',
    patches: [
      {
        file: 'reference-server/src/http/object-text.ts',
        find: 'return objectText(kind, { ...call, object_id: call.call_id }, scopes)',
        replace: `const status = call.spec.includes('"channel":') ? call.status : call.status.replace('"channel":{"inbox":{}}', '"channel":null')
  return objectText(kind, { ...call, status, object_id: call.call_id }, scopes)`,
      },
    ],
    roots: ['channel.default'],
  },
  {
    id: 'two-kinds-are-one-too-many',
    requirement: 'channel.exactly-one-kind',
    title: 'Of two kinds in a channel the first counts.',
    patches: [
      {
        file: CHANNEL_SCHEMA,
        find: 'minProperties: 1, maxProperties: 1, ...closed',
        replace: 'minProperties: 1, maxProperties: 2, ...closed',
      },
    ],
  },
  {
    id: 'no-kind-is-the-default',
    requirement: 'channel.exactly-one-kind',
    title: 'A channel without a kind is taken for none.',
    patches: [
      {
        file: CHANNEL_SCHEMA,
        find: 'minProperties: 1, maxProperties: 1, ...closed',
        replace: 'maxProperties: 1, ...closed',
      },
      {
        file: CHANNEL,
        find: '  const kind = kindOf(channel)\n',
        replace: '  if (Object.keys(channel).length === 0) return []\n  const kind = kindOf(channel)\n',
      },
    ],
  },
  {
    id: 'channels-are-open',
    requirement: 'channel.closed',
    title: 'Unknown members of a channel are dropped.',
    patches: [
      {
        file: CHANNEL_SCHEMA,
        find: 'const closed = { additionalProperties: false }',
        replace: 'const closed = {}',
      },
    ],
  },
  {
    id: 'inbox-is-open',
    requirement: 'channel.closed',
    title: 'Unknown members of an inbox are dropped.',
    patches: [
      {
        file: CHANNEL_SCHEMA,
        find: `    description: "The server's own inbox: its API, command line and page.",
    ...closed,`,
        replace: `    description: "The server's own inbox: its API, command line and page.",`,
      },
    ],
  },
  {
    id: 'unknown-member-of-a-channel-has-no-place',
    requirement: 'channel.closed',
    title: 'The refusal of an unknown member of a channel points at the channel.',
    patches: [
      {
        file: VALIDATE,
        find: 'if (!faults.has(path)) faults.set(path, { pointer: path,',
        replace:
          "const place = path.replace(/(\\/channel)\\/.*/, '$1')\n      if (!faults.has(place)) faults.set(place, { pointer: place,",
      },
    ],
    roots: ['error.places', 'json.shape'],
  },
  {
    id: 'kinds-are-folded',
    requirement: 'channel.closed',
    title: 'A channel kind in capital letters is understood.',
    patches: [
      {
        file: VALIDATE,
        find: '  const faults: JsonFault[] = []\n  normalise(document, [], faults)',
        replace: `  const faults: JsonFault[] = []
  const channel = (document as { spec?: { channel?: Record<string, unknown> } } | null)?.spec?.channel
  if (channel && typeof channel === 'object' && 'Inbox' in channel) {
    channel['inbox'] = channel['Inbox']
    delete channel['Inbox']
  }
  normalise(document, [], faults)`,
      },
    ],
  },
  {
    id: 'unserved-kinds-are-taken',
    requirement: 'channel.unserved-kind',
    title: 'Every channel kind is taken, served or not.',
    patches: [
      {
        file: CHANNEL,
        find: '!capabilities.channel_kinds.includes(kind) ||',
        replace: '',
      },
    ],
    roots: ['channel.secrets-not-returned'],
  },
  {
    id: 'unserved-members-of-any-of-are-taken',
    requirement: 'channel.unserved-kind',
    title: 'Members of any_of are not looked at.',
    patches: [
      { file: CHANNEL, find: 'return unservedKinds(inner, capabilities, place)', replace: 'return []' },
    ],
    roots: ['channel.secrets-not-returned'],
  },
  {
    id: 'unserved-kind-of-an-escalation-is-taken',
    requirement: 'channel.unserved-kind',
    title: 'An escalation to a channel kind that is not served is recorded.',
    patches: [
      {
        file: ESCALATION,
        find: "const unserved = escalation.channel ? unservedKinds(escalation.channel, act.capabilities, '/channel') : []",
        replace: 'const unserved: JsonFault[] = []',
      },
    ],
    roots: ['channel.secrets-not-returned'],
  },
  {
    id: 'unserved-kind-has-no-place',
    requirement: 'channel.unserved-kind',
    title: 'The refusal of a channel kind points at the channel.',
    patches: [
      { file: CHANNEL, find: '{ pointer: `${pointer}/${kind}`, detail', replace: '{ pointer, detail' },
    ],
    roots: ['error.places'],
  },
  {
    id: 'bot-token-is-kept',
    requirement: 'channel.secrets-not-returned',
    title: 'A server for Slack keeps the bot token of a channel and returns it.',
    patches: [
      SLACK,
      {
        file: CHANNEL,
        find: '    const { bot_token: _, ...slack } = channel.slack\n    return { slack }',
        replace: '    return channel',
      },
    ],
  },
  {
    id: 'bot-token-is-kept-in-any-of',
    requirement: 'channel.secrets-not-returned',
    title: 'A server for Slack keeps the bot token of a member of any_of and returns it.',
    patches: [
      SLACK,
      {
        file: CHANNEL,
        find: 'if (any_of) return { any_of: any_of.map(memberWithoutSecrets) }',
        replace: 'if (any_of) return { any_of }',
      },
    ],
  },
  {
    id: 'bot-token-is-kept-in-an-escalation',
    requirement: 'channel.secrets-not-returned',
    title: 'A server for Slack records the bot token of an escalation.',
    patches: [
      SLACK,
      {
        file: ESCALATION,
        find: '? { ...escalation, channel: withoutSecrets(escalation.channel) }',
        replace: '? escalation',
      },
    ],
  },
  {
    id: 'bot-token-comes-through-humanlayer',
    requirement: 'channel.secrets-not-returned',
    title: 'A bot token that came through the HumanLayer profile is kept and returned.',
    patches: [
      {
        file: 'reference-server/src/humanlayer/schemas.ts',
        find: 'channel_or_user_id: Type.String(),',
        replace: 'channel_or_user_id: Type.String(),\n      bot_token: optionalText,',
      },
      {
        file: CHANNEL,
        find: 'if (any_of) return { any_of: any_of.map(memberWithoutSecrets) }',
        replace: 'if (any_of) return { any_of }',
      },
    ],
  },
  {
    id: 'refusal-shows-what-it-refuses',
    requirement: 'channel.secrets-not-returned',
    title: 'The refusal of a wrong value shows the value.',
    patches: [
      {
        file: VALIDATE,
        find: 'for (const { path, message } of tellingErrors(error)) {',
        replace:
          'for (const { path, message: told } of tellingErrors(error)) {\n      const message = `${told}, got ${JSON.stringify(error.value)}`',
      },
    ],
  },
]

const responders: readonly Mutant[] = [
  {
    id: 'the-excluded-may-decide',
    requirement: 'responder.excluded',
    title: 'Whoever is excluded may decide all the same.',
    patches: [
      {
        file: VOICES,
        find: 'if (namesOf(responder).some((name) => excluded.has(name))) return new Set()',
        replace: '',
      },
    ],
  },
  {
    id: 'only-lists-exclude',
    requirement: 'responder.excluded',
    title: 'Whoever is excluded may decide through a leaf that lists nobody.',
    patches: [
      {
        file: VOICES,
        find: 'if (namesOf(responder).some((name) => excluded.has(name))) return new Set()',
        replace:
          'if (excluded.has(responder.id) && leavesOf(status.channel).every((leaf) => leaf.allowed_responder_ids)) return new Set()',
      },
    ],
  },
  {
    id: 'exclusions-are-not-shown',
    requirement: 'responder.excluded-shown',
    title: 'The status does not show whose answer does not count.',
    patches: [
      {
        file: 'reference-server/src/http/calls.ts',
        find: "stringify(principal.scopes.includes('agent') ? call :",
        replace:
          "stringify(principal.scopes.includes('agent') ? { ...call, status: { ...call.status, exclude_responder_ids: undefined } } :",
      },
    ],
  },
  {
    id: 'responder-is-a-bare-key-id',
    requirement: 'responder.of-a-key',
    title: 'The responder of an answer with a key has the id of the key without "key:".',
    patches: [
      {
        file: RESPONDER,
        find: 'id: key.responder_id ?? name,',
        replace: 'id: key.responder_id ?? key.key_id,',
      },
    ],
  },
  {
    id: 'responder-is-always-the-key',
    requirement: 'responder.of-a-key',
    title: 'The responder of an answer is the key even when it is bound to a person.',
    patches: [{ file: RESPONDER, find: 'id: key.responder_id ?? name,', replace: 'id: name,' }],
    roots: ['responder.listed'],
  },
  {
    id: 'answer-with-a-key-came-through-the-inbox',
    requirement: 'responder.of-a-key',
    title: 'The responder of an answer with a key is shown as one of the inbox.',
    patches: [{ file: RESPONDER, find: "channel: 'api',", replace: "channel: 'inbox'," }],
  },
  {
    id: 'nobody-vouches',
    requirement: 'responder.vouched',
    title: 'The responder of a bound key is shown without the key.',
    patches: [
      { file: RESPONDER, find: '...(key.responder_id !== null && { asserted_by: name }),', replace: '' },
    ],
  },
  {
    id: 'the-person-vouches-for-itself',
    requirement: 'responder.vouched',
    title: 'The responder of a bound key is vouched for by the person.',
    patches: [
      {
        file: RESPONDER,
        find: '{ asserted_by: name }',
        replace: '{ asserted_by: key.responder_id }',
      },
    ],
  },
  {
    id: 'responder-of-the-body-is-believed',
    requirement: 'responder.from-the-answer',
    title: 'An answer may name its responder.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const { call } = await respondToCall(kind, deps, exchange.principal, idOf(exchange), response)',
        replace: `const said = (JSON.parse(exchange.body.toString()) as { responder?: { id?: string } }).responder?.id
      const principal = said === undefined ? exchange.principal : { ...exchange.principal, responder_id: said }
      const { call } = await respondToCall(kind, deps, principal, idOf(exchange), response)`,
      },
    ],
    roots: ['call.unknown-members-ignored'],
  },
  {
    id: 'responder-name-of-the-body-is-shown',
    requirement: 'responder.from-the-answer',
    title: 'The name that an answer gives its responder is shown.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const { call } = await respondToCall(kind, deps, exchange.principal, idOf(exchange), response)',
        replace: `const { call } = await respondToCall(kind, deps, exchange.principal, idOf(exchange), response)
      const name = (JSON.parse(exchange.body.toString()) as { responder_name?: string }).responder_name
      if (name !== undefined && call.status.responder) call.status.responder.name = name`,
      },
    ],
  },
  {
    id: 'lists-of-responders-are-not-enforced',
    requirement: 'responder.listed',
    title: 'A key may answer for a leaf that lists others.',
    patches: [
      {
        file: VOICES,
        find: LISTED,
        replace:
          "if (allowed_responder_ids && responder.channel !== 'api') return names.some((name) => allowed_responder_ids.includes(name))",
      },
    ],
    roots: ['responder.not-allowed'],
  },
  {
    id: 'responders-are-compared-without-case',
    requirement: 'responder.listed',
    title: 'Listed ids are compared without regard to case.',
    patches: [
      {
        file: VOICES,
        find: LISTED,
        replace:
          'if (allowed_responder_ids) return allowed_responder_ids.some((id) => id.toLowerCase() === responder.id.toLowerCase())',
      },
    ],
  },
  {
    id: 'responders-are-compared-by-their-beginning',
    requirement: 'responder.listed',
    title: 'A responder whose id begins a listed one may decide.',
    patches: [
      {
        file: VOICES,
        find: LISTED,
        replace: "if (allowed_responder_ids) return allowed_responder_ids.join(',').includes(responder.id)",
      },
    ],
  },
  {
    id: 'bound-key-answers-as-itself-too',
    requirement: 'responder.listed',
    title: 'A key that is bound to a person may also decide where the key is listed.',
    patches: [
      {
        file: VOICES,
        find: LISTED,
        replace:
          "if (allowed_responder_ids) return [...names, responder.asserted_by ?? ''].some((name) => allowed_responder_ids.includes(name))",
      },
    ],
  },
  {
    id: 'only-the-first-of-the-list-counts',
    requirement: 'responder.listed',
    title: 'Of the listed responders only the first may decide.',
    patches: [
      {
        file: VOICES,
        find: LISTED,
        replace: 'if (allowed_responder_ids) return allowed_responder_ids[0] === responder.id',
      },
    ],
  },
  {
    id: 'bound-keys-may-not-answer-open-leaves',
    requirement: 'responder.unlisted-leaf',
    title: 'A key that is bound to a person may not answer where nobody is listed.',
    patches: [
      {
        file: VOICES,
        find: "return responder.channel === 'api' || responder.channel === kind",
        replace:
          "return (responder.channel === 'api' && responder.asserted_by === undefined) || responder.channel === kind",
      },
    ],
  },
  {
    id: 'refused-answer-changes-the-call',
    requirement: 'responder.not-allowed',
    title: 'An answer by somebody who may not decide leaves its comment behind.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'act.directory))\n      return responderNotAllowed(responder)',
        replace:
          "act.directory))\n      return { ...responderNotAllowed<typeof call>(responder), next: { ...call, status: { ...call.status, comment: response.comment ?? 'refused' } } }",
      },
    ],
  },
  {
    id: 'refused-answer-denies-the-call',
    requirement: 'responder.not-allowed',
    title: 'A denial by somebody who may not decide is refused, and denies.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'act.directory))\n      return responderNotAllowed(responder)',
        replace: `act.directory))
      return response.approved
        ? responderNotAllowed(responder)
        : { ...responderNotAllowed<typeof call>(responder), next: { ...call, status: { ...call.status, state: 'denied', approved: false, comment: '', completed_at: act.now.toISOString() } } }`,
      },
    ],
  },
  {
    id: 'refused-answer-is-not-found',
    requirement: 'responder.not-allowed',
    title: 'An answer by somebody who may not decide is answered as if there were no call.',
    patches: [{ file: ANSWER, find: "code: 'responder_not_allowed',", replace: "code: 'not_found'," }],
    roots: ['respond.order'],
  },
  {
    id: 'empty-list-is-nobody',
    requirement: 'responder.list-not-empty',
    title: 'An empty list of responders is taken.',
    patches: [
      { file: CHANNEL_SCHEMA, find: '    minItems: 1,\n    maxItems: 100,', replace: '    maxItems: 100,' },
    ],
  },
  {
    id: 'any-of-is-its-first-member',
    requirement: 'channel.any-of',
    title: 'Only the first member of any_of counts.',
    patches: [
      {
        file: VOICES,
        find: 'leavesOf(status.channel).filter(',
        replace:
          'leavesOf(status.channel.any_of ? { any_of: status.channel.any_of.slice(0, 1) } : status.channel).filter(',
      },
    ],
  },
  {
    id: 'any-of-needs-every-member',
    requirement: 'channel.any-of',
    title: 'An answer has to count for every member of any_of.',
    patches: [
      {
        file: VOICES,
        find: 'return new Set(leaves.map(({ place }) => place))',
        replace:
          'return new Set(leaves.length < (status.channel.any_of?.length ?? 0) ? [] : leaves.map(({ place }) => place))',
      },
    ],
  },
  {
    id: 'any-of-lists-are-not-enforced',
    requirement: 'channel.any-of',
    title: 'Whoever has the scope may decide a call with any_of.',
    patches: [
      {
        file: VOICES,
        find: 'isOpenTo(leaf, responder, names) &&',
        replace:
          "((status.channel.any_of && responder.channel === 'api') || isOpenTo(leaf, responder, names)) &&",
      },
    ],
  },
  {
    id: 'only-forty-responders-count',
    requirement: 'responder.listed',
    title: 'Of a list of responders only the first forty may decide.',
    patches: [
      {
        file: VOICES,
        find: 'allowed_responder_ids.includes(name)',
        replace: 'allowed_responder_ids.slice(0, 40).includes(name)',
      },
    ],
  },
]

export const contactChannelMutants: readonly Mutant[] = [...channels, ...responders]
