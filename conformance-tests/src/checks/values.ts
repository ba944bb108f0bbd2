import type { Check } from '../check.ts'

export const valueChecks: readonly Check[] = []
