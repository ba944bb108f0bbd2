import { Type, type Static } from '@sinclair/typebox'

const limit = (description: string) => Type.Integer({ minimum: 1, description })

export const Limits = Type.Object(
  {
    body_bytes: limit('The largest request body, in bytes.'),
    json_depth: limit('How deep a body may nest; the outermost object is level 1.'),
    wait_seconds: Type.Optional(limit('The longest wait that is honoured; longer ones are cut to it.')),
    page_size: Type.Optional(limit('The most items on one page of a list; larger requests are cut to it.')),
    expires_in_seconds: Type.Optional(limit('How far ahead a call may expire.')),
    schema_bytes: Type.Optional(limit('The largest schema that a client may send, in bytes.')),
    schema_depth: Type.Optional(limit('How deep such a schema may nest.')),
    timer_seconds: Type.Optional(limit('How far ahead a timer may wake an agent.')),
    channel_depth: Type.Optional(limit('How many composites may stand within each other in a channel.')),
    channel_leaves: Type.Optional(limit('How many leaves a channel may have.')),
    run_depth: Type.Optional(limit('How deep runs may nest; a run without a parent is level 1.')),
    heartbeat_seconds: Type.Optional(limit('How long an event stream is silent at the most.')),
  },
  { $id: 'Limits', description: 'The limits that a client can run into.' },
)
export type Limits = Static<typeof Limits>

export const Discovery = Type.Object(
  {
    versions: Type.Array(Type.String(), {
      minItems: 1,
      description: 'The versions of the protocol that are served.',
    }),
    profiles: Type.Array(Type.String(), {
      description: 'The profiles claimed. What is claimed is obligatory.',
    }),
    features: Type.Array(Type.String(), { description: 'The optional features claimed.' }),
    channel_kinds: Type.Array(Type.String(), {
      description: 'The kinds of contact channel that can be named.',
    }),
    limits: Limits,
  },
  { $id: 'Discovery', description: 'What a server can do, at `/.well-known/countersign`.' },
)
export type Discovery = Static<typeof Discovery>

export const Health = Type.Object(
  { status: Type.String({ description: '`ok`, or `unavailable`.' }) },
  { $id: 'Health', description: 'Whether the server is alive or ready.' },
)

export const Version = Type.Object(
  {
    name: Type.String({ description: 'The name of the server software.' }),
    version: Type.String({ description: 'Its version.' }),
  },
  { $id: 'Version', description: 'Which software answers.' },
)
