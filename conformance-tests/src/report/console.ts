import type { Report } from './report.ts'
import { count, headlineOf, seconds, storiesOf, suiteErrors, unexplained, type RootStory } from './story.ts'
import { paletteOf, printable, wrap, type Paint, type Palette } from './terminal.ts'

export interface ConsoleOptions {
  color: boolean
  width: number
  /** How the suite was called, for commands that the reader can copy. */
  program: string
  /** The folder into which the scripts were written, when they were. */
  scripts?: string
}

/** The report for a person in front of a terminal: the verdict, then each root cause as a story, then what to do. */
export function toConsole(report: Report, options: ConsoleOptions): string {
  const page = new Page(options)
  const stories = storiesOf(report)
  summary(page, report)
  for (const story of stories.filter(({ severity }) => severity !== 'known')) tell(page, story, options)
  known(page, report)
  gaps(page, report)
  faults(page, report)
  next(page, report, stories, options)
  return `${page.lines.join('\n').trimEnd()}\n`
}

/** Lines of text, each label in a column of its own. */
class Page {
  readonly lines: string[] = []
  readonly paint: Palette
  readonly #width: number

  constructor({ color, width }: ConsoleOptions) {
    this.paint = paletteOf(color)
    this.#width = width
  }

  space(): void {
    if (this.lines.at(-1) !== '') this.lines.push('')
  }

