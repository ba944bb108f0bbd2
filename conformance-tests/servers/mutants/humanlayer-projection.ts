import type { Mutant } from '../mutation.ts'

const PROJECTION = 'reference-server/src/humanlayer/projection.ts'
const CHANNEL = 'reference-server/src/humanlayer/channel.ts'
const ROUTES = 'reference-server/src/humanlayer/routes.ts'
const SCHEMAS = 'reference-server/src/humanlayer/schemas.ts'

const PENDING = 'return { requested_at: status.requested_at, approved: null, comment: null }'
const NO_ANSWER = "response: state === 'answered' ? answer : `[no answer: ${state}]`"

/** What the profile shows of calls. */
export const humanlayerProjectionMutants: readonly Mutant[] = [
  {
    id: 'humanlayer-pending-without-approved',
    requirement: 'humanlayer.pending-function-call',
    title: 'The status of a pending function call has no approved.',
    patches: [
      {
        file: PROJECTION,
        find: PENDING,
        replace: 'return { requested_at: status.requested_at, comment: null }',
      },
    ],
  },
  {
    id: 'humanlayer-pending-without-time',
    requirement: 'humanlayer.pending-function-call',
    title: 'The status of a pending function call has null for its time.',
    patches: [
      {
        file: PROJECTION,
        find: PENDING,
        replace: 'return { requested_at: null, approved: null, comment: null }',
      },
    ],
  },
  {
    id: 'humanlayer-pending-contact-with-status',
    requirement: 'humanlayer.pending-human-contact',
    title: 'A pending human contact has a status without a response.',
    patches: [
      {
        file: PROJECTION,
        find: "if (status.state === 'pending') return null",
        replace:
          "if (status.state === 'pending') return { requested_at: status.requested_at, response: null }",
      },
    ],
  },
  {
    id: 'humanlayer-pending-with-responded-at',
    requirement: 'humanlayer.pending-unanswered',
    title: 'The status of a pending function call has null for responded_at.',
    patches: [
      {
        file: PROJECTION,
        find: PENDING,
        replace:
          'return { requested_at: status.requested_at, responded_at: null, approved: null, comment: null }',
      },
    ],
  },
  {
    id: 'humanlayer-denial-without-comment',
    requirement: 'humanlayer.denial-comment',
    title: 'A denial without words has null for its comment.',
    patches: [{ file: PROJECTION, find: "comment: comment ?? '' }", replace: 'comment: comment || null }' }],
  },
  {
    id: 'humanlayer-data-alone-is-empty',
    requirement: 'humanlayer.answer-not-empty',
    title: 'An answer that is data alone has an empty response.',
    patches: [
      {
        file: PROJECTION,
        find: "response ?? (response_data ? stringify(response_data) : '')",
        replace: "response ?? (response_data ? '' : stringify(null))",
      },
    ],
  },
  {
    id: 'humanlayer-falsy-data-is-empty',
    requirement: 'humanlayer.answer-not-empty',
    title: 'Data such as 0 or false has an empty response.',
    patches: [
      {
        file: PROJECTION,
        find: "response ?? (response_data ? stringify(response_data) : '')",
        replace:
          "response ?? (response_data && JSON.parse(response_data.text) ? stringify(response_data) : '')",
      },
    ],
  },
  {
    id: 'humanlayer-data-hides-text',
    requirement: 'humanlayer.answer-not-empty',
    title: 'Data is shown where there is a text.',
    patches: [
      {
        file: PROJECTION,
        find: "response ?? (response_data ? stringify(response_data) : '')",
        replace: "response_data ? stringify(response_data) : (response ?? '')",
      },
    ],
  },
  {
    id: 'humanlayer-silence-is-an-empty-answer',
    requirement: 'humanlayer.answer-not-empty',
    title: 'A contact that ended without an answer has an empty response.',
    patches: [{ file: PROJECTION, find: NO_ANSWER, replace: "response: state === 'answered' ? answer : ''" }],
  },
  {
    id: 'humanlayer-default-answer-looks-human',
    requirement: 'humanlayer.answer-not-empty',
    title: 'The default answer of an expired contact looks like one that somebody gave.',
    patches: [{ file: PROJECTION, find: NO_ANSWER, replace: 'response: answer || `[no answer: ${state}]`' }],
  },
  {
    id: 'humanlayer-empty-text-beats-option',
    requirement: 'humanlayer.answer-not-empty',
    title: 'An option beside an empty text brings no text.',
    patches: [
      {
        file: ROUTES,
        find: '(response ? { response, ...option } : option)',
        replace: '(response === undefined ? option : { response, ...option })',
      },
    ],
  },
  {
    id: 'humanlayer-edits-look-approved',
    requirement: 'humanlayer.edited-is-denied',
    title: 'An approval with edited arguments looks like one of the original arguments.',
    patches: [
      {
        file: PROJECTION,
        find: "if (state === 'approved' && edited_kwargs)",
        replace: "if (state === 'denied' && edited_kwargs)",
      },
    ],
  },
  {
    id: 'humanlayer-edits-to-nothing-look-approved',
    requirement: 'humanlayer.edited-is-denied',
    title: 'An approval whose arguments were edited to {} looks like one of the original arguments.',
    patches: [
      {
        file: PROJECTION,
        find: "if (state === 'approved' && edited_kwargs)",
        replace:
          "if (state === 'approved' && edited_kwargs && edited_kwargs.text.replace(/\\s/g, '') !== '{}')",
      },
    ],
  },
  {
    id: 'humanlayer-edits-say-nothing',
    requirement: 'humanlayer.edited-is-denied',
    title: 'An approval with edited arguments is a denial without a word.',
    patches: [
      {
        file: PROJECTION,
        find: "comment: 'approved with changed arguments, which this client cannot apply'",
        replace: "comment: ''",
      },
    ],
  },
  {
    id: 'humanlayer-silence-says-nothing',
    requirement: 'humanlayer.silence-is-denied',
    title: 'A cancelled function call is a denial without a word.',
    patches: [
      {
        file: PROJECTION,
        find: "comment: `${state}: ${comment ?? ''}`",
        replace: "comment: comment ?? ''",
      },
    ],
  },
  {
    id: 'humanlayer-silence-since-it-was-asked',
    requirement: 'humanlayer.silence-is-denied',
    title:
      'A function call that ended without an answer shows the time when it was asked as that of its end.',
    patches: [
      {
        file: PROJECTION,
        find: 'responded_at: status.responded_at ?? status.completed_at,\n    ...verdictOf',
        replace: 'responded_at: status.responded_at ?? status.requested_at,\n    ...verdictOf',
      },
    ],
  },
  {
    id: 'humanlayer-expired-looks-approved',
    requirement: 'humanlayer.silence-is-denied',
    title: 'Whatever nobody denied is shown as approved, such as a function call that expired.',
    patches: [
      {
        file: PROJECTION,
        find: "return { approved: false, comment: `${state}: ${comment ?? ''}` }",
        replace: "return { approved: state === 'expired', comment: `${state}: ${comment ?? ''}` }",
      },
    ],
  },
  {
    id: 'humanlayer-function-call-shows-metadata',
    requirement: 'humanlayer.no-new-members',
    title: 'A function call shows the metadata that it got natively.',
    patches: [
      {
        file: PROJECTION,
        find: '      fn,\n      kwargs,\n',
        replace: '      fn,\n      kwargs,\n      metadata: spec.metadata,\n',
      },
    ],
  },
  {
    id: 'humanlayer-human-contact-shows-context',
    requirement: 'humanlayer.no-new-members',
    title: 'A human contact shows the context that it got natively.',
    patches: [
      {
        file: PROJECTION,
        find: '      msg,\n      subject,\n      channel: ',
        replace: '      msg,\n      context: spec.context,\n      subject,\n      channel: ',
      },
    ],
  },
  {
    id: 'humanlayer-option-members-null',
    requirement: 'humanlayer.member-types',
    title: 'Members that an option lacks are null, interactive included.',
    patches: [
      {
        file: PROJECTION,
        find: '      reject_options,\n      state',
        replace:
          '      reject_options: reject_options?.map((option) => ({ title: null, interactive: null, ...option })),\n      state',
      },
    ],
  },
  {
    id: 'humanlayer-user-info-is-a-text',
    requirement: 'humanlayer.member-types',
    title: 'Who answered is a text and no object.',
    patches: [
      {
        file: PROJECTION,
        find: 'user_info: status.responder && { id: status.responder.id, name: status.responder.name },',
        replace: 'user_info: status.responder?.id,',
      },
    ],
  },
  {
    id: 'humanlayer-times-without-offset',
    requirement: 'humanlayer.instants',
    title: 'The time of the request of a decided function call has no offset.',
    patches: [
      {
        file: PROJECTION,
        find: 'requested_at: status.requested_at,\n    responded_at: status.responded_at ?? status.completed_at,\n    ...verdictOf',
        replace:
          "requested_at: status.requested_at.replace('Z', ''),\n    responded_at: status.responded_at ?? status.completed_at,\n    ...verdictOf",
      },
    ],
    roots: ['time.format'],
  },
  {
    id: 'humanlayer-no-channel-is-empty-object',
    requirement: 'humanlayer.channel-shown',
    title: 'A call without a channel shows an object without members.',
    patches: [{ file: CHANNEL, find: 'Object.keys(shown).length === 0 ? null : shown', replace: 'shown' }],
  },
  {
    id: 'humanlayer-whatsapp-hidden-beside-sms',
    requirement: 'humanlayer.channel-shown',
    title: 'Of two phones only the first is shown.',
    patches: [
      {
        file: CHANNEL,
        find: "if (leaf.whatsapp) shown['whatsapp'] ??=",
        replace: "if (leaf.whatsapp && !shown['sms']) shown['whatsapp'] ??=",
      },
    ],
  },
  {
    id: 'humanlayer-slack-of-installer-dropped',
    requirement: 'humanlayer.channel-shown',
    title: 'A Slack channel with the empty id, which reaches whoever installed the app, is taken for none.',
    patches: [
      {
        file: CHANNEL,
        find: '...(slack ? [{ slack }]',
        replace: '...(slack?.channel_or_user_id ? [{ slack }]',
      },
    ],
    roots: ['humanlayer.channel-any-of'],
  },
  {
    id: 'humanlayer-echoes-bot-token',
    requirement: 'humanlayer.channel-shown',
    title: 'The answer to a creation shows the Slack channel as it was sent, with its bot token.',
    patches: [
      {
        file: SCHEMAS,
        find: 'channel_or_user_id: Type.String(),\n',
        replace: 'channel_or_user_id: Type.String(),\n      bot_token: optionalText,\n',
      },
      {
        file: ROUTES,
        find: 'const { call } = await createCall(kind, deps, exchange.principal, asked, capabilities)\n      return reply(call, exchange)',
        replace: `const { call } = await createCall(kind, deps, exchange.principal, asked, capabilities)
      const shown = reply(call, exchange)
      if (sentChannel?.slack) shown.body.spec.channel = { ...shown.body.spec.channel, slack: sentChannel.slack }
      return shown`,
      },
    ],
    roots: ['channel.secrets-not-returned'],
  },
  {
    id: 'humanlayer-older-subject-wins',
    requirement: 'humanlayer.email-names',
    title: 'Of two subjects the experimental one wins.',
    patches: [
      {
        file: CHANNEL,
        find: 'email.subject ?? experimental_subject_line',
        replace: 'experimental_subject_line ?? email.subject',
      },
    ],
  },
  {
    id: 'humanlayer-shows-new-email-names',
    requirement: 'humanlayer.email-names',
    title: 'Both spellings of the subject are shown.',
    patches: [
      {
        file: CHANNEL,
        find: 'experimental_subject_line: subject,',
        replace: 'subject, experimental_subject_line: subject,',
      },
    ],
  },
  {
    id: 'humanlayer-experimental-thread-not-taken',
    requirement: 'humanlayer.email-names',
    title: 'The experimental name of the message that is replied to is not read.',
    patches: [
      {
        file: CHANNEL,
        find: 'email.in_reply_to_message_id ?? in_reply_to ?? experimental_in_reply_to_message_id',
        replace: 'email.in_reply_to_message_id ?? in_reply_to',
      },
    ],
    roots: ['humanlayer.channel-shown'],
  },
  {
    id: 'humanlayer-empty-list-of-responders',
    requirement: 'humanlayer.no-empty-responders',
    title: 'A Slack channel that lists nobody shows an empty list.',
    patches: [
      {
        file: CHANNEL,
        find: "shown['slack'] ??= slack\n",
        replace:
          "shown['slack'] ??= { ...slack, allowed_responder_ids: slack.allowed_responder_ids ?? [] }\n",
      },
    ],
  },
  {
    id: 'humanlayer-shows-state-to-responders',
    requirement: 'call.state-hidden',
    title: 'A human contact shows its state to everybody who reads it in the profile.',
    patches: [
      {
        file: PROJECTION,
        find: '      response_options,\n      state: withState ? state : undefined,',
        replace: '      response_options,\n      state,',
      },
    ],
  },
]
