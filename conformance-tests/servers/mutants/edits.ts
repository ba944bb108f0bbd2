import type { Mutant } from '../mutation.ts'

export const editMutants: readonly Mutant[] = []
