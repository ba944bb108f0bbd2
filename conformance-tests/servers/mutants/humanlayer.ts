import type { Mutant } from '../mutation.ts'
import { humanlayerProjectionMutants } from './humanlayer-projection.ts'
import { humanlayerRequestMutants } from './humanlayer-requests.ts'

export const humanlayerMutants: readonly Mutant[] = [
  ...humanlayerRequestMutants,
  ...humanlayerProjectionMutants,
]
