/** What a text for a terminal has to know about it. */
export interface Terminal {
  readonly color: boolean
  readonly width: number
}

/** How to write to a stream: in colour on a terminal only, unless NO_COLOR or FORCE_COLOR says otherwise. */
export function terminalOf(
  stream: { isTTY?: boolean; columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const width = Math.min(Math.max(stream.columns ?? 100, 40), 120)
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return { color: forced !== '0' && forced !== 'false', width }
  const refused = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== ''
  return { color: stream.isTTY === true && !refused && env['TERM'] !== 'dumb', width }
}

export type Paint = (text: string) => string

export interface Palette {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly cyan: Paint
}

export function paletteOf(color: boolean): Palette {
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      color && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

/** A server's text with everything visible that would steer a terminal or turn the direction of writing. */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => {
    if (character === '\t') return '  '
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`
  })
}

/** Control characters apart from the end of a line, and marks of direction. */
const STEERING = /(?!\n)[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** Lines no longer than `width`, broken between words; a word that is longer is cut. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = []
    let current = ''
    for (const word of line.split(' ').flatMap((one) => cut(one, width))) {
      if (current !== '' && current.length + 1 + word.length > width) {
        lines.push(current)
        current = word
      } else current = current === '' ? word : `${current} ${word}`
    }
    return [...lines, current]
  })
}

function cut(word: string, width: number): string[] {
  const pieces: string[] = []
  for (let at = 0; at < word.length || at === 0; at += width) pieces.push(word.slice(at, at + width))
  return pieces
}
