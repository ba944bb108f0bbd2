import type { RequirementId } from '../src/generated/requirement-ids.ts'

/** One thing about the reference server that is broken on purpose: a piece of its source, and what stands there instead. */
export interface Mutant {
  /** Says what the broken server does, as a file name would. */
  readonly id: string
  /** The requirement that it breaks: a check of that requirement has to find it. */
  readonly requirement: RequirementId
  /** What it does wrong, as a sentence. */
  readonly title: string
  readonly patches: readonly Patch[]
  /** Requirements that the suite may name as the root instead, because the same fault breaks them as directly. */
  readonly roots?: readonly RequirementId[]
}

export interface Patch {
  /** The file below packages/, such as `protocol/src/transitions/function-call.ts`. */
  readonly file: string
  /** Has to stand there exactly once. */
  readonly find: string
  readonly replace: string
}

/** The source with every patch applied. Throws when a place is not there exactly once, so that a mutant cannot silently become the original. */
export function applyPatches(source: string, patches: readonly Patch[]): string {
  return patches.reduce((text, { file, find, replace }) => {
    const places = text.split(find).length - 1
    if (places !== 1)
      throw new Error(`${file}: "${find}" stands there ${places} times; a patch needs exactly one.`)
    return text.replace(find, () => replace)
  }, source)
}
