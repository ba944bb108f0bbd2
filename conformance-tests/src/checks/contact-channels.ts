import type { Check } from '../check.ts'

export const contactChannelChecks: readonly Check[] = []
