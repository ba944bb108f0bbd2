import type { Oracle } from './oracle.ts'

export const history: readonly Oracle[] = []
