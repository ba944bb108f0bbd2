import type { Oracle } from './oracle.ts'

export const callInvariants: readonly Oracle[] = []
