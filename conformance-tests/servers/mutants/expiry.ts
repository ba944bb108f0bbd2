import type { Mutant } from '../mutation.ts'

export const expiryMutants: readonly Mutant[] = []
