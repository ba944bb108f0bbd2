import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One normative sentence of the prose. */
export interface Requirement {
  id: string
  level: 'MUST' | 'SHOULD' | 'MAY'
  profile: string
  sentence: string
  /** The file of the prose in which it stands. */
  source: string
}

/**
 * Reads the requirements from the prose. A requirement is a block quote whose first line is its id and profile
 * and whose other lines are one normative sentence; a keyword of RFC 2119 anywhere else is an error.
 */
export function readRequirements(folder: string): { requirements: Requirement[]; errors: string[] } {
  const requirements: Requirement[] = []
  const errors: string[] = []
  for (const source of readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .toSorted()) {
    const prose = readFileSync(join(folder, source), 'utf8').replaceAll(/```[\s\S]*?```/g, '')
    for (const quote of prose.matchAll(BLOCK_QUOTE)) {
      const [heading, ...rest] = quote[0]
        .trim()
        .split('\n')
        .map((line) => line.replace(/^> ?/, ''))
      const named = HEADING.exec(heading!)
      if (!named) {
        errors.push(`${source}: the block quote "${heading}" does not begin with an id and a profile.`)
        continue
      }
      const [, id, profile] = named as unknown as [string, string, string]
      const sentence = rest.join(' ').trim()
      const levels = [...sentence.matchAll(KEYWORD)].map(([keyword]) => keyword.replace(' NOT', ''))
      if (levels.length !== 1)
        errors.push(`${source}: ${id} has ${levels.length} normative keywords; it takes one.`)
      if (requirements.some((known) => known.id === id)) errors.push(`${source}: the id ${id} stands twice.`)
      requirements.push({ id, level: levels[0] as Requirement['level'], profile, sentence, source })
    }
    for (const [index, line] of prose.replaceAll(BLOCK_QUOTE, '').split('\n').entries())
      if (line.search(KEYWORD) >= 0 && !line.includes('<!-- not normative -->'))
        errors.push(
          `${source}: a normative sentence without an id near "${line.trim().slice(0, 60)}" (${index}).`,
        )
  }
  return { requirements, errors }
}

const BLOCK_QUOTE = /^(?:>.*\n?)+/gm
const HEADING = /^`([a-z0-9.-]+)` · ([a-z_-]+)$/
const KEYWORD = /\b(?:MUST NOT|MUST|SHOULD NOT|SHOULD|MAY)\b/g
