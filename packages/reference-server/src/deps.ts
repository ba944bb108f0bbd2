import type { Capabilities, Directory, Discovery, Limits } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { EventFeed } from './event-feed.ts'
import type { EventStreams } from './event-streams.ts'
import type { Cursors } from './http/cursor.ts'
import type { Store } from './store/store.ts'
import type { Waiters } from './waiters.ts'
import type { AddressGuard } from './webhooks/address-guard.ts'

/** What handlers work with; put together once, where the process begins. */
export interface Deps {
  store: Store
  waiters: Waiters
  feed: EventFeed
  streams: EventStreams
  cursors: Cursors
  limits: Required<Limits>
  capabilities: Capabilities
  discovery: Discovery
  /** What the operator has said about the people of a project and how they are reached. */
  directoryOf: (project_id: string) => Directory
  log: Logger
  /** Which addresses webhooks may be sent to. */
  webhook_guard: AddressGuard
  /** Whether the HumanLayer lists of pending calls answer with a page object instead of an array. */
  humanlayer_pending_page: boolean
}
