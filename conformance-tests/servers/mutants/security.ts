import type { Mutant } from '../mutation.ts'

export const securityMutants: readonly Mutant[] = []
