import type { Check } from '../check.ts'

export const escalationChecks: readonly Check[] = []
