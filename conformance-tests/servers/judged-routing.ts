import { readRouting, type Directories } from '@countersign/server'

/** What the operator of the judged server has configured: something of each kind, so that everything about it can be judged. */
export function judgedDirectories(): Directories {
  const read = readRouting(configuration)
  if (!read.ok) throw new Error(`The judged server is configured wrongly: ${JSON.stringify(read.faults)}`)
  return read.value
}

const listed = (...allowed_responder_ids: string[]) => ({ inbox: { allowed_responder_ids } })

const configuration = {
  people: [
    { id: 'ana', name: 'Ana Lima', addresses: ['email:ana@example.com', 'slack:T1:U1'] },
    { id: 'bo', name: 'Bo Sand', addresses: ['sms:+15550100'] },
    { id: 'cy' },
    { id: 'dee', name: 'Dee Ray', out_of_office: { delegate: 'ana' } },
    { id: 'eli', name: 'Eli Fox', out_of_office: { from: '2020-01-01T00:00:00Z', delegate: 'ana' } },
    // Whose delegate is away too.
    { id: 'fay', out_of_office: { until: '2999-01-01T00:00:00Z', delegate: 'dee' } },
    // Who is back, and who is not away yet.
    { id: 'gus', out_of_office: { until: '2020-01-01T00:00:00Z', delegate: 'bo' } },
    { id: 'hal', out_of_office: { from: '2999-01-01T00:00:00Z', delegate: 'bo' } },
  ],
  teams: [
    { name: 'payments', people: ['ana', 'bo'] },
    { name: 'on call', people: ['bo', 'cy', 'dee'] },
  ],
  channels: [
    { name: 'conformance-anybody', channel: { inbox: {} } },
    { name: 'conformance-payments', channel: listed('team:payments') },
    { name: 'conformance-terminal', channel: { console: { allowed_responder_ids: ['bo', 'cy'] } } },
    {
      name: 'conformance-fallback',
      channel: {
        any_of: [
          { named: { name: 'conformance-payments' } },
          { after_seconds: 3_600, channel: listed('cy') },
          { console: {} },
        ],
      },
    },
    {
      name: 'conformance-two-of-three',
      channel: { quorum: { required: 2, of: [listed('ana', 'bo'), listed('cy')] } },
    },
    {
      name: 'conformance-pair-or-head',
      channel: { any_of: [{ all_of: [listed('ana'), listed('bo', 'cy')] }, listed('gus')] },
    },
  ],
  // No other check names such functions.
  policies: [
    {
      name: 'conformance-small-refunds',
      fn: 'conformance.refund',
      kwargs: [
        { pointer: '/amount', more_than: 0, at_most: 50 },
        { pointer: '/currency', one_of: ['EUR', 'USD', 978] },
      ],
      effect: 'approve',
      comment: 'Small enough.',
    },
    {
      name: 'conformance-no-refunds-abroad',
      fn: ['conformance.refund', 'conformance.pay'],
      kwargs: [{ pointer: '/customer/country', equals: 'XX' }],
      effect: 'deny',
      comment: 'Not there.',
    },
    {
      name: 'conformance-large-refunds',
      fn: 'conformance.refund',
      kwargs: [{ pointer: '/amount', more_than: 1_000 }],
      effect: 'ask',
      channel: listed('ana', 'bo', 'cy'),
      minimum_people: 2,
    },
    {
      name: 'conformance-other-refunds',
      fn: 'conformance.refund',
      effect: 'ask',
      channel: { named: { name: 'conformance-payments' } },
    },
    { name: 'conformance-no-drops', fn: 'conformance.*.drop_*', effect: 'deny' },
    { name: 'conformance-reads', fn: 'conformance.read*', effect: 'approve' },
    { name: 'conformance-no-secrets', fn: 'conformance.read_secret', effect: 'deny' },
    {
      name: 'conformance-scratch-files',
      fn: 'conformance.write',
      kwargs: [
        { pointer: '/path~1to/file~0name', starts_with: 'tmp-', ends_with: '-tmp' },
        { pointer: '/a~01b', equals: true },
      ],
      effect: 'approve',
    },
    {
      name: 'conformance-counts',
      fn: 'conformance.count',
      kwargs: [
        { pointer: '/n', equals: 100 },
        { pointer: '/most', at_most: 9_007_199_254_740_991 },
        { pointer: '/share', at_least: 0.1, less_than: 0.3 },
      ],
      effect: 'approve',
    },
    {
      name: 'conformance-no-large-transfers',
      fn: 'conformance.transfer',
      kwargs: [{ pointer: '/lines/0/amount', at_least: 1_000 }],
      effect: 'deny',
      comment: 'Too much.',
    },
    { name: 'conformance-transfers', fn: 'conformance.transfer', effect: 'approve' },
    { name: 'conformance-anything', fn: 'conformance.anything', effect: 'ask' },
    { name: 'conformance-two', fn: 'conformance.two', effect: 'ask', minimum_people: 2 },
    {
      name: 'conformance-pair-and-one',
      fn: 'conformance.three',
      effect: 'ask',
      channel: { all_of: [listed('ana'), listed('bo', 'cy', 'gus')] },
      minimum_people: 3,
    },
    {
      name: 'conformance-head-later',
      fn: 'conformance.later',
      effect: 'ask',
      channel: { any_of: [listed('ana', 'bo'), { after_seconds: 3_600, channel: listed('cy') }] },
    },
  ],
  projects: {
    other: {
      default_channel: { any_of: [listed('team:payments'), listed('cy')] },
      responders: 'known',
    },
  },
}
