import type { Mutant } from '../mutation.ts'

export const errorMutants: readonly Mutant[] = []
