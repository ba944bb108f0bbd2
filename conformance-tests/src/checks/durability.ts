import type { Check } from '../check.ts'

export const durabilityChecks: readonly Check[] = []
