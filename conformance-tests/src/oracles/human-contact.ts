import type { Oracle } from './oracle.ts'

export const humanContactInvariants: readonly Oracle[] = []
