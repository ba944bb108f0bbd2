import { expectThat, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/**
 * The error names places in `root`, which is the first step of `place` unless told, and one of them is this place, or what it stands in, or something in
 * it: validators differ in how far they lead.
 */
export function expectPlacesAt(reply: Reply, place: string, root = `/${place.split('/')[1]}`): void {
  const errors: unknown = reply.json?.errors
  const pointers: unknown[] = Array.isArray(errors)
    ? errors.map((error: { pointer?: unknown }) => error?.pointer)
    : []
  expectThat(
    pointers.length > 0 && pointers.every((pointer) => typeof pointer === 'string' && isIn(pointer, root)),
    `pointers into ${root}`,
    `the pointers ${show(pointers)}`,
    { reply, pointer: '/errors' },
  )
  expectThat(
    pointers.some((pointer) => isIn(pointer as string, place) || isIn(place, pointer as string)),
    `a pointer that leads to ${place}`,
    `the pointers ${show(pointers)}`,
    { reply, pointer: '/errors' },
  )
}

function isIn(pointer: string, place: string): boolean {
  return pointer === place || pointer.startsWith(`${place}/`)
}
