import type { Check } from '../check.ts'

export const waitingChecks: readonly Check[] = []
