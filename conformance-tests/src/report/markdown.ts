import type { Report } from './report.ts'
import { scoreOf } from './console.ts'
import { count, headlineOf, seconds, storiesOf, suiteErrors, unexplained, type RootStory } from './story.ts'

/** The report for the summary of a job, in the Markdown of GitHub. */
export function toMarkdown(report: Report): string {
  const { subject, run, counts, suite, baseline } = report
  const { profiles, features } = subject.discovery
  const stories = storiesOf(report)
  return `${[
    `## ${text(headlineOf(report))}`,
    '',
    '| | |',
    '|:--|:--|',
    row('Server', [subject.base_url, subject.software ?? ''].join(' ').trim()),
    row('Claims', [...profiles, ...features].join(', ')),
    row('Judged', [...run.profiles, ...run.only].join(', ') || 'what it claims and could be judged'),
    row(
      'Run',
      `${count(report.checks.length, 'check', 'checks')} in ${seconds(run.duration_ms)}, seed ${run.seed}`,
    ),
    row('Suite', `${suite.name} ${suite.version}${scoreOf(suite)}`),
    '',
    '| Kept | Violated | Warnings | Could not be judged | Errors of the suite | Not applicable |',
    '|--:|--:|--:|--:|--:|--:|',
    `| ${counts.PASS} | ${counts.FAIL} | ${counts.WARN} | ${counts.INCONCLUSIVE} | ${counts.ERROR} | ${counts.NOT_APPLICABLE} |`,
    ...stories.filter(({ severity }) => severity !== 'known').flatMap(told),
    ...section(
      'Baseline',
      baseline?.stale.map(({ id, reason }) => `stale: ${code(id)} ${text(reason)}`) ?? [],
    ),
    ...section('Known failures', baseline?.known.map(code) ?? []),
    ...section(
      'Could not be judged',
      unexplained(report).map(({ id, reason = '' }) => `${code(id)} ${text(reason)}`),
    ),
    ...section('Not judged', report.not_judged.map(text)),
    ...section(
      'Errors of the suite',
      suiteErrors(report).map(({ id, reason = '' }) => `${code(id)} ${text(reason)}`),
    ),
  ].join('\n')}\n`
}

function told({ root, requirement, severity, where, excerpt, script }: RootStory): string[] {
  const { finding } = root
  return [
    '',
    `### ${severity === 'violated' ? 'Violated' : 'Warning'}: ${code(root.requirement)}`,
    '',
    `> ${text(requirement.sentence)}`,
    `> ${code(where)}`,
    '',
    '| | |',
    '|:--|:--|',
    row('Expected', finding.expected),
    row('Got', finding.actual),
    ...(finding.pointer === undefined ? [] : [row('At', finding.pointer)]),
    ...(root.also.length === 0 ? [] : [row('Also violated because of it', root.also.join(', '))]),
    ...(root.blocked.length === 0 ? [] : [row('Not judged because of it', root.blocked.join(', '))]),
    row('Script', script),
    ...(excerpt
      ? [
          '',
          '<details><summary>The request and the answer</summary>',
          '',
          ...fence([excerpt.asked, ...excerpt.sent, '', excerpt.answered, ...excerpt.received].join('\n')),
          '',
          '</details>',
        ]
      : []),
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `### ${title}`, '', ...lines.map((line) => `- ${line}`)]
}

function row(label: string, value: string): string {
  return `| ${label} | ${text(value)} |`
}

/** Text that stays text: no markup, no mention of a person, no picture, no end of the cell. */
function text(value: string): string {
  return value
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~#!(){}]/g, String.raw`\$&`)
    .replaceAll('@', '&#64;')
    .replaceAll('://', ':&#47;&#47;')
}

function code(value: string): string {
  const longest = Math.max(0, ...[...value.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const ticks = '`'.repeat(longest + 1)
  const safe = value.replace(/\s+/g, ' ')
  return longest === 0 ? `${ticks}${safe}${ticks}` : `${ticks} ${safe} ${ticks}`
}

/** A fence longer than any in the text. */
function fence(value: string): string[] {
  const longest = Math.max(2, ...[...value.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const ticks = '`'.repeat(longest + 1)
  return [`${ticks}http`, value, ticks]
}
