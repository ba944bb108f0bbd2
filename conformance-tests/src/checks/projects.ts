import type { Check } from '../check.ts'

export const projectChecks: readonly Check[] = []
