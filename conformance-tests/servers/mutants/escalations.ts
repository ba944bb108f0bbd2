import type { Mutant } from '../mutation.ts'

export const escalationMutants: readonly Mutant[] = []
