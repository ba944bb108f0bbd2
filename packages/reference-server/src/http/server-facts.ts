import type { Deps } from '../deps.ts'
import { shownDirectory } from '../routing/directory.ts'
import { NAME, VERSION } from '../version.ts'
import type { Handler } from './exchange.ts'
import { Problem } from './problem.ts'

/** What the server tells about itself and about the project of a key. */
export function serverFacts({
  store,
  discovery,
  directoryOf,
}: Deps): Record<'discovery' | 'health' | 'readiness' | 'version' | 'project', Handler> {
  return {
    discovery: async () => ({ status: 200, body: discovery }),
    health: async () => ({ status: 200, body: { status: 'ok' } }),
    version: async () => ({ status: 200, body: { name: NAME, version: VERSION } }),

    async readiness() {
      try {
        await store.checkReady()
        return { status: 200, body: { status: 'ok' } }
      } catch {
        return { status: 503, headers: { 'retry-after': '1' }, body: { status: 'unavailable' } }
      }
    },

    async project({ principal }) {
      const project = await store.findProject(principal.project_id)
      if (!project) throw new Problem('not_found', 'The project of this key is gone.')
      const isAdmin = principal.scopes.includes('admin')
      const shown = shownDirectory(directoryOf(principal.project_id), new Date(), { isAdmin })
      return { status: 200, body: { ...project, ...shown } }
    },
  }
}
