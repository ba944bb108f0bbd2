import type { Check } from '../check.ts'
import type { CheckResult } from '../verdict.ts'
import { count } from './story.ts'
import { paletteOf } from './terminal.ts'

export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** What stands on the terminal while a run goes on: one line that is written again and again, and nothing where nobody watches. */
export interface Progress {
  onStart(subject: unknown, checks: readonly Check[]): void
  onResult(result: Pick<CheckResult, 'check' | 'verdict'>, done: number, total: number): void
  /** Takes the line away; whatever is written next begins at the left. */
  end(): void
}

/** More often than this nobody can read. */
const INTERVAL_MS = 80

export function createProgress(
  stream: ProgressStream,
  { color = false, now = () => performance.now() }: { color?: boolean; now?: () => number } = {},
): Progress {
  if (stream.isTTY !== true) return { onStart() {}, onResult() {}, end() {} }
  const paint = paletteOf(color)
  const began = now()
  let shown = Number.NEGATIVE_INFINITY
  let isThere = false
  let violated = 0
  const show = (text: string, tail: string) => {
    const width = Math.max(20, (stream.columns ?? 80) - 1)
    const line = text.slice(0, width)
    stream.write(`\r\u001b[2K${line}${paint.dim(tail.slice(0, width - line.length))}`)
    isThere = true
  }
  return {
    onStart(_subject, checks) {
      show(`0 of ${count(checks.length, 'check', 'checks')}`, '')
    },
    onResult({ check, verdict }, done, total) {
      if (verdict === 'FAIL') violated += 1
      if (now() - shown < INTERVAL_MS && done < total) return
      shown = now()
      const elapsed = Math.round((shown - began) / 1000)
      const bad = violated === 0 ? '' : `, ${violated} violated`
      show(`${done} of ${count(total, 'check', 'checks')}${bad}, ${elapsed} s`, `  ${check.id}`)
    },
    end() {
      if (isThere) stream.write('\r\u001b[2K')
      isThere = false
    },
  }
}
