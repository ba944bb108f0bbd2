import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { writeParsed, type Event } from '@countersign/client'

/**
 * Starts the agent with an event and resolves when it has done its step. This is the seam: whoever learns of events in
 * another way, such as by a webhook, calls it with the verified event and answers 2xx once it has resolved.
 */
export async function dispatch(event: Event): Promise<void> {
  const agent = spawn(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, 'agent.ts'), 'resume'],
    {
      stdio: ['pipe', 'inherit', 'inherit'],
    },
  )
  // An agent that ended before it read everything says why by its exit code.
  agent.stdin.on('error', () => undefined)
  agent.stdin.end(writeParsed(event))
  const [code] = (await once(agent, 'exit')) as [number | null]
  if (code !== 0)
    throw new Error(`The agent failed on the event ${event.id}; it comes again at the next start.`)
}
