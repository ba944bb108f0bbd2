import { methodNotAllowed } from '@countersign/protocol'
import type { IRouter } from 'express'
import { Problem } from './problem.ts'

/** Gives 405 to every method that a path does not take; `Allow` names those that it takes. */
export function refuseOtherMethods(
  router: IRouter,
  taken: Iterable<readonly [route: string, method: string]>,
): void {
  for (const [route, methods] of Map.groupBy(taken, ([path]) => path)) {
    const refusal = methodNotAllowed(methods.map(([, method]) => method))
    router.all(route, () => {
      throw Problem.from(refusal)
    })
  }
}
