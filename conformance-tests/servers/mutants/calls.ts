import type { Mutant } from '../mutation.ts'

export const callMutants: readonly Mutant[] = []
