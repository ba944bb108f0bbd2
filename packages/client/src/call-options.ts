import type { Assurance, ContactChannel, Context } from './schemas.ts'

/** How to ask, for both kinds of call. Each option is the member of the call's `spec` with the same name. */
export interface CallOptions {
  /** Where to ask. Default: the channel of the client, else the project's. */
  channel?: ContactChannel | undefined
  /** Kept by the server and given back to agents and webhooks, never shown to people. */
  state?: Record<string, unknown> | undefined
  /** Kept by the server; extensions live here, under reverse-DNS names. */
  metadata?: Record<string, unknown> | undefined
  /** After how many seconds an answer no longer counts. Default: never. */
  expiresInSeconds?: number | undefined
  /** Names of features without which the server has to refuse the call. */
  requires?: string[] | undefined
  redact?: string[] | undefined
  minimumAssurance?: Assurance | undefined
  excludeResponderIds?: string[] | undefined
  risk?: string | undefined
  locale?: string | undefined
}

/** The members of a spec that the options and the context ask for. */
export function commonSpec(options: CallOptions, context: Context | undefined) {
  return present({
    channel: options.channel,
    context,
    state: options.state,
    metadata: options.metadata,
    expires_in_seconds: options.expiresInSeconds,
    requires: options.requires,
    redact: options.redact,
    minimum_assurance: options.minimumAssurance,
    exclude_responder_ids: options.excludeResponderIds,
    risk: options.risk,
    locale: options.locale,
  })
}

/** The same object without the members that are undefined. */
export function present<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>
}

type Present<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }
