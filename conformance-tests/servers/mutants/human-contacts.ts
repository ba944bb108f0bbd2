import type { Mutant } from '../mutation.ts'

export const humanContactMutants: readonly Mutant[] = []