  text(text: string, { indent = 0, paint = same }: { indent?: number; paint?: Paint } = {}): void {
    for (const line of wrap(printable(text), Math.max(20, this.#width - indent)))
      this.lines.push(' '.repeat(indent) + paint(line))
  }

  /** A label and what it labels, with a hanging indent. */
  entry(label: string, text: string, { indent = 2, column = 12, paint = same } = {}): void {
    const margin = Math.max(column, label.length + 2)
    const lines = wrap(printable(text), Math.max(20, this.#width - indent - margin))
    for (const [index, line] of lines.entries()) {
      const head =
        index === 0 ? this.paint.dim(label) + ' '.repeat(margin - label.length) : ' '.repeat(margin)
      this.lines.push(' '.repeat(indent) + head + paint(line))
    }
  }
}

const same: Paint = (text) => text

function summary(page: Page, report: Report): void {
  const { subject, run, counts, suite, not_judged, baseline } = report
  const { profiles, features } = subject.discovery
  const good = report.exit_code === 0
  const headline = good
    ? page.paint.green
    : report.verdict === 'incomplete'
      ? page.paint.yellow
      : page.paint.red
  page.space()
  page.text(headlineOf(report), { paint: (line) => page.paint.bold(headline(line)) })
  page.space()
  page.entry('server', [subject.base_url, subject.software].filter((text) => text !== null).join('   '))
  page.entry('claims', [profiles.join(', '), features.join(', ')].filter((text) => text !== '').join(' + '))
  const parts = [...run.profiles, ...run.only]
  page.entry('judged', parts.length === 0 ? 'what it claims and could be judged' : `only ${parts.join(', ')}`)
  page.entry('result', countsIn(counts))
  page.entry(
    'run',
    `${count(report.checks.length, 'check', 'checks')} in ${seconds(run.duration_ms)}, seed ${run.seed}`,
  )
  page.entry('suite', `${suite.name} ${suite.version}, specification ${suite.spec_version}${scoreOf(suite)}`)
  if (baseline)
    page.entry('baseline', `${baseline.file}: ${baseline.known.length} known, ${baseline.stale.length} stale`)
  for (const [index, line] of not_judged.entries()) page.entry(index === 0 ? 'not judged' : '', line)
}

function countsIn(counts: Report['counts']): string {
  const parts: [number, string][] = [
    [counts.PASS, 'kept'],
    [counts.FAIL, 'violated'],
    [counts.WARN, counts.WARN === 1 ? 'warning' : 'warnings'],
    [counts.INCONCLUSIVE, 'could not be judged'],
    [counts.ERROR, counts.ERROR === 1 ? 'error of the suite' : 'errors of the suite'],
    [counts.NOT_APPLICABLE, 'not applicable'],
  ]
  const total = parts.reduce((sum, [number]) => sum + number, 0)
  const shown = parts.filter(([number], index) => number > 0 || index < 2).map((part) => part.join(' '))
  return `${shown.join(', ')} of ${count(total, 'requirement', 'requirements')}`
}

/** What a green result of this suite is worth. */
export function scoreOf({ mutation_score }: Report['suite']): string {
  if (!mutation_score) return ''
  return `; it finds ${mutation_score.killed} of ${mutation_score.total} servers that are broken on purpose`
}

function tell(page: Page, story: RootStory, options: ConsoleOptions): void {
  const { root, requirement, severity, where, claim, excerpt } = story
  const paint = severity === 'violated' ? page.paint.red : page.paint.yellow
  page.space()
  page.text(`${severity === 'violated' ? 'VIOLATED' : 'WARNING'}  ${root.requirement}`, {
    paint: (line) => page.paint.bold(paint(line)),
  })
  page.text(requirement.sentence, { indent: 2 })
  page.text(where, { indent: 2, paint: page.paint.dim })
  page.space()
  if (claim !== '') page.entry('claim', claim)
  page.entry('expected', root.finding.expected, { paint: page.paint.green })
  page.entry('got', root.finding.actual, { paint })
  if (root.finding.pointer !== undefined && !root.finding.expected.endsWith(` at ${root.finding.pointer}`))
    page.entry('at', root.finding.pointer)
  if (excerpt) {
    page.space()
    page.text(excerpt.asked, { indent: 4, paint: page.paint.cyan })
    for (const line of excerpt.sent) page.text(line, { indent: 6 })
    page.text(excerpt.answered, { indent: 4, paint: page.paint.cyan })
    for (const line of excerpt.received) page.text(line, { indent: 6 })
    page.space()
  }
  page.entry('reproduce', reproduction(story, options), { paint: page.paint.bold })
  consequences(page, 'also violated because of it', root.also)
  consequences(page, 'not judged because of it', root.blocked)
}

function reproduction({ root, script }: RootStory, { program, scripts }: ConsoleOptions): string {
  return scripts === undefined ? `${program} repro ${root.check}` : `sh ${scripts}/${script}`
}

/** Many are a consequence; the first few show which way it goes. */
function consequences(page: Page, label: string, ids: readonly string[]): void {
  if (ids.length === 0) return
  const shown = ids.slice(0, 8)
  const more = ids.length - shown.length
  page.entry(`${label} (${ids.length})`, `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`)
}

function known(page: Page, { baseline }: Report): void {
  if (!baseline || baseline.known.length + baseline.stale.length === 0) return
  page.space()
  page.text(`BASELINE  ${baseline.file}`, { paint: page.paint.bold })
  for (const { id, reason } of baseline.stale)
    page.entry('stale', `${id}: ${reason}`, { paint: page.paint.red })
  if (baseline.known.length > 0) page.entry('known', baseline.known.join(', '))
}

function gaps(page: Page, report: Report): void {
  const open = unexplained(report)
  if (open.length === 0) return
  page.space()
  page.text('COULD NOT BE JUDGED', { paint: (line) => page.paint.bold(page.paint.yellow(line)) })
  for (const { id, reason = '' } of open) page.text(`${id}: ${reason}`, { indent: 2 })
}

function faults(page: Page, report: Report): void {
  const errors = suiteErrors(report)
  if (errors.length === 0) return
  page.space()
  page.text("THE SUITE'S OWN FAULT", { paint: (line) => page.paint.bold(page.paint.red(line)) })
  for (const { id, reason = '' } of errors) page.text(`${id}: ${reason}`, { indent: 2 })
}

function next(page: Page, report: Report, stories: readonly RootStory[], options: ConsoleOptions): void {
  const steps = stepsAfter(report, stories, options)
  if (steps.length === 0) return
  page.space()
  page.text('NEXT', { paint: page.paint.bold })
  for (const step of steps) page.entry('-', step, { column: 2 })
  page.space()
}

function stepsAfter(report: Report, stories: readonly RootStory[], options: ConsoleOptions): string[] {
  const [first] = stories.filter(({ severity }) => severity === 'violated')
  const { program } = options
  const steps: string[] = []
  if (first) {
    steps.push(`See it happen: ${reproduction(first, options)}`)
    steps.push(
      `Mend it and judge only that: ${program} ${report.subject.base_url} --only ${first.root.requirement} --seed ${report.run.seed}`,
    )
    if (first.root.also.length + first.root.blocked.length > 0)
      steps.push('Begin with the first one; what stands under "because of it" may then be well by itself.')
  }
  if ((report.baseline?.stale.length ?? 0) > 0)
    steps.push(`Take the stale entries out of ${report.baseline!.file}.`)
  if (suiteErrors(report).length > 0)
    steps.push('Please report the fault of the suite, with the JSON report; the server is not to blame.')
  if (!first && unexplained(report).length > 0)
    steps.push('Look at what could not be judged: the verdict is open until it is.')
  if (report.not_judged.length > 0)
    steps.push(
      'Give the run what stands under "not judged" to have everything judged that the server claims.',
    )
  return steps
}
