import type { Check } from '../check.ts'

export const humanContactChecks: readonly Check[] = []
