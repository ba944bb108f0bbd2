import { randomUUID } from 'node:crypto'
import type { HumanLayer, HumanLayerParams } from 'humanlayer-sdk-0.7.9'
import { expect } from 'vitest'
import type { Sdk } from './sdks.ts'
import type { ServerProcess } from './server-process.ts'

/** An agent of this SDK that keeps the SDK's own ids and finds its answers by polling. */
export function agentOf(sdk: Sdk, server: ServerProcess, params: HumanLayerParams = {}): HumanLayer {
  return new sdk.HumanLayer({
    apiKey: server.agentKey,
    apiBaseUrl: server.apiBase,
    runId: `agent-${randomUUID()}`,
    ...params,
  })
}

/** The stores of a person who answers with the same SDK and a key of the responder scope. */
export function personOf(sdk: Sdk, server: ServerProcess): NonNullable<HumanLayer['backend']> {
  return agentOf(sdk, server, { apiKey: server.responderKey }).backend!
}

/**
 * The pause between two polls. The first one passes with the call pending, so that the SDK has to wait on, and
 * in the second one `act` happens, so that the next poll finds it.
 */
export function pauseWhile(act: () => Promise<unknown>): (ms: number) => Promise<void> {
  let pauses = 0
  return async () => {
    pauses += 1
    if (pauses === 2) await act()
    if (pauses > 3) throw new Error('The SDK polls on although the call has been answered.')
  }
}

/** The one pending call of a run, as the people who answer find it. */
export async function pendingCallId(
  server: ServerProcess,
  collection: 'function_calls' | 'human_contacts',
  run_id: string,
): Promise<string> {
  const response = await fetch(`${server.apiBase}/agent/${collection}/pending`, {
    headers: { authorization: `Bearer ${server.responderKey}` },
  })
  const calls = (await response.json()) as { run_id: string; call_id: string }[]
  const ofRun = calls.filter((call) => call.run_id === run_id)
  expect(ofRun).toHaveLength(1)
  return ofRun[0]!.call_id
}
