import type { Check } from '../check.ts'
import { bodyLimitChecks } from './body-limit.ts'
import { idChecks } from './ids.ts'
import { jsonChecks } from './json.ts'
import { jsonNullChecks } from './json-nulls.ts'
import { jsonShapeChecks } from './json-shape.ts'
import { opaqueValueChecks } from './opaque-values.ts'
import { refusedRequestChecks } from './refused-requests.ts'
import { timeChecks } from './times.ts'

/** JSON in and out: what is refused, what is kept, ids and times. */
export const valueChecks: readonly Check[] = [
  ...jsonChecks,
  ...bodyLimitChecks,
  ...jsonShapeChecks,
  ...jsonNullChecks,
  ...refusedRequestChecks,
  ...opaqueValueChecks,
  ...idChecks,
  ...timeChecks,
]
