import type { Mutant } from '../mutation.ts'

export const durabilityMutants: readonly Mutant[] = []
