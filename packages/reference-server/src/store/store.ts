import type {
  Call,
  CreateRun,
  Decision,
  Delivery,
  FunctionCall,
  HumanContact,
  Key,
  Project,
  Run,
  RunRecord,
  Scope,
  Timer,
  Usage,
  UsageReport,
  WebhookEndpoint,
} from '@countersign/protocol'

/**
 * Where everything that is acknowledged is kept. A promise that resolves means: on disk. Every verb that can fail
 * for want of storage rejects with `StorageUnavailable`, and then nothing of it was written.
 */
export interface Store {
  readonly functionCalls: CallStore<FunctionCall>
  readonly humanContacts: CallStore<HumanContact>
  readonly timers: TimerStore
  readonly runs: RunStore

  insertProject(project: { project_id: string; name: string }): Promise<'inserted' | 'duplicate'>
  findProject(project_id: string): Promise<Project | undefined>
  listProjects(): Promise<Project[]>

  /** A secret that is there already keeps its key, which is then the result. */
  insertKey(key: NewKey): Promise<Key>
  findKeyByHash(secret_hash: Buffer): Promise<StoredKey | undefined>
  /** Which of these keys have been revoked, here or by another process. */
  findRevoked(key_ids: Iterable<string>): Promise<Set<string>>
  listKeys(project_id: string, page: Page): Promise<Slice<Key>>
  revokeKey(project_id: string, key_id: string): Promise<Key | undefined>

  /** A random secret of this database, for cursors that nobody else can make. */
  readonly cursorSecret: Buffer
  readonly events: EventStore
  readonly webhooks: WebhookStore
  /** Tells what a commit has written, after the commit. */
  onCommit(listener: (commit: Commit) => void): void
  /** Rejects when the storage cannot be read. */
  checkReady(): Promise<void>
  /** Writes what is queued, then closes. */
  close(): Promise<void>
}

/** The calls of one kind. */
export interface CallStore<C extends Call> {
  /**
   * Reads one call, asks `decide` what happens next, and writes the result with its events in one transaction.
   * The database's own atomicity thus guards the rule that the first terminal state wins. `decide` is synchronous
   * and pure; it gets undefined when there is no such call, and the time inside the transaction. When `key_id` is given,
   * that key has to be alive inside the transaction too, else this rejects with `KeyRevoked`. A new call enters its run
   * in the same transaction, under the parent that is given; where it cannot stand there, that refusal is the decision.
   */
  update(
    project_id: string,
    call_id: string,
    decide: (call: C | undefined, now: Date) => Decision<C> | undefined,
    key_id?: string,
    parent_run_id?: string,
  ): Promise<Decision<C> | undefined>
  find(project_id: string, call_id: string): Promise<CallText | undefined>
  /** The same call as a value. */
  parse(text: CallText): C
  /** Newest first. */
  list(project_id: string, filter: CallFilter, page: Page): Promise<Slice<CallText>>
  /** Pending calls for which something is due, see `dueAt` of the protocol, the longest due first. */
  listDue(now: Date, limit: number): Promise<{ project_id: string; call_id: string }[]>
  /** When the next pending call is due. */
  findNextDue(): Promise<Date | undefined>
}

/** The timers, whose verbs are those of calls. */
export interface TimerStore {
  update(
    project_id: string,
    timer_id: string,
    decide: (timer: Timer | undefined, now: Date) => Decision<Timer> | undefined,
    key_id?: string,
    parent_run_id?: string,
  ): Promise<Decision<Timer> | undefined>
  find(project_id: string, timer_id: string): Promise<TimerText | undefined>
  /** Pending timers whose time has come, the longest overdue first. */
  listOverdue(now: Date, limit: number): Promise<{ project_id: string; timer_id: string }[]>
  /** When the next pending timer fires. */
  findNextDue(): Promise<Date | undefined>
}

/** The runs, each of which is there as soon as something names it. What is decided about them, `run` of the protocol says. */
export interface RunStore {
  /** Creates a run, or gives one what it has none of yet. Rejects with `KeyRevoked` when the key is no longer alive. */
  enter(project_id: string, wish: CreateRun, key_id: string): Promise<Entered<RunRecord>>
  /** Counts a report, in the run and in all above it, unless it was counted before. The run need not be there yet. */
  reportUsage(project_id: string, run_id: string, usage: Usage, key_id: string): Promise<Entered<UsageReport>>
  find(project_id: string, run_id: string): Promise<Run | undefined>
  /** Newest first; with `tree_of` only that run and those below it. */
  list(project_id: string, tree_of: string | undefined, page: Page): Promise<Slice<RunRecord>>
}

export interface Entered<Subject> {
  decision: Decision<Subject>
  /** Whether it was not there before. */
  isNew: boolean
}

/** The event log. What is written is never changed, and nothing appears before what can be read already. */
export interface EventStore {
  /** What follows the position, oldest first. */
  listAfter(
    project_id: string,
    after: number,
    filter: EventFilter,
    page: Omit<Page, 'before'>,
  ): Promise<Slice<EventText>>
  /** Where an event of this project stands. */
  findPosition(project_id: string, event_id: string): Promise<number | undefined>
  /** The position and the id of the last event of the project. */
  findLatest(project_id: string): Promise<Listed<string> | undefined>
}

