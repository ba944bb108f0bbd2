import type { Mutant } from '../mutation.ts'

export const keyMutants: readonly Mutant[] = []
