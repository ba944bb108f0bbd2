import { Countersign } from '@countersign/client'
import { visibleText } from '@countersign/client/terminal'
import {
  keysFromEnvironment,
  newSecret,
  readSettings,
  startServer,
  settingDefinitions,
  type FirstKeys,
  type RunningServer,
  type Settings,
} from '@countersign/server'
import type { Command } from 'commander'
import { answerPending } from '../answer-pending.ts'
import { KEYS_FILE, readKeysFile, writeKeysFile, type KeysFile } from '../keys-file.ts'
import { listPending } from '../pending.ts'
import { runRefundAgent } from '../refund-agent.ts'
import { hintFor } from './inbox.ts'
import { addSettingOptions, closeOnSignal, settingsOf } from './serve.ts'

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('Start a server and a sample agent that asks before it acts.')
    .addHelpText(
      'after',
      `
On a terminal you answer right here. Without one it prints how to answer from elsewhere. The server keeps running until Ctrl+C.
When the server of ${KEYS_FILE} runs already, the agent asks there.`,
    )
  addSettingOptions(command).action(async (flags: Record<string, string>) => {
    // Everything about the demo is on this machine, and so is `webhooks listen`.
    const own = { log_level: 'error', webhook_allow: '127.0.0.0/8,::1/128' }
    const settings = readSettings({ ...own, ...settingsOf(flags) }, process.env)
    const running = settings.port === DEFAULT_PORT ? await findRunning() : undefined
    const server = running ? undefined : await startDemoServer(settings)
    const { url, keys } = running ?? readKeysFile()!
    print(
      running
        ? `Countersign runs already at ${url}; the agent asks there.`
        : `Countersign is ready at ${url}`,
    )
    print(`The keys are in ${KEYS_FILE}; other commands in this folder find them there.\n`)

    const ended = new AbortController()
    const story = runAgent({ url, keys }, ended.signal)
    const leave = async () => {
      ended.abort()
      await story.catch(() => undefined)
    }
    if (server) closeOnSignal(server, leave)
    else process.once('SIGINT', () => void leave().then(() => process.exit()))
    try {
      await story
    } catch (error) {
      await server?.close()
      throw error
    }
    if (server && !ended.signal.aborted)
      print('\nThe agent is done. The server keeps running; Ctrl+C ends it. Again: npx countersign demo')
  })
}

const DEFAULT_PORT = settingDefinitions.port.fallback

/** Lets the agent ask, and the person at this terminal answer, if there is one. */
async function runAgent({ url, keys }: KeysFile, signal: AbortSignal): Promise<void> {
  const agent = new Countersign({ baseUrl: url, apiKey: keys.agent })
  const person = new Countersign({ baseUrl: url, apiKey: keys.responder })
  const done = new AbortController()
  const until = AbortSignal.any([signal, done.signal])
  const here = (any: { call: { run_id: string } }) => any.call.run_id === agent.runId

  const answering =
    process.stdin.isTTY && process.stdout.isTTY
      ? answerPending(person, { signal: until, only: here, maySkip: false, print })
      : printHints(person, here, until)
  try {
    await Promise.race([
      runRefundAgent(agent, (line) => print(`agent: ${visibleText(line)}`)),
      // A person who leaves the terminal leaves the demo.
      answering,
    ])
  } finally {
    done.abort()
    await answering.catch(() => undefined)
    // An agent that is gone cannot use an answer, so that nobody shall be asked for it any more.
    await withdraw(agent)
  }
}

async function withdraw(agent: Countersign): Promise<void> {
  const mine = { run_id: agent.runId, state: 'pending' }
  for (const { call_id } of (await agent.functionCalls.list(mine)).items)
    await agent.functionCalls.cancel(call_id)
  for (const { call_id } of (await agent.humanContacts.list(mine)).items)
    await agent.humanContacts.cancel(call_id)
}

async function printHints(
  person: Countersign,
  here: (call: Parameters<typeof hintFor>[0]) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const shown = new Set<string>()
  while (!signal.aborted) {
    for (const any of (await listPending(person)).filter(here)) {
      if (!shown.has(any.call.call_id))
        print(`To answer: ${hintFor(any)}\n           (or live: npx countersign inbox)`)
      shown.add(any.call.call_id)
    }
    await new Promise((resolve) => setTimeout(resolve, HINT_POLL_MS))
  }
}

const HINT_POLL_MS = 300

/** The server of the keys file, when it answers and knows the key. */
async function findRunning(): Promise<KeysFile | undefined> {
  const file = readKeysFile()
  if (!file) return undefined
  try {
    const response = await fetch(`${file.url}/v1/project`, {
      headers: { authorization: `Bearer ${file.keys.agent}` },
      signal: AbortSignal.timeout(2_000),
    })
    return response.ok ? file : undefined
  } catch {
    return undefined
  }
}

/** Keys of the environment first, then those of the keys file, then new ones; all end up in the file. */
async function startDemoServer(settings: Settings): Promise<RunningServer> {
  const keys: Required<FirstKeys> = {
    agent: newSecret(),
    responder: newSecret(),
    admin: newSecret(),
    ...readKeysFile()?.keys,
    ...keysFromEnvironment(process.env),
  }
  const server = await startServer(settings, keys)
  writeKeysFile({ url: server.url, keys })
  return server
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
