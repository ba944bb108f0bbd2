import { CreateKey, unauthenticated } from '@countersign/protocol'
import { insertBearerKey } from '../bearer-key.ts'
import type { Deps } from '../deps.ts'
import { parseBody } from './body.ts'
import type { Handler } from './exchange.ts'
import { pageReply } from './page.ts'
import { Problem } from './problem.ts'

export function keyHandlers(deps: Deps): { create: Handler; list: Handler; revoke: Handler } {
  const { store, waiters, streams, limits } = deps
  return {
    async create(exchange) {
      const wish = parseBody(exchange, CreateKey, limits.json_depth)
      const { project_id } = exchange.principal
      const scopes = [...new Set(wish.scopes)]

      const { key, secret } = await insertBearerKey(store, { ...wish, scopes, project_id })

      return { status: 201, body: { key, secret } }
    },

    list: (exchange) =>
      pageReply(exchange, { ...deps, list: 'keys' }, (page) =>
        store.listKeys(exchange.principal.project_id, page),
      ),

    async revoke(exchange) {
      const key = await store.revokeKey(exchange.principal.project_id, exchange.params['key_id']!)
      if (!key) throw new Problem('not_found', 'There is no such key in this project.')

      streams.revoke(new Set([key.key_id]))
      waiters.revoke(new Set([key.key_id]), Problem.from(unauthenticated('This key was revoked.')))
      return { status: 200, body: key }
    },
  }
}
