// HumanLayer clients take any text for an id: an agent called "Research Agent" has runs of that name. The core's ids
// have a small alphabet, because they travel in paths and headers. So what lies outside of it is written there byte
// by byte as `~` and two digits, and behind `0~` where it would begin the id.

/** The core's id for what a HumanLayer client calls its run or its call. */
export function coreId(id: string): string {
  return id.replaceAll(FOREIGN, (character, offset: number) => {
    const bytes = [...Buffer.from(character)].map((byte) => `~${hex(byte)}`).join('')
    return offset === 0 ? `0~${bytes}` : bytes
  })
}

/** The way back. An id that no HumanLayer client can have made is shown as it is. */
export function shownId(id: string): string {
  const shown = id.replaceAll(/(?:^0~)?((?:~[0-9A-F]{2})+)/g, (_, bytes: string) =>
    Buffer.from(bytes.replaceAll('~', ''), 'hex').toString(),
  )
  return coreId(shown) === id ? shown : id
}

/**
 * Whether this profile can name the call. A native id such as `a~41` cannot be written by its clients, and shown as it
 * is it would be taken for the call that they name so: to approve the one would approve the other.
 */
export function isNameable(id: string): boolean {
  return coreId(shownId(id)) === id
}

/** What cannot begin an id, what cannot stand in one, and the `~` that would be misread on the way back. */
const FOREIGN = /^[^A-Za-z0-9]|[^A-Za-z0-9._~:@+=-]|~(?=[0-9A-F]{2}|~|[^A-Za-z0-9._~:@+=-])/gu

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}
