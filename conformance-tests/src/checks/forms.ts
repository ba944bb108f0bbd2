import type { Check } from '../check.ts'

export const formChecks: readonly Check[] = []
