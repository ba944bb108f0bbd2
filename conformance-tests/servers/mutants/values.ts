import type { Mutant } from '../mutation.ts'

export const valueMutants: readonly Mutant[] = []
