import type { TSchema } from '@sinclair/typebox'
import { Cancellation, Context, ContactRecord } from './schemas/call.ts'
import * as channels from './schemas/contact-channel.ts'
import * as discovery from './schemas/discovery.ts'
import { Escalation, EscalationRecord } from './schemas/escalation.ts'
import { Event, EventList, EventType } from './schemas/event.ts'
import * as functionCalls from './schemas/function-call.ts'
import * as humanContacts from './schemas/human-contact.ts'
import { Problem } from './schemas/problem.ts'
import * as policies from './schemas/policy.ts'
import * as projects from './schemas/project.ts'
import { Assurance, Responder } from './schemas/responder.ts'
import { ResponseOption } from './schemas/response-option.ts'
import * as routing from './schemas/routing.ts'
import * as runs from './schemas/run.ts'
import * as timers from './schemas/timer.ts'
import * as webhooks from './schemas/webhook.ts'

const everything: unknown[] = [
  channels,
  functionCalls,
  humanContacts,
  projects,
  routing,
  policies,
  discovery,
  timers,
  webhooks,
  runs,
  {
    Responder,
    Assurance,
    ResponseOption,
    Escalation,
    EscalationRecord,
    Cancellation,
    Context,
    ContactRecord,
  },
  { Event, EventList, EventType, Problem },
].flatMap((schemasOfOneFile) => Object.values<unknown>(schemasOfOneFile))

/** Every published schema by its name, in alphabetical order. */
export const schemas: Readonly<Record<string, TSchema>> = Object.fromEntries(
  everything
    .filter((value): value is TSchema => typeof value === 'object' && value !== null && '$id' in value)
    .map((schema) => [schema.$id!, schema] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1)),
)

/** The schema as plain JSON Schema 2020-12, with every named schema inside it turned into a reference. */
export function publish(schema: TSchema, reference: (name: string) => string): Record<string, unknown> {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { $id, $ref, ...rest } = value as { $id?: string; $ref?: string }
    if (key !== '' && $id !== undefined) return { $ref: reference($id) }
    return $ref === undefined ? rest : { ...rest, $ref: reference($ref) }
  })
  return JSON.parse(text) as Record<string, unknown>
}
