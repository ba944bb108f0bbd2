import { existsSync, readFileSync } from 'node:fs'
import { parseJson } from '@countersign/protocol'
import { LIMITS } from './capabilities.ts'
import { readRouting, routingMembers, type Directories } from './routing/configuration.ts'
import { isCidr } from './webhooks/address-guard.ts'

/** How the server is run. Flags win over the environment, the environment over the configuration file. */
export interface Settings {
  /** 0 picks a free port. */
  port: number
  host: string
  /** The file of the SQLite database. */
  db: string
  log_level: string
  body_bytes: number
  wait_seconds: number
  heartbeat_seconds: number
  /** Whether the HumanLayer lists of pending calls answer with a page object. */
  humanlayer_pending_page: boolean
  /** Networks that are not public and may get webhooks all the same, as CIDRs. */
  webhook_allow: readonly string[]
  /** Who is there, how they are reached, and what is settled without them. */
  directories: Directories
}

type Setting = Exclude<keyof Settings, 'directories'>

/** A setting is wrong; the message names it. */
export class SettingError extends Error {}

type Sources = Readonly<Record<string, unknown>>

interface Definition<T> {
  fallback: T
  description: string
  parse: (value: unknown) => T | undefined
  wanted: string
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

const text = (fallback: string, description: string): Definition<string> => ({
  fallback,
  description,
  parse: (value) => (typeof value === 'string' && value.length > 0 ? value : undefined),
  wanted: 'a text that is not empty',
})

const integer = (fallback: number, min: number, max: number, description: string): Definition<number> => ({
  fallback,
  description,
  parse(value) {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    return Number.isInteger(number) && (number as number) >= min && (number as number) <= max
      ? (number as number)
      : undefined
  },
  wanted: `a whole number from ${min} to ${max}`,
})

/** Every setting: flag `--name`, environment `COUNTERSIGN_NAME`, member `name` of the configuration file. */
export const settingDefinitions: { [Name in Setting]: Definition<Settings[Name]> } = {
  port: integer(4747, 0, 65_535, 'the port to listen on; 0 picks a free one'),
  host: text('127.0.0.1', 'the address to listen on'),
  db: text('./countersign.db', 'the file of the SQLite database'),
  log_level: {
    fallback: 'info',
    description: `how much to log to stderr: ${LOG_LEVELS.join(', ')}`,
    parse: (value) => LOG_LEVELS.find((level) => level === value),
    wanted: `one of ${LOG_LEVELS.join(', ')}`,
  },
  body_bytes: integer(2_097_152, 1_024, 67_108_864, 'the largest request body, in bytes'),
  wait_seconds: integer(60, 1, 3_600, 'the longest time for which a request is held'),
  heartbeat_seconds: integer(15, 1, 60, 'how long a stream of events is silent at the most'),
  humanlayer_pending_page: {
    fallback: false,
    description: 'whether HumanLayer lists of pending calls are page objects: true or false',
    parse: (value) =>
      value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
    wanted: 'true or false',
  },
  webhook_allow: {
    fallback: [],
    description: 'private networks that webhooks may be sent to, as CIDRs with commas between',
    parse(value) {
      const networks: unknown[] =
        typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value]
      const trimmed = networks.map((each) => (typeof each === 'string' ? each.trim() : ''))
      return trimmed.every(isCidr) ? trimmed : undefined
    },
    wanted: 'networks such as 10.1.0.0/16,fd00::/8',
  },
}

/** Puts the settings together; throws `SettingError` for the first wrong or unknown one. */
export function readSettings(
  flags: Sources,
  env: NodeJS.ProcessEnv,
  file = readConfigurationFile(flags, env),
): Settings {
  for (const name of Object.keys(file.members))
    if (!Object.hasOwn(settingDefinitions, name) && !routingMembers.includes(name))
      throw new SettingError(`${file.path}: there is no setting "${name}".`)

  const entries = Object.entries(settingDefinitions).map(([name, definition]) => {
    const variable = `COUNTERSIGN_${name.toUpperCase()}`
    const sources: [string, unknown][] = [
      [`--${name.replaceAll('_', '-')}`, flags[name]],
      [variable, env[variable] === '' ? undefined : env[variable]],
      [`${file.path}: ${name}`, file.members[name]],
    ]
    const given = sources.find(([, value]) => value !== undefined)
    if (!given) return [name, definition.fallback]

    const value = definition.parse(given[1])
    if (value === undefined)
      throw new SettingError(`${given[0]} has to be ${definition.wanted}, not ${JSON.stringify(given[1])}.`)
    return [name, value]
  })
  return {
    ...(Object.fromEntries(entries) as Omit<Settings, 'directories'>),
    directories: readDirectories(file),
  }
}

/** The file of the configuration, and what stands in it. */
export interface ConfigurationFile {
  path: string
  members: Sources
}

/** Reads the file that `--config` or `COUNTERSIGN_CONFIG` names, or else ./countersign.config.json, if it is there. */
export function readConfigurationFile(flags: Sources, env: NodeJS.ProcessEnv): ConfigurationFile {
  const named = (flags['config'] as string | undefined) ?? (env['COUNTERSIGN_CONFIG'] || undefined)
  const path = named ?? 'countersign.config.json'
  if (named === undefined && !existsSync(path)) return { path, members: {} }
  const members = parseFile(path)
  if (typeof members === 'object' && members !== null && !Array.isArray(members))
    return { path, members: members as Sources }
  throw new SettingError(`${path} has to hold a JSON object.`)
}

/** Unlike JSON.parse it refuses a member that is there twice: of two rules the second would win without a word. */
function parseFile(path: string): unknown {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
    JSON.parse(content)
  } catch (error) {
    throw new SettingError(`${path} cannot be read: ${(error as Error).message}.`)
  }
  const parsed = parseJson(content, {}, LIMITS.json_depth)
  if (parsed.ok) return parsed.value
  const { pointer, detail } = parsed.fault
  throw new SettingError(`${path}: ${pointer}: ${detail}`)
}

/** The people, teams, channels and policies of the file; throws `SettingError` with every fault and its place. */
export function readDirectories({ path, members }: ConfigurationFile): Directories {
  const entries = Object.entries(members).filter(([name]) => routingMembers.includes(name))
  const routing = readRouting(Object.fromEntries(entries))
  if (routing.ok) return routing.value
  const faults = routing.faults.map(({ pointer, detail }) => `${path}: ${pointer}: ${detail}`)
  throw new SettingError(faults.join('\n'))
}
