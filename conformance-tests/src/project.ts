import { channelOf, type Channel } from './channel.ts'

/** What a project says of itself at `GET /v1/project`, as far as checks go by it. */
export interface ShownProject {
  readonly people: readonly ShownPerson[]
  readonly teams: readonly { readonly name: string; readonly people: readonly string[] }[]
  readonly channels: readonly { readonly name: string; readonly channel: Channel }[]
  readonly default_channel: Channel | undefined
  readonly responders: string | undefined
  readonly policies: readonly ShownPolicy[]
  /** Whether the key that was shown this manages keys. */
  readonly is_admin: boolean
}

interface ShownPerson {
  readonly id: string
  readonly name: string | undefined
  readonly addresses: readonly string[]
  /** Who stands in for them. */
  readonly delegate: string | undefined
}

export interface ShownPolicy {
  readonly name: string
  readonly fn: readonly string[]
  readonly kwargs: readonly ShownMatcher[]
  readonly effect: 'approve' | 'deny' | 'ask'
  readonly comment: string | undefined
  readonly channel: Channel | undefined
  readonly minimum_people: number | undefined
}

export type ShownMatcher = { readonly pointer: string } & Readonly<Record<string, unknown>>

/** Reads an answer. What has not the right form is for the checks of the form to find, and counts as not configured here. */
export function readProject(value: unknown, { is_admin }: { is_admin: boolean }): ShownProject {
  const project = recordOf(value)
  return {
    people: recordsIn(project['people']).flatMap(readPerson),
    teams: recordsIn(project['teams']).flatMap(({ name, people }) =>
      typeof name === 'string' ? [{ name, people: textsIn(people) }] : [],
    ),
    channels: recordsIn(project['channels']).flatMap(({ name, channel }) => {
      const read = channelOf(channel)
      return typeof name === 'string' && read ? [{ name, channel: read }] : []
    }),
    default_channel: channelOf(project['default_channel']),
    responders: textOf(project['responders']),
    policies: recordsIn(project['policies']).flatMap(readPolicy),
    is_admin,
  }
}

export const NO_PROJECT: ShownProject = readProject({}, { is_admin: false })

function readPerson({ id, name, addresses, delegate }: Record<string, unknown>): ShownPerson[] {
  if (typeof id !== 'string') return []
  return [{ id, name: textOf(name), addresses: textsIn(addresses), delegate: textOf(delegate) }]
}

function readPolicy(policy: Record<string, unknown>): ShownPolicy[] {
  const { name, fn, kwargs, effect, comment, channel, minimum_people } = policy
  if (typeof name !== 'string') return []
  if (effect !== 'approve' && effect !== 'deny' && effect !== 'ask') return []
  return [
    {
      name,
      fn: textsIn([fn].flat()),
      kwargs: recordsIn(kwargs).filter(
        (matcher): matcher is ShownMatcher => typeof matcher['pointer'] === 'string',
      ),
      effect,
      comment: textOf(comment),
      channel: channelOf(channel),
      minimum_people: typeof minimum_people === 'number' ? minimum_people : undefined,
    },
  ]
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(recordOf) : []
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
