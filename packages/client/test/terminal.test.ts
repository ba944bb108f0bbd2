import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import { TerminalError, TimeoutError } from '../src/errors.ts'
import { promptForFunctionCall } from '../src/terminal.ts'

/** A terminal and a person who types an answer whenever a question that they know appears. */
function aTerminal(...script: (readonly [question: string, answer: string | typeof EOF])[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = Object.assign(new PassThrough(), { isTTY: true })
  const screen = { text: '', unread: '' }
  const steps = [...script]
  output.on('data', (chunk: Buffer) => {
    screen.text += chunk.toString()
    screen.unread += chunk.toString()
    const [question, answer] = steps[0] ?? []
    if (question === undefined || !screen.unread.endsWith(question)) return
    steps.shift()
    screen.unread = ''
    if (answer === EOF) input.end()
    else input.write(`${answer}\n`)
  })
  return { terminal: { input, output }, screen, steps }
}

const EOF = Symbol('end of input')
const APPROVE = 'n for no: '
const WHY = '(comment) '
const ANSWER = 'Your answer: '

beforeEach(() => {
  vi.stubEnv('COUNTERSIGN_URL', '')
  vi.stubEnv('COUNTERSIGN_API_KEY', '')
})
afterEach(() => void vi.unstubAllEnvs())

describe('an approval in the terminal', () => {
  const refund = { spec: { fn: 'refund_order', kwargs: { id: 12345678901234567890n } } }

  test.each(['y', 'yes', ' Y ', 'YES'])('is a typed %j', async (typed) => {
    const { terminal, screen } = aTerminal([APPROVE, typed])

    const { status } = await new Countersign({ terminal }).fetchApproval(refund)

    expect(status).toMatchObject({ state: 'approved', approved: true, comment: '' })
    expect(status.responder).toMatchObject({ channel: 'terminal' })
    expect(screen.text).toContain('Function:  refund_order')
    expect(screen.text).toContain('"id": 12345678901234567890')
  })

  test('is never a bare ENTER or any other text', async () => {
    const { terminal, steps } = aTerminal(
      [APPROVE, ''],
      [APPROVE, 'ok'],
      [APPROVE, 'yy'],
      [APPROVE, '1'],
      [APPROVE, 'n'],
      [WHY, 'Not today'],
    )

    const { status } = await new Countersign({ terminal }).fetchApproval(refund)

    expect(status).toMatchObject({ state: 'denied', approved: false, comment: 'Not today' })
    expect(steps).toEqual([])
  })

  test('lets the function run with what was shown', async () => {
    const { terminal } = aTerminal([APPROVE, 'y'])
    const guarded = new Countersign({ terminal }).requireApproval((args: { a: number }) => args.a + 1, {
      name: 'add',
    })

    await expect(guarded({ a: 1 })).resolves.toBe(2)
  })

  test('denies with a prepared reason when its number is typed', async () => {
    const rejectOptions = [
      { name: 'never' },
      { name: 'later', prompt_fill: 'Ask tomorrow', interactive: true },
    ]
    const { terminal } = aTerminal(
      ['number of a way to deny: ', '3'],
      ['number of a way to deny: ', '2'],
      ['(ENTER for "Ask tomorrow"): ', ''],
    )
    const guarded = new Countersign({ terminal }).requireApproval(() => 'ran', { name: 'f', rejectOptions })

    await expect(guarded({})).resolves.toBe(
      'The function f was not run. A person denied it (later): Ask tomorrow',
    )
  })

  test('does not come from a line that was typed before the question appeared', async () => {
    const { terminal } = aTerminal([APPROVE, 'n'], [WHY, ''])
    terminal.input.write('y\n')

    const { status } = await new Countersign({ terminal }).fetchApproval(refund)

    expect(status.state).toBe('denied')
  })

  test.each([
    ['at the question', [[APPROVE, EOF]]],
    [
      'at the comment',
      [
        [APPROVE, 'n'],
        [WHY, EOF],
      ],
    ],
  ] as const)('is an error when the input ends %s', async (_when, script) => {
    const { terminal } = aTerminal(...script)
    const client = new Countersign({ terminal })

    await expect(client.fetchApproval(refund)).rejects.toThrow(TerminalError)
    await expect(client.fetchApproval(refund)).rejects.toThrow(TerminalError)
  })

  test.each(['input', 'output'] as const)('is an error when the %s is no terminal', async (stream) => {
    const { terminal, screen } = aTerminal([APPROVE, 'y'])
    terminal[stream].isTTY = false

    await expect(new Countersign({ terminal }).fetchApproval(refund)).rejects.toThrow(TerminalError)
    expect(screen.text).toBe('')
  })

  test('is an error in a process without a terminal', async () => {
    const before = Object.getOwnPropertyDescriptor(process.stdin, 'isTTY')
    Object.defineProperty(process.stdin, 'isTTY', { value: false, configurable: true })
    try {
      await expect(new Countersign().fetchApproval(refund)).rejects.toThrow('this process has no terminal')
    } finally {
      if (before) Object.defineProperty(process.stdin, 'isTTY', before)
      else Reflect.deleteProperty(process.stdin, 'isTTY')
    }
  })

  test('shows no escape sequence of the agent', async () => {
    const { terminal, screen } = aTerminal([APPROVE, 'y'])

    await new Countersign({ terminal }).fetchApproval({
      spec: { fn: 'f', kwargs: { to: 'a\u202eb\u001b[2J' }, context: { summary: '\u001b]0;x\u0007' } },
    })

    expect(screen.text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(screen.text).toContain(String.raw`a\u202eb\u001b[2J`)
  })

  test('expires when nobody answers in time', async () => {
    const { terminal, screen } = aTerminal()
    const soon = new Date(Date.now() + 50).toISOString()

    const { status } = await new Countersign({ terminal }).fetchApproval({
      spec: { ...refund.spec, expires_at: soon, on_expire: { comment: 'Too slow.' } },
    })

    expect(status).toMatchObject({ state: 'expired', approved: false, comment: 'Too slow.', responder: null })
    expect(screen.text).toContain(`Expires:   ${soon}`)
  })

  test('ends with a TimeoutError or the reason of the signal', async () => {
    const { terminal } = aTerminal()
    const client = new Countersign({ terminal })

    await expect(client.fetchApproval(refund, { timeoutMs: 40 })).rejects.toThrow(TimeoutError)
    await expect(client.fetchApproval(refund, { signal: AbortSignal.abort('stop') })).rejects.toBe('stop')
  })

  test('frees the terminal for the next question when its signal aborts', async () => {
    const controller = new AbortController()
    const { terminal, screen } = aTerminal()
    const client = new Countersign({ terminal })
    const first = client.fetchApproval(refund, { signal: controller.signal })
    const failed = expect(first).rejects.toBe('stop')
    await vi.waitUntil(() => screen.text.endsWith(APPROVE))
    const second = client.fetchResponse({ spec: { msg: 'And now?' } })

    controller.abort('stop')
    await failed
    await vi.waitUntil(() => screen.text.endsWith(ANSWER))
    terminal.input.write('Go on\n')

    expect((await second).status.response).toBe('Go on')
    expect(screen.text).toContain('The question is put away')
  })

  test('is refused when the call needs what no terminal checks', async () => {
    const { terminal, screen } = aTerminal([APPROVE, 'y'])
    const client = new Countersign({ terminal })

    await expect(
      client.fetchApproval({ spec: { ...refund.spec, minimum_assurance: 'passkey' } }),
    ).rejects.toThrow('minimum_assurance')
    await expect(
      client.fetchApproval({ spec: { ...refund.spec, requires: ['expiry', 'edit'] } }),
    ).rejects.toThrow(': edit.')
    expect(screen.text).toBe('')
  })

  test('says so when it stands for several people', async () => {
    const { terminal, screen } = aTerminal([APPROVE, 'y'])

    await new Countersign({ terminal }).fetchApproval({
      spec: { ...refund.spec, channel: { all_of: [{ inbox: {} }, { named: { name: 'cfo' } }] } },
    })

    expect(screen.text).toContain('the answer here is the only one')
  })

  test('is asked one at a time', async () => {
    const { terminal, screen } = aTerminal([APPROVE, 'y'], [APPROVE, 'n'], [WHY, 'no'], [APPROVE, 'y'])
    const one = new Countersign({ terminal })
    const other = new Countersign({ terminal })

    const calls = await Promise.all([
      one.fetchApproval({ spec: { fn: 'first', kwargs: {} } }),
      other.fetchApproval({ spec: { fn: 'second', kwargs: {} } }),
      one.fetchApproval({ spec: { fn: 'third', kwargs: {} } }),
    ])

    expect(calls.map(({ status }) => status.state)).toEqual(['approved', 'denied', 'approved'])
    const shown = [...screen.text.matchAll(/Function: {2}(\w+)|(Approve)/g)].map(
      (match) => match[1] ?? match[2],
    )
    expect(shown).toEqual(['first', 'Approve', 'second', 'Approve', 'third', 'Approve'])
  })

  test('can be prompted for by others, such as an inbox', async () => {
    const { terminal } = aTerminal([APPROVE, 'n'], [WHY, 'No.'])
    const call = { run_id: 'run_1', call_id: 'call_1', spec: { fn: 'f', kwargs: {} } }

    await expect(promptForFunctionCall(call, { terminal })).resolves.toEqual({
      approved: false,
      comment: 'No.',
    })
  })
})

describe('an answer in the terminal', () => {
  test('is a line of text, and an empty one asks again', async () => {
    const { terminal, steps } = aTerminal([ANSWER, ''], [ANSWER, '  '], [ANSWER, ' Grüße '])

    await expect(new Countersign({ terminal }).humanAsTool()({ message: 'Who?' })).resolves.toBe('Grüße')
    expect(steps).toEqual([])
  })

  test('is an option when its number is typed', async () => {
    const question = 'number of an option: '
    const { terminal } = aTerminal([question, '2'])

    const { status } = await new Countersign({ terminal }).fetchResponse({
      spec: { msg: 'Which?', response_options: [{ name: 'a' }, { name: 'b', title: 'Plan B' }] },
    })

    expect(status).toMatchObject({ state: 'answered', response: 'Plan B', response_option_name: 'b' })
  })

  test('is the default answer when nobody answers in time', async () => {
    const { terminal } = aTerminal()

    const { status } = await new Countersign({ terminal }).fetchResponse({
      spec: {
        msg: 'Which?',
        response_options: [{ name: 'a' }],
        expires_at: new Date(Date.now() + 30).toISOString(),
        on_expire: { response_option_name: 'a' },
      },
    })

    expect(status).toMatchObject({
      state: 'expired',
      response: 'a',
      response_option_name: 'a',
      responses: [],
    })
  })

  test('is an error when the input ends', async () => {
    const { terminal } = aTerminal([ANSWER, EOF])

    await expect(new Countersign({ terminal }).humanAsTool()({ message: 'Who?' })).rejects.toThrow(
      TerminalError,
    )
  })
})
