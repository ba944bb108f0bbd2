import { kindOf, type ContactChannel, type LeafContactChannel } from '../schemas/contact-channel.ts'

/** A leaf of a tree of channels. */
export interface Leaf {
  /** The pointer to the leaf within the channel. */
  place: string
  kind: string
  channel: LeafContactChannel
  /** Absent: anyone who answers through it. */
  allowed_responder_ids: readonly string[] | undefined
  /** How long after the root it joins. */
  after_seconds: number
  /** Whether it stands below an `all_of` or a `quorum`, where it takes several people. */
  is_shared: boolean
}

type Member = NonNullable<ContactChannel['any_of']>[number]

/** The leaves in the order in which they stand. */
export function leavesOf(channel: ContactChannel): Leaf[] {
  return walk(channel, { place: '', after_seconds: 0, is_shared: false })
}

/** The members of a composite with their places; none for a leaf. */
export function membersOf(channel: ContactChannel, place: string): { member: Member; place: string }[] {
  const [members, name] = listOf(channel)
  return members.map((member, index) => ({ member, place: `${place}/${name}/${index}` }))
}

/** The channel of a member, whether it joins later or not, and its place. */
export function channelOf({ member, place }: { member: Member; place: string }): {
  channel: ContactChannel
  place: string
  after_seconds: number
} {
  return 'after_seconds' in member
    ? { channel: member.channel, place: `${place}/channel`, after_seconds: member.after_seconds }
    : { channel: member, place, after_seconds: 0 }
}

export function isComposite(channel: ContactChannel): boolean {
  return ['all_of', 'any_of', 'quorum'].includes(kindOf(channel))
}

function walk(channel: ContactChannel, above: Pick<Leaf, 'place' | 'after_seconds' | 'is_shared'>): Leaf[] {
  if (!isComposite(channel)) {
    const [kind, { allowed_responder_ids }] = Object.entries(channel as LeafContactChannel)[0]!
    return [
      {
        ...above,
        place: `${above.place}/${kind}`,
        kind,
        channel: channel,
        allowed_responder_ids,
      },
    ]
  }
  const is_shared = above.is_shared || !channel.any_of
  return membersOf(channel, above.place).flatMap((each) => {
    const { channel: inner, place, after_seconds } = channelOf(each)
    return walk(inner, { place, after_seconds: above.after_seconds + after_seconds, is_shared })
  })
}

function listOf({ all_of, any_of, quorum }: ContactChannel): [readonly Member[], string] {
  if (all_of) return [all_of, 'all_of']
  if (any_of) return [any_of, 'any_of']
  return quorum ? [quorum.of, 'quorum/of'] : [[], '']
}
