/**
 * Shows text for a terminal: control characters, escape sequences and everything invisible or direction-changing
 * appear as `\n`, `\u202e` or `\u{e0041}`, so that what a person reads is what stands there. Gives one line.
 */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, (character) => SHORT[character] ?? escape(character.codePointAt(0)!))
}

// Cc, Cf, Zl, Zp and Cs cover control, bidirectional and zero-width characters and lone surrogates; the default ignorable
// code points add fillers and variation selectors, which also hide data. U+2800 is a blank that is no space.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/gu

const SHORT: Record<string, string> = { '\n': String.raw`\n`, '\r': String.raw`\r`, '\t': String.raw`\t` }

function escape(code: number): string {
  const hex = code.toString(16)
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`
}
