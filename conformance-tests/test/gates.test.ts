import { stripTypeScriptTypes } from 'node:module'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mutants } from '../servers/mutants/index.ts'
import { applyPatches } from '../servers/mutation.ts'
import { twins } from '../servers/twins/twins.ts'
import { checks } from '../src/checks/index.ts'
import { exclusions } from '../src/exclusions.ts'
import type { RequirementId } from '../src/generated/requirement-ids.ts'
import { oracles } from '../src/oracles/index.ts'
import { requirements } from '../src/registry.ts'

const ids = [...requirements.keys()]
const judged = new Set<string>([
  ...checks.map(({ requirement }) => requirement),
  ...oracles.map(({ requirement }) => requirement),
])

describe('the registry', () => {
  test('every requirement has a check, or an exclusion with its reason', () => {
    expect(ids.filter((id) => !judged.has(id) && !exclusions[id])).toEqual([])
  })

  test('no requirement is both judged and excluded', () => {
    expect(Object.keys(exclusions).filter((id) => judged.has(id))).toEqual([])
  })

  test('no check, oracle, exclusion or mutant names an unknown requirement', () => {
    const named = [
      ...judged,
      ...checks.flatMap(({ after }) => after),
      ...Object.keys(exclusions),
      ...mutants.flatMap(({ requirement, roots = [] }) => [requirement, ...roots]),
    ]
    expect(named.filter((id) => !requirements.has(id as RequirementId))).toEqual([])
  })

  test('no check says how bad a failure is', () => {
    const known = ['id', 'requirement', 'title', 'expect', 'kind', 'lane', 'needs', 'after', 'run']
    expect(checks.flatMap((check) => Object.keys(check).filter((key) => !known.includes(key)))).toEqual([])
  })

  test('every check says whether the server has to accept or to refuse', () => {
    expect(checks.filter(({ expect: wanted }) => wanted !== 'accept' && wanted !== 'reject')).toEqual([])
  })

  test('no two checks have the same id', () => {
    expect(duplicates(checks.map(({ id }) => id))).toEqual([])
  })

  test('what explains what has no circle', () => {
    expect(ids.filter((id) => causesOf(id).has(id))).toEqual([])
  })
})

describe('the mutants', () => {
  test('at least one breaks each MUST that is judged', () => {
    const broken = new Set(mutants.map(({ requirement }) => requirement))
    const musts = ids.filter((id) => requirements.get(id)?.level === 'MUST' && judged.has(id))
    expect(musts.filter((id) => !broken.has(id))).toEqual([])
  })

  test('no two have the same id', () => {
    expect(duplicates(mutants.map(({ id }) => id))).toEqual([])
  })

  test('the kill matrix beside the specification names exactly these, and each as killed', () => {
    const { mutants: judgedMutants } = JSON.parse(
      readFileSync(new URL('../kill-matrix.json', import.meta.url), 'utf8'),
    ) as { mutants: { id: string; killed: boolean }[] }

    expect(judgedMutants.map(({ id }) => id).toSorted()).toEqual(mutants.map(({ id }) => id).toSorted())
    expect(judgedMutants.filter(({ killed }) => !killed)).toEqual([])
  })
})

describe('a patch', () => {
  const patched = [
    ...mutants.map(({ id, patches }) => ({ id, patches })),
    ...twins.flatMap(({ id, options }) => (options?.patches ? [{ id, patches: options.patches }] : [])),
  ]

  test.each(patched)('$id: is of what stands there, and what comes out is a program', ({ patches }) => {
    for (const file of new Set(patches.map((patch) => patch.file))) {
      const source = readFileSync(new URL(`../../packages/${file}`, import.meta.url), 'utf8')
      const program = applyPatches(
        source,
        patches.filter((patch) => patch.file === file),
      )
      expect(program).not.toBe(source)
      expect(() => stripTypeScriptTypes(program)).not.toThrow()
    }
  })
})

function causesOf(id: RequirementId, seen = new Set<RequirementId>()): Set<RequirementId> {
  for (const { requirement, after } of checks)
    if (requirement === id)
      for (const cause of after)
        if (!seen.has(cause)) {
          seen.add(cause)
          causesOf(cause, seen)
        }
  return seen
}

function duplicates(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index)
}
