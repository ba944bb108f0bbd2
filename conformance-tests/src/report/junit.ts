import type { CheckReport, Report, RequirementReport } from './report.ts'
import { scriptNameOf } from './script-name.ts'
import { exchangeOf, excerptOf } from './excerpt.ts'
import { findingOfOracle, whereIs } from './story.ts'

/** The report as JUnit XML: one test case for each check, and one for each requirement that is watched over everywhere. */
export function toJunit(report: Report): string {
  const cases = [...report.checks.map((check) => caseOf(report, check)), ...watched(report)]
  const groups = new Map<string, Case[]>()
  for (const one of cases) groups.set(one.suite, [...(groups.get(one.suite) ?? []), one])
  const suites = [...groups].map(([name, members]) => suiteXml(report, name, members))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(report.suite.name)}" ${totals(cases)} time="${inSeconds(report.run.duration_ms)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

interface Case {
  /** The part of the ids before the first point. */
  suite: string
  classname: string
  name: string
  ms: number
  outcome: 'passed' | 'failure' | 'error' | 'skipped'
  message: string
  text: string
}

function caseOf(report: Report, check: CheckReport): Case {
  const requirement = report.requirements.find(({ id }) => id === check.requirement)!
  const { reason = '' } = check
  const outcome = outcomeOf(check)
  const base = {
    ...placeOf(requirement),
    name: `${check.id}: ${check.title}`,
    ms: check.duration_ms,
    outcome,
    message: outcome === 'passed' ? '' : reason,
    text: check.verdict === 'WARN' ? `WARNING: ${reason}` : '',
  }
  if (outcome !== 'failure') return base
  if (report.baseline?.known.includes(requirement.id))
    return { ...base, outcome: 'skipped', message: `known failure: ${reason}` }
  return { ...base, text: storyOf(report, requirement, check) }
}

/** A check that another fault kept from judging is no fault of its own. */
function outcomeOf({ verdict, finding }: CheckReport): Case['outcome'] {
  if (verdict === 'FAIL') return 'failure'
  if (verdict === 'ERROR' || (verdict === 'INCONCLUSIVE' && !finding)) return 'error'
  return verdict === 'PASS' || verdict === 'WARN' ? 'passed' : 'skipped'
}

/** Oracles are no checks; what they find would otherwise be seen nowhere. */
function watched(report: Report): Case[] {
  return report.requirements
    .filter(({ id, checks, verdict }) => checks.includes(`${id}/everywhere`) && verdict !== 'NOT_APPLICABLE')
    .map((requirement): Case => {
      const { id, level } = requirement
      const finding = findingOfOracle(report, id)
      const base = { ...placeOf(requirement), name: `${id}/everywhere: holds in all answers`, ms: 0 }
      if (!finding) return { ...base, outcome: 'passed', message: '', text: '' }
      const message = `expected ${finding.expected}, got ${finding.actual}`
      if (level !== 'MUST') return { ...base, outcome: 'passed', message: '', text: `WARNING: ${message}` }
      if (report.baseline?.known.includes(id))
        return { ...base, outcome: 'skipped', message: `known failure: ${message}`, text: '' }
      const check = exchangeOf(report, finding.exchange)?.check ?? ''
      return {
        ...base,
        outcome: 'failure',
        message,
        text: storyOf(report, requirement, { id: check, finding }),
      }
    })
}

function placeOf({ id }: RequirementReport): Pick<Case, 'suite' | 'classname'> {
  return { suite: id.split('.')[0]!, classname: id }
}

function storyOf(
  report: Report,
  requirement: RequirementReport,
  { id, finding }: Pick<CheckReport, 'id' | 'finding'>,
): string {
  const exchange = exchangeOf(report, finding?.exchange)
  const excerpt = exchange && excerptOf(exchange)
  return [
    requirement.sentence,
    whereIs(requirement),
    '',
    `expected: ${finding?.expected}`,
    `actual:   ${finding?.actual}`,
    ...(finding?.pointer === undefined ? [] : [`pointer:  ${finding.pointer}`]),
    ...(excerpt ? ['', excerpt.asked, ...excerpt.sent, excerpt.answered, ...excerpt.received] : []),
    '',
    `script:   ${scriptNameOf(id)}`,
  ].join('\n')
}

function suiteXml(report: Report, name: string, cases: readonly Case[]): string {
  const ms = cases.reduce((sum, one) => sum + one.ms, 0)
  return [
    `  <testsuite name="${attribute(name)}" ${totals(cases)} time="${inSeconds(ms)}" timestamp="${attribute(report.run.started_at)}">`,
    ...cases.map(caseXml),
    '  </testsuite>',
  ].join('\n')
}

function caseXml({ classname, name, ms, outcome, message, text }: Case): string {
  const head = `    <testcase classname="${attribute(classname)}" name="${attribute(name)}" time="${inSeconds(ms)}"`
  if (outcome === 'passed' && text === '') return `${head}/>`
  const inner =
    outcome === 'passed'
      ? `<system-out>${escapeXml(text)}</system-out>`
      : `<${outcome} message="${attribute(message)}">${escapeXml(text)}</${outcome}>`
  return `${head}>\n      ${inner}\n    </testcase>`
}

function totals(cases: readonly Case[]): string {
  const count = (outcome: Case['outcome']) => cases.filter((one) => one.outcome === outcome).length
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

function attribute(text: string): string {
  return escapeXml(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/** XML has no way to say most control characters and lone surrogates, so they are shown by their number. */
function escapeXml(text: string): string {
  return text
    .replace(UNSAYABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

const UNSAYABLE = /(?![\n\t])[\p{Cc}\p{Cs}\ufffe\uffff]/gu
