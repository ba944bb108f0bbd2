import { run, type Capabilities } from '@countersign/protocol'

/** What this server claims whatever its settings; what is claimed is obligatory. */
export const CAPABILITIES = {
  profiles: [
    'core',
    'long-poll',
    'lists',
    'scopes',
    'durability',
    'events',
    'sse',
    'timers',
    'webhooks',
    'composites',
    'contacts',
    'routing',
    'policies',
    'humanlayer',
  ],
  features: ['edit', 'forms', 'expiry', 'exclude_responder_ids', 'requires_person', 'runs', 'usage'],
  channel_kinds: ['inbox', 'console', 'named', 'any_of', 'all_of', 'quorum'],
  limits: { channel_depth: 4, channel_leaves: 32, run_depth: run.MOST_DEPTH },
} satisfies Capabilities & { limits: { run_depth: number } }

/** The limits that no setting changes. */
export const LIMITS = {
  json_depth: 64,
  page_size: 100,
  expires_in_seconds: 366 * 24 * 60 * 60,
  timer_seconds: 366 * 24 * 60 * 60,
  schema_bytes: 65_536,
  schema_depth: 16,
  ...CAPABILITIES.limits,
}
