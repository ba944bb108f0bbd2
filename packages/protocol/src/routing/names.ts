import type { Capabilities } from '../features.ts'
import type { JsonFault } from '../json/parse.ts'
import type { ContactChannel, LeafContactChannel } from '../schemas/contact-channel.ts'
import { sizeFaults } from '../transitions/channel-faults.ts'
import { channelOf, isComposite, membersOf } from '../transitions/leaves.ts'
import { findPerson, normalised, type Directory } from './directory.ts'
import { narrowed } from './narrowing.ts'

// Names become what they mean, once, when the call is created.

/** What names mean, and which of them mean nothing, each with its place. */
export interface Resolved<T> {
  value: T
  faults: JsonFault[]
}

/** Teams and addresses become people, each once. */
export function resolveResponders(
  ids: readonly string[],
  directory: Directory,
  pointer: string,
): Resolved<string[]> {
  const resolved = ids.map((id, index) => resolveResponder(id, directory, `${pointer}/${index}`))
  const value = [...new Set(resolved.flatMap((each) => each.value))]
  const faults = resolved.flatMap((each) => each.faults)
  if (value.length > MOST_RESPONDERS)
    faults.push({ pointer, detail: `These are more than ${MOST_RESPONDERS} people.` })
  return { value, faults }
}

/** The channel without names: those of channels, of teams, and of addresses. One that is too large is not looked at. */
export function resolveChannel(
  channel: ContactChannel,
  directory: Directory,
  capabilities: Pick<Capabilities, 'limits'>,
  pointer: string,
): Resolved<ContactChannel> {
  const faults = sizeFaults(channel, capabilities, pointer)
  return faults.length > 0 ? { value: channel, faults } : resolve(channel, directory, pointer)
}

function resolve(channel: ContactChannel, directory: Directory, pointer: string): Resolved<ContactChannel> {
  const { all_of, any_of, quorum } = channel
  if (!isComposite(channel)) return resolveLeaf(channel, directory, pointer)

  const members = membersOf(channel, pointer).map((each) => {
    const { channel: inner, place, after_seconds } = channelOf(each)
    const { value, faults } = resolve(inner, directory, place)
    const isDelayed = place !== each.place
    return { value: isDelayed ? { after_seconds, channel: value } : value, channel: value, place, faults }
  })
  const faults = members.flatMap((each) => each.faults)
  if (all_of) return { value: { all_of: members.map((each) => each.channel) }, faults }
  if (any_of) return { value: { any_of: members.map((each) => each.value) }, faults }

  for (const { channel: named, place } of members.filter((each) => isComposite(each.channel)))
    faults.push({
      pointer: `${place}/named`,
      detail: `A quorum counts over leaves, and this channel is ${Object.keys(named)[0]}.`,
    })
  const of = members.map((each) => each.value) as NonNullable<ContactChannel['quorum']>['of']
  return { value: { quorum: { ...quorum!, of } }, faults }
}

// As many as a leaf may list.
const MOST_RESPONDERS = 100

function resolveResponder(id: string, directory: Directory, pointer: string): Resolved<string[]> {
  if (id.startsWith('team:')) {
    const name = id.slice('team:'.length)
    const team = directory.teams.find((each) => each.name === name)
    if (team) return { value: [...team.people], faults: [] }
    return { value: [], faults: [{ pointer, detail: `This project has no team "${name}".` }] }
  }
  const person = findPerson(directory, id)
  if (person) return { value: [person.id], faults: [] }
  const faults =
    directory.responders === 'known' ? [{ pointer, detail: `This project does not know "${id}".` }] : []
  return { value: [normalised(id)], faults }
}

function resolveLeaf(
  leaf: LeafContactChannel,
  directory: Directory,
  pointer: string,
): Resolved<ContactChannel> {
  const [kind, members] = Object.entries(leaf)[0]!
  const place = `${pointer}/${kind}`
  const { allowed_responder_ids } = members
  const listed = allowed_responder_ids
    ? resolveResponders(allowed_responder_ids, directory, `${place}/allowed_responder_ids`)
    : undefined
  if (!leaf.named) {
    const value = listed ? { [kind]: { ...members, allowed_responder_ids: listed.value } } : leaf
    return { value, faults: listed?.faults ?? [] }
  }

  const { name } = leaf.named
  const target = directory.channels.find((each) => each.name === name)?.channel
  if (!target)
    return {
      value: leaf,
      faults: [{ pointer: `${place}/name`, detail: `This project has no channel "${name}".` }],
    }
  if (!listed || listed.faults.length > 0) return { value: target, faults: listed?.faults ?? [] }
  const value = narrowed(target, new Set(listed.value))
  if (value) return { value, faults: [] }
  const detail = `None of these may decide through the channel "${name}".`
  return { value: target, faults: [{ pointer: `${place}/allowed_responder_ids`, detail }] }
}
