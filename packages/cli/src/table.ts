import { styleText } from 'node:util'

const COLUMN_GAP = '  '

/** Rows under bold heads, each column as wide as its widest cell; the last one is cut to the terminal's width. */
export function table(heads: string[], rows: string[][]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((cells) => cells[column]!.length)),
  )
  const line = (cells: string[]) =>
    cut(cells.map((cell, column) => cell.padEnd(widths[column]!)).join(COLUMN_GAP))
  return `${[styleText('bold', line(heads), { stream: process.stdout }), ...rows.map(line)].join('\n')}\n`
}

function cut(text: string): string {
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY
  const trimmed = text.trimEnd()
  return trimmed.length > width ? `${trimmed.slice(0, width - 1)}…` : trimmed
}
