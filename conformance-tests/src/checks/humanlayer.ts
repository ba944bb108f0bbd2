import type { Check } from '../check.ts'

export const humanlayerChecks: readonly Check[] = []
