/** Texts of the recorded run and what stands for them in a script: the expansion of a shell variable. */
export type Variables = ReadonlyMap<string, string>

/**
 * One word of a shell command that means exactly this text, with variables where the recorded text has values that are new in each
 * run. A literal stands in single quotes, in which nothing has a meaning.
 */
export function word(text: string, variables: Variables = new Map()): string {
  const parts = split(text, variables)
  if (
    parts.every((part) => part.variable !== undefined || /^[\w./:?&=,;+%@~{} ()#*|<>'-]*$/.test(part.literal))
  )
    return parts.every(({ variable }) => variable === undefined) && /^[\w./:=,+%@-]+$/.test(text)
      ? text
      : parts.some(({ variable }) => variable !== undefined)
        ? `"${parts.map(({ literal, variable }) => variable ?? literal).join('')}"`
        : quoted(text)
  return parts
    .map(({ literal, variable }) => (variable === undefined ? quoted(literal) : `"${variable}"`))
    .join('')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

type Part = { literal: string; variable: string | undefined }

/** The longest recorded text wins where several begin at the same place. */
function split(text: string, variables: Variables): Part[] {
  const texts = [...variables.keys()].filter((one) => text.includes(one))
  if (texts.length === 0) return [{ literal: text, variable: undefined }]
  const pattern = new RegExp(
    `(${texts
      .toSorted((one, other) => other.length - one.length)
      .map((one) => escaped(one))
      .join('|')})`,
  )
  return text
    .split(pattern)
    .filter((part) => part !== '')
    .map((literal) => ({ literal, variable: variables.get(literal) }))
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
}
