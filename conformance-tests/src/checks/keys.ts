import type { Check } from '../check.ts'

export const keyChecks: readonly Check[] = []
