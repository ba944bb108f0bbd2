import type { Check } from './check.ts'
import { requirementOf } from './registry.ts'

/** Which checks a run takes: those whose requirement or id is named, or begins with what is named, within the named profiles. */
export function selectionOf(
  only: readonly string[],
  profiles: readonly string[],
): (check: Pick<Check, 'id' | 'requirement'>) => boolean {
  return ({ id, requirement }) =>
    (only.length === 0 || only.some((name) => isUnder(id, name) || isUnder(requirement, name))) &&
    (profiles.length === 0 || profiles.includes(requirementOf(requirement).profile))
}

function isUnder(id: string, name: string): boolean {
  return id === name || id.startsWith(`${name}/`) || id.startsWith(`${name}.`)
}
