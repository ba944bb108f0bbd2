import type { Check } from '../check.ts'

export const expiryChecks: readonly Check[] = []
