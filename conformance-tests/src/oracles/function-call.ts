import type { Oracle } from './oracle.ts'

export const functionCallInvariants: readonly Oracle[] = []
