import type { Mutant } from '../mutation.ts'
import { idAndTimeMutants } from './ids-and-times.ts'
import { jsonMutants } from './json.ts'
import { opaqueValueMutants } from './opaque-values.ts'

export const valueMutants: readonly Mutant[] = [...jsonMutants, ...opaqueValueMutants, ...idAndTimeMutants]
