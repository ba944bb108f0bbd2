/** Makes an id that sorts by the time at which it was made, also within one millisecond of this process. */
export function newId(prefix: string): string {
  const now = Date.now()
  // The clock may stand still or go back; the order must not.
  if (now > lastMs) [lastMs, sequence] = [now, 0]
  else if (++sequence > 0xffff) [lastMs, sequence] = [lastMs + 1, 0]

  const random = crypto.getRandomValues(new Uint8Array(8))
  return `${prefix}_${hex(lastMs, 12)}${hex(sequence, 4)}${Array.from(random, (byte) => hex(byte, 2)).join('')}`
}

/** Returns the id, or throws a TypeError when the protocol does not allow it: `..` in a path would name something else. */
export function checkId(id: string, name: string): string {
  if (typeof id !== 'string' || !ID.test(id))
    throw new TypeError(`${name} has to match ${ID.source}, and ${JSON.stringify(id)} does not.`)
  return id
}

/** The path parameters of the operations on one call. */
export function pathOf(call_id: string): { path: { call_id: string } } {
  return { path: { call_id: checkId(call_id, 'call_id') } }
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

const ID = /^[A-Za-z0-9][A-Za-z0-9._~:@+=-]{0,127}$/

let lastMs = 0
let sequence = 0
