import type { Check } from '../check.ts'

export const discoveryChecks: readonly Check[] = []
