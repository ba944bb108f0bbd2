import type { Check } from '../check.ts'

export const editChecks: readonly Check[] = []
