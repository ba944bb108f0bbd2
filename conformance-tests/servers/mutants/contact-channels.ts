import type { Mutant } from '../mutation.ts'

export const contactChannelMutants: readonly Mutant[] = []