/** Where events are sent, and the deliveries, which are written in the transaction of their event. */
export interface WebhookStore {
  /** Rejects with `KeyRevoked` when the key is no longer alive. */
  insertEndpoint(endpoint: NewWebhookEndpoint, key_id: string): Promise<WebhookEndpoint>
  findEndpoint(project_id: string, webhook_endpoint_id: string): Promise<WebhookEndpoint | undefined>
  /** Newest first. */
  listEndpoints(project_id: string, page: Page): Promise<Slice<WebhookEndpoint>>
  /** With its deliveries. */
  deleteEndpoint(project_id: string, webhook_endpoint_id: string): Promise<WebhookEndpoint | undefined>
  /** The secret so far is valid until `previous_until`. */
  rotateSecret(
    project_id: string,
    webhook_endpoint_id: string,
    next: { secret: string; previous_until: Date },
  ): Promise<WebhookEndpoint | undefined>

  /** Newest first. */
  listDeliveries(webhook_endpoint_id: string, page: Page): Promise<Slice<Delivery>>
  /** Makes a delivery due at once, as if it had never been tried. */
  redeliver(
    project_id: string,
    webhook_endpoint_id: string,
    delivery_id: string,
  ): Promise<Delivery | undefined>

  /** The endpoints for which something is due, but those in `except`. */
  listDueEndpoints(now: Date, except: readonly string[]): Promise<string[]>
  /** Leases due deliveries, oldest first; whoever is not settled by the end of the lease is due again. */
  claimDeliveries(
    webhook_endpoint_id: string,
    lease: { now: Date; leased_until: Date; limit: number },
  ): Promise<ClaimedDelivery[]>
  /** Does nothing when the lease has run out and somebody else has claimed the delivery since. */
  settleDelivery(delivery: ClaimedDelivery, outcome: DeliveryOutcome): Promise<void>
  /** Ends the lease of what was not tried after all: it is due again. */
  releaseDelivery(delivery: ClaimedDelivery): Promise<void>
  /** When the next delivery is due, except to these endpoints. */
  findNextDelivery(except: readonly string[]): Promise<Date | undefined>
}

export interface NewWebhookEndpoint {
  webhook_endpoint_id: string
  project_id: string
  url: string
  /** Null for every type. */
  event_types: readonly string[] | null
  payload_style: string
  secret: string
}

/** A delivery that is about to be sent, with everything that takes. */
export interface ClaimedDelivery {
  delivery_id: string
  /** How often it has been tried. */
  attempts: number
  leased_until: Date
  event: EventText
  endpoint: {
    webhook_endpoint_id: string
    url: string
    payload_style: string
    secret: string
    previous_secret: string | null
    /** Milliseconds since 1970. */
    previous_until: number | null
  }
}

export interface DeliveryOutcome {
  attempt: Delivery['attempts'][number]
  state: 'delivered' | 'failed' | 'pending'
  /** When it is tried again. */
  due_at: Date | null
  /** Whether the endpoint wants nothing more. */
  disable?: boolean
}

/** An event as it lies in the store, with the spec of its object. */
export interface EventText {
  event_id: string
  type: string
  kind: CallKindName | 'timer'
  created_at: string
  principal: string
  run_id: string
  object_id: string
  spec: string
  status: string
}

export interface EventFilter {
  run_id?: string
  call_id?: string
  type?: string
}

/** A call as it lies in the store: the JSON text of `spec` and `status` goes into answers unparsed. */
export interface CallText {
  run_id: string
  call_id: string
  state: string
  spec: string
  status: string
}

/** A timer as it lies in the store. */
export interface TimerText {
  run_id: string
  timer_id: string
  spec: string
  status: string
}

export interface CallFilter {
  run_id?: string
  state?: string
}

/** `before` is the position of the last item of the page before. */
export interface Page {
  before?: number
  limit: number
  /** The page ends with the item that goes beyond this, so that large calls do not fill the memory. */
  max_characters?: number
}

export interface Slice<Item> {
  items: Listed<Item>[]
  /** Whether further items follow. */
  more: boolean
}

export interface Listed<Item> {
  position: number
  item: Item
}

export interface NewKey {
  key_id: string
  project_id: string
  secret_hash: Buffer
  scopes: Scope[]
  name: string | null
  responder_id: string | null
}

export interface StoredKey extends Key {
  project_id: string
  secret_hash: Buffer
}

/** What one act has written. */
export interface Commit {
  project_id: string
  /** How many events. */
  events: number
  /** How many deliveries are due because of it. */
  deliveries: number
  change?: Change
  /** When a timer that was written is due, in milliseconds since 1970. */
  timer_due_at?: number
}

/** A call that is new or has another status. */
interface Change {
  kind: CallKindName
  call_id: string
  state: string
  /** When something is due for it, in milliseconds since 1970. */
  due_at: number | null
}

export type CallKindName = 'function_call' | 'human_contact'

/** The storage does not answer; nothing was written, and a later try may succeed. */
export class StorageUnavailable extends Error {}

/** The key that acts was revoked before the act could be written; nothing was. */
export class KeyRevoked extends Error {}

/** The database cannot be used at all; the message says why in one line. */
export class DatabaseUnusable extends Error {}
