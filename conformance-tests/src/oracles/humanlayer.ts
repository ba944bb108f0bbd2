import type { Oracle } from './oracle.ts'

export const humanlayerInvariants: readonly Oracle[] = []
