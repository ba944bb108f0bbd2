import type { Check } from '../check.ts'

export const listChecks: readonly Check[] = []
