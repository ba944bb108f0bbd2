import type { Mutant } from '../mutation.ts'

export const discoveryMutants: readonly Mutant[] = []
