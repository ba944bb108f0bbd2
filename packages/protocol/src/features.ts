/**
 * The optional features of the protocol and the members by which a request uses one. A server that does not
 * claim a feature refuses such a request, because to ignore the member could weaken what the client asked for.
 */
export const features = {
  edit: ['/spec/kwargs_schema', '/spec/allow_edit', '/edited_kwargs'],
  forms: ['/spec/response_schema', '/response_data'],
  expiry: ['/spec/expires_at', '/spec/expires_in_seconds', '/spec/on_expire'],
  runs: ['/parent_run_id'],
  usage: ['/budget'],
  redact: ['/spec/redact'],
  minimum_assurance: ['/spec/minimum_assurance'],
  requires_person: ['/spec/requires_person'],
  exclude_responder_ids: ['/spec/exclude_responder_ids'],
  risk: ['/spec/risk'],
  locale: ['/spec/locale'],
} as const satisfies Record<string, readonly string[]>

export type Feature = keyof typeof features

/** What a server offers: the part of its discovery document that decides whether it can take a call. */
export interface Capabilities {
  profiles?: readonly string[]
  features: readonly string[]
  channel_kinds: readonly string[]
  limits?: { channel_depth?: number; channel_leaves?: number }
}
