import { describeConformance } from '@countersign/conformance/vitest'
import { afterAll } from 'vitest'
import { countersignHandlers } from '../../src/testing/index.ts'
import { serveHandlers, type ServedHandlers } from './served.ts'

// The referee judges the handlers as it would any server: by a URL.

let served: ServedHandlers
afterAll(() => served.close())

describeConformance({
  baseUrl: async () => {
    const { handlers } = countersignHandlers({
      keys: [
        { secret: 'agent', scopes: ['agent'] },
        { secret: 'responder', scopes: ['responder'] },
        { secret: 'other', scopes: ['agent', 'responder'], project_id: 'other' },
      ],
    })
    served = await serveHandlers(handlers)
    return served.url
  },
  keys: { agent: 'agent', responder: 'responder', other: 'other' },
})
