import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RequirementId } from './generated/requirement-ids.ts'

export type Level = 'MUST' | 'SHOULD' | 'MAY'

/** One normative sentence of the specification. */
export interface Requirement {
  readonly id: RequirementId
  readonly level: Level
  /** The profile or the feature that it belongs to. */
  readonly profile: string
  readonly sentence: string
  /** The file of the prose in which it stands. */
  readonly source: string
}

const require = createRequire(import.meta.url)

/** A file of the specification, parsed. */
export function readSpec(file: string): unknown {
  return JSON.parse(readFileSync(require.resolve(`@countersign/spec/draft/${file}`), 'utf8'))
}

/** Every requirement of the draft, in the order of the prose. How bad a violation is stands here and nowhere else. */
export const requirements: ReadonlyMap<RequirementId, Requirement> = new Map(
  Object.entries(readSpec('requirements.json') as Record<RequirementId, Omit<Requirement, 'id'>>).map(
    ([id, requirement]) => [id as RequirementId, { id: id as RequirementId, ...requirement }],
  ),
)

export function requirementOf(id: RequirementId): Requirement {
  const requirement = requirements.get(id)
  if (!requirement) throw new Error(`The specification has no requirement ${id}.`)
  return requirement
}
