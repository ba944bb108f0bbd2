import { createHmac, timingSafeEqual } from 'node:crypto'
import { invalidCursor } from '@countersign/protocol'
import { Problem } from './problem.ts'

/** Cursors carry a position and a seal over it and over the list that they belong to. */
export class Cursors {
  readonly #secret: Buffer

  constructor(secret: Buffer) {
    this.#secret = secret
  }

  /** `list` names the list and its filters; a cursor of one list is refused by every other. */
  make(list: string, position: number): string {
    return Buffer.concat([this.#seal(list, position), Buffer.from(String(position))]).toString('base64url')
  }

  positionIn(list: string, cursor: string): number {
    const bytes = Buffer.from(cursor, 'base64url')
    const text = bytes.subarray(SEAL_BYTES).toString()
    const position = Number(text)
    const isOurs =
      bytes.length > SEAL_BYTES &&
      bytes.toString('base64url') === cursor &&
      // `1e2` is 100 as well, but this server has not written it.
      String(position) === text &&
      timingSafeEqual(bytes.subarray(0, SEAL_BYTES), this.#seal(list, position))
    if (isOurs) return position

    throw Problem.from(invalidCursor())
  }

  #seal(list: string, position: number): Buffer {
    return createHmac('sha256', this.#secret).update(`${list}\n${position}`).digest().subarray(0, SEAL_BYTES)
  }
}

const SEAL_BYTES = 16
