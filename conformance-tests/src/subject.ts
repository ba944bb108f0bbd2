import type { KeyName } from './exchange.ts'
import type { ShownProject } from './project.ts'

/** What a server says of itself at `/.well-known/countersign`. */
export interface Discovery {
  readonly versions: readonly string[]
  readonly profiles: readonly string[]
  readonly features: readonly string[]
  readonly channel_kinds: readonly string[]
  readonly limits: Limits
}

export interface Limits {
  readonly body_bytes: number
  readonly json_depth: number
  readonly wait_seconds?: number
  readonly page_size?: number
  readonly expires_in_seconds?: number
  readonly schema_bytes?: number
  readonly schema_depth?: number
  readonly timer_seconds?: number
  readonly channel_depth?: number
  readonly channel_leaves?: number
  readonly run_depth?: number
  readonly heartbeat_seconds?: number
}

/** The server that is judged: what it claims, and by which names the run knows keys to it. */
export interface Subject {
  readonly base_url: string
  readonly discovery: Discovery
  /** Keys that can be used; `agent` and `responder` are always there and may be the same one. */
  readonly keys: ReadonlySet<KeyName>
  /** Whether its process can be killed and started again. */
  readonly restartable: boolean
  /** What is configured in the project of the keys: what the admin is shown, where there is one. */
  readonly project: ShownProject
  /** The same of the second project. */
  readonly other_project: ShownProject
}

/** Whether the server claims a profile or a feature. */
export function claims({ discovery }: Subject, name: string): boolean {
  return discovery.profiles.includes(name) || discovery.features.includes(name)
}

/** Whether the server listens where it can reach what listens beside the suite. */
export function isLoopback({ base_url }: Subject): boolean {
  const { hostname } = new URL(base_url)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

/** The bearer secrets of a run, by name. They stay in here: transcripts, reports and scripts carry the names. */
export class Keyring {
  readonly #secrets = new Map<KeyName, string>()

  add(name: KeyName, secret: string): KeyName {
    this.#secrets.set(name, secret)
    return name
  }

  secretOf(name: KeyName): string | undefined {
    return this.#secrets.get(name)
  }

  names(): KeyName[] {
    return [...this.#secrets.keys()]
  }

  /** Every secret with its name, for hiding them in what is written down. */
  entries(): [KeyName, string][] {
    return [...this.#secrets]
  }
}
