import type { Check } from '../check.ts'

export const httpChecks: readonly Check[] = []
