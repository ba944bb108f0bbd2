import type { IRouter } from 'express'
import { Problem } from './problem.ts'

/** Gives 405 to every method that a path does not take; `Allow` names those that it takes. */
export function refuseOtherMethods(
  router: IRouter,
  taken: Iterable<readonly [route: string, method: string]>,
): void {
  for (const [route, methods] of Map.groupBy(taken, ([path]) => path)) {
    const names = methods.map(([, method]) => method.toUpperCase())
    const allow = [...names, ...(names.includes('GET') ? ['HEAD'] : [])].join(', ')
    router.all(route, () => {
      throw new Problem('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } })
    })
  }
}
