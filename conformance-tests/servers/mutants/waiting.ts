import type { Mutant } from '../mutation.ts'

export const waitingMutants: readonly Mutant[] = []
