import type { Mutant } from '../mutation.ts'

export const humanlayerMutants: readonly Mutant[] = []
