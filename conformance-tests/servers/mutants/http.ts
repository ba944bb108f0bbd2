import type { Mutant } from '../mutation.ts'

export const httpMutants: readonly Mutant[] = []
