import type { Mutant } from '../mutation.ts'

export const listMutants: readonly Mutant[] = []
