import {
  ContactChannel,
  NamedChannel,
  NO_DIRECTORY,
  PERSON_PATTERN,
  pointerOf,
  Policy,
  Team,
  validate,
  type Directory,
  type JsonFault,
} from '@countersign/protocol'
import { Type, type Static } from '@sinclair/typebox'
import { resolvedDirectory } from './directory.ts'

// What the operator writes about people, teams, channels and policies: once for all projects, and where it differs for one.

const closed = { additionalProperties: false }
const timestamp = Type.String({ format: 'date-time' })
const personId = Type.String({ pattern: PERSON_PATTERN })

const ConfiguredPerson = Type.Object(
  {
    id: personId,
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    addresses: Type.Optional(
      Type.Array(Type.String({ pattern: '^(?!team:)[^:\\s]+:\\S+$', maxLength: 256 }), { maxItems: 100 }),
    ),
    out_of_office: Type.Optional(
      Type.Object(
        { from: Type.Optional(timestamp), until: Type.Optional(timestamp), delegate: personId },
        closed,
      ),
    ),
  },
  closed,
)

const members = {
  people: Type.Optional(Type.Array(ConfiguredPerson)),
  teams: Type.Optional(Type.Array(Team)),
  channels: Type.Optional(Type.Array(NamedChannel)),
  default_channel: Type.Optional(ContactChannel),
  responders: Type.Optional(Type.Union([Type.Literal('any'), Type.Literal('known')])),
  policies: Type.Optional(Type.Array(Policy)),
}

const RoutingConfiguration = Type.Object(members, closed)
export type RoutingConfiguration = Static<typeof RoutingConfiguration>

/** The members of the configuration that are about routing. */
export const routingMembers: readonly string[] = [...Object.keys(members), 'projects']

/** What is said about every project, and about those that differ. */
export interface Directories {
  shared: Directory
  projects: Readonly<Record<string, Directory>>
}

export const NO_DIRECTORIES: Directories = { shared: NO_DIRECTORY, projects: {} }

export function directoryOf({ shared, projects }: Directories, project_id: string): Directory {
  return Object.hasOwn(projects, project_id) ? projects[project_id]! : shared
}

/**
 * Reads the routing members of a configuration. A project under `projects` has its own members where it names them, and the shared ones
 * elsewhere. Every name has to exist and every channel has to be one that can decide.
 */
export function readRouting(
  configuration: Readonly<Record<string, unknown>>,
): { ok: true; value: Directories } | { ok: false; faults: JsonFault[] } {
  const nulls = nullsIn(configuration, [])
  if (nulls.length > 0) return { ok: false, faults: nulls }

  const { projects = {}, ...shared } = configuration
  if (typeof projects !== 'object' || projects === null || Array.isArray(projects))
    return { ok: false, faults: [{ pointer: '/projects', detail: 'Expected object.' }] }

  const own = Object.entries(projects as Record<string, unknown>)
  const read = [
    readDirectory(shared, ''),
    ...own.map(([project_id, differing]) =>
      isObject(differing)
        ? readDirectory({ ...shared, ...differing }, pointerOf(['projects', project_id]))
        : { faults: [{ pointer: pointerOf(['projects', project_id]), detail: 'Expected object.' }] },
    ),
  ]
  const faults = read.flatMap((each) => each.faults)
  if (faults.length > 0) return { ok: false, faults }
  const [all, ...each] = read.map(({ directory = NO_DIRECTORY }) => directory)
  const entries = own.map(([project_id], index) => [project_id, each[index]!])
  return {
    ok: true,
    value: { shared: all!, projects: Object.fromEntries(entries) as Directories['projects'] },
  }
}

function readDirectory(
  configuration: Readonly<Record<string, unknown>>,
  place: string,
): { directory?: Directory; faults: JsonFault[] } {
  const at = (faults: JsonFault[]) =>
    faults.map(({ pointer, detail }) => ({ pointer: place + pointer, detail }))
  const validated = validate(RoutingConfiguration, structuredClone(configuration))
  if (!validated.ok) return { faults: at(validated.faults) }

  const { directory, faults } = resolvedDirectory(validated.value)
  return { directory, faults: at(faults) }
}

/** In a request a null member counts as absent. Here it would silently take a restriction away, where somebody has forgotten to write one. */
function nullsIn(value: unknown, trail: readonly string[]): JsonFault[] {
  if (value === null)
    return [{ pointer: pointerOf(trail), detail: 'Null says nothing here: leave the member out.' }]
  if (typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, member]) => nullsIn(member, [...trail, name]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
