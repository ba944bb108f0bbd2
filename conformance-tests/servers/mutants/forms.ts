import type { Mutant } from '../mutation.ts'

export const formMutants: readonly Mutant[] = []
