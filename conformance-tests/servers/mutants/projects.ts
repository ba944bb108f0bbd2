import type { Mutant } from '../mutation.ts'

export const projectMutants: readonly Mutant[] = []
