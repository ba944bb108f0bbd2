import { createHash } from 'node:crypto'
import type { Verdict } from '../verdict.ts'
import { scoreOf } from './console.ts'
import { curlScript, NoScript } from './curl-script.ts'
import { SCRIPT, STYLE } from './page-style.ts'
import type { Report, RequirementReport } from './report.ts'
import { count, headlineOf, seconds, storiesOf, suiteErrors, unexplained, type RootStory } from './story.ts'

/**
 * The report as one page that asks nothing of the network. Whatever a server said stands there as text; the policy of the page lets
 * nothing run but the few lines that filter the table.
 */
export function toHtml(report: Report): string {
  const stories = storiesOf(report).filter(({ severity }) => severity !== 'known')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashOf(STYLE)}'; script-src '${hashOf(SCRIPT)}'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`${headlineOf(report).split(':')[0]}: ${report.subject.base_url}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${summary(report)}
${stories.length === 0 ? '' : `<h2>What is wrong</h2>\n${stories.map((story) => card(report, story)).join('\n')}`}
${baseline(report)}
${lines(
  'Could not be judged',
  unexplained(report).map(({ id, reason = '' }) => [id, reason]),
)}
${lines(
  "The suite's own fault",
  suiteErrors(report).map(({ id, reason = '' }) => [id, reason]),
)}
${table(report)}
${footer(report)}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function summary(report: Report): string {
  const { subject, run, verdict, exit_code, not_judged } = report
  const { profiles, features } = subject.discovery
  const tone = exit_code === 0 ? 'good' : verdict === 'incomplete' ? 'warn' : 'bad'
  const facts: [string, string][] = [
    ['Server', [subject.base_url, subject.software].filter((part) => part !== null).join(', ')],
    ['Claims', [...profiles, ...features].join(', ')],
    ['Judged', [...run.profiles, ...run.only].join(', ') || 'what it claims and could be judged'],
    [
      'Run',
      `${count(report.checks.length, 'check', 'checks')} in ${seconds(run.duration_ms)}, seed ${run.seed}`,
    ],
    ['At', run.started_at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ['Suite', `${report.suite.name} ${report.suite.version}${scoreOf(report.suite)}`],
    ...not_judged.map((line): [string, string] => ['Not judged', line]),
  ]
  return `<h1 class="${tone}">${escapeHtml(headlineOf(report))}</h1>
<dl class="facts">
${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}
</dl>`
}

function card(
  report: Report,
  { root, requirement, severity, where, claim, excerpt, script }: RootStory,
): string {
  const { expected, actual, pointer } = root.finding
  const tone = severity === 'violated' ? 'bad' : 'warn'
  const text = scriptOf(report, root.check)
  return `<article class="card ${tone}">
<h3 class="id">${escapeHtml(root.requirement)}</h3>
<blockquote>${prose(requirement.sentence)}<div class="where">${escapeHtml(`${requirement.level}, ${requirement.profile}, ${where}`)}</div></blockquote>
${claim === '' ? '' : `<p>The check: ${escapeHtml(claim)}.</p>`}
<div class="sides">
<div class="good"><span>Expected</span><code>${escapeHtml(expected)}</code></div>
<div class="${tone}"><span>Got${pointer === undefined ? '' : ` at ${escapeHtml(pointer)}`}</span><code>${escapeHtml(actual)}</code></div>
</div>
${excerpt ? pre([excerpt.asked, ...excerpt.sent, '', excerpt.answered, ...excerpt.received].join('\n')) : ''}
${ids('Also violated because of it', root.also)}
${ids('Not judged because of it', root.blocked)}
${text === undefined ? '' : `<details><summary>${escapeHtml(script)}: see it again with sh, curl and node</summary>${pre(text)}</details>`}
</article>`
}

function scriptOf(report: Report, check: string): string | undefined {
  try {
    return curlScript(report, check)
  } catch (error) {
    if (error instanceof NoScript) return undefined
    throw error
  }
}

function ids(title: string, list: readonly string[]): string {
  if (list.length === 0) return ''
  return `<p>${title}: ${list.map((id) => `<code>${escapeHtml(id)}</code>`).join(', ')}</p>`
}

function baseline({ baseline: found }: Report): string {
  if (!found) return ''
  return [
    lines(
      `Stale in ${found.file}`,
      found.stale.map(({ id, reason }) => [id, reason]),
    ),
    lines(
      `Known in ${found.file}`,
      found.known.map((id) => [id, '']),
    ),
  ].join('\n')
}

function lines(title: string, entries: readonly (readonly [string, string])[]): string {
  if (entries.length === 0) return ''
  const items = entries.map(([id, text]) => `<p><code>${escapeHtml(id)}</code> ${escapeHtml(text)}</p>`)
  return `<h2>${escapeHtml(title)}</h2>\n<div class="card soft">${items.join('\n')}</div>`
}

const WORDS: Readonly<Record<Verdict, { word: string; tone: string }>> = {
  FAIL: { word: 'violated', tone: 'bad' },
  WARN: { word: 'warning', tone: 'warn' },
  INCONCLUSIVE: { word: 'could not be judged', tone: 'warn' },
  ERROR: { word: 'error of the suite', tone: 'bad' },
  PASS: { word: 'kept', tone: 'good' },
  NOT_APPLICABLE: { word: 'not applicable', tone: 'soft' },
}

function table({ requirements, counts }: Report): string {
  const order = Object.keys(WORDS) as Verdict[]
  const sorted = requirements.toSorted(
    (one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict),
  )
  const buttons = order
    .filter((verdict) => counts[verdict] > 0)
    .map(
      (verdict) =>
        `<button type="button" data-verdict="${verdict}" aria-pressed="false">${counts[verdict]} ${WORDS[verdict].word}</button>`,
    )
  return `<h2>All requirements</h2>
<div class="filters">
<button type="button" data-verdict="" aria-pressed="true">all ${requirements.length}</button>
${buttons.join('\n')}
<input type="search" placeholder="Search" aria-label="Search the requirements">
</div>
<table>
<thead><tr><th>Verdict</th><th>Requirement</th><th>Level</th></tr></thead>
<tbody>
${sorted.map(rowOf).join('\n')}
</tbody>
</table>`
}

function rowOf({ id, level, profile, sentence, verdict, reason, checks }: RequirementReport): string {
  const { word, tone } = WORDS[verdict]
  const by = verdict === 'PASS' ? count(checks.length, 'check', 'checks') : reason
  return `<tr data-verdict="${verdict}">
<td class="verdict ${tone}">${word}</td>
<td><span class="id">${escapeHtml(id)}</span><br>${prose(sentence)}${by === undefined ? '' : `<p class="reason">${escapeHtml(by)}</p>`}</td>
<td>${escapeHtml(level)}<br>${escapeHtml(profile)}</td>
</tr>`
}

function footer({ suite, subject }: Report): string {
  return `<footer><p>Specification ${escapeHtml(suite.spec_version)}, requirements ${suite.requirements_digest.slice(0, 12)}, discovery ${subject.discovery_digest.slice(0, 12)}.</p></footer>`
}

function pre(text: string): string {
  return `<pre>${escapeHtml(text)}</pre>`
}

/** A sentence of the specification: code as code, links as their text. */
function prose(sentence: string): string {
  return escapeHtml(sentence)
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
}

function escapeHtml(text: string): string {
  return text
    .replace(UNSAYABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Control characters, halves of characters, and marks that turn the direction of the text around them. */
const UNSAYABLE = /(?![\n\t])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu
