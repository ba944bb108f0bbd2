import type { Check } from '../check.ts'

export const callChecks: readonly Check[] = []
