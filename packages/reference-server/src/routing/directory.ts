import {
  channelFaults,
  delegateOf,
  leastPeople,
  leavesOf,
  matcherFaults,
  NO_DIRECTORY,
  normalised,
  resolveChannel,
  routeUnder,
  unservedKinds,
  withoutSecrets,
  type ContactChannel,
  type Directory,
  type JsonFault,
  type Member,
  type NamedChannel,
  type Policy,
} from '@countersign/protocol'
import { CAPABILITIES } from '../capabilities.ts'
import type { RoutingConfiguration } from './configuration.ts'

/** The directory that a configuration of the right shape describes, and what is wrong with it, each with its place. */
export function resolvedDirectory(configuration: RoutingConfiguration): {
  directory: Directory
  faults: JsonFault[]
} {
  const { teams = [], responders = 'any' } = configuration
  const people = (configuration.people ?? []).map((person) => ({ addresses: [], ...person }))
  const faults = [...peopleFaults(people), ...teamFaults(teams, people)]

  const named = resolveNamed(configuration.channels ?? [], { ...NO_DIRECTORY, people, teams, responders })
  faults.push(...named.faults)
  const directory = { ...NO_DIRECTORY, people, teams, responders, channels: named.channels }
  const resolve = (channel: ContactChannel, pointer: string) => {
    const resolved = resolvedChannel(channel, directory, pointer)
    faults.push(...resolved.faults)
    return resolved.value
  }

  const { default_channel } = configuration
  const byDefault = default_channel
    ? resolve(default_channel, '/default_channel')
    : NO_DIRECTORY.default_channel
  const policies = (configuration.policies ?? []).map((policy, index) =>
    policy.channel ? { ...policy, channel: resolve(policy.channel, `/policies/${index}/channel`) } : policy,
  )
  const complete = { ...directory, default_channel: byDefault, policies }
  faults.push(...policyFaults(complete))
  return { directory: complete, faults }
}

function peopleFaults(people: readonly Member[]): JsonFault[] {
  const places = people.flatMap(({ id, addresses }, index) => [
    { name: id, pointer: `/people/${index}/id` },
    ...addresses.map((address, at) => ({
      name: normalised(address),
      pointer: `/people/${index}/addresses/${at}`,
    })),
  ])
  return [...duplicates(places), ...people.flatMap((person, index) => absenceFaults(person, index, people))]
}

function absenceFaults(person: Member, index: number, people: readonly Member[]): JsonFault[] {
  if (!person.out_of_office) return []
  const pointer = `/people/${index}/out_of_office`
  const { from, until, delegate } = person.out_of_office
  if (!people.some(({ id }) => id === delegate)) return [unknownPerson(`${pointer}/delegate`, delegate)]
  if (from !== undefined && until !== undefined && Date.parse(until) <= Date.parse(from))
    return [{ pointer: `${pointer}/until`, detail: 'The absence would end before it begins.' }]

  const cycle = cycleOf(person, people)
  return cycle ? [{ pointer, detail: `The delegates go round in a circle: ${cycle.join(', ')}.` }] : []
}

/** The people from one to the next delegate back to the first; undefined when this does not lead back. Times do not matter: they change. */
function cycleOf(person: Member, people: readonly Member[]): string[] | undefined {
  const seen = [person.id]
  let next = person.out_of_office?.delegate
  while (next !== undefined && !seen.includes(next)) {
    seen.push(next)
    next = people.find(({ id }) => id === seen.at(-1))?.out_of_office?.delegate
  }
  return next === person.id ? [...seen, next] : undefined
}

function teamFaults(teams: Directory['teams'], people: readonly Member[]): JsonFault[] {
  const unknown = teams.flatMap((team, index) =>
    team.people.flatMap((person, at) =>
      people.some(({ id }) => id === person) ? [] : [unknownPerson(`/teams/${index}/people/${at}`, person)],
    ),
  )
  return [...duplicates(namesOf(teams, 'teams')), ...unknown]
}

/** Named channels may have names in them; those are resolved first. */
function resolveNamed(
  configured: readonly NamedChannel[],
  directory: Directory,
): { channels: NamedChannel[]; faults: JsonFault[] } {
  const faults = duplicates(namesOf(configured, 'channels'))
  const channels: NamedChannel[] = []
  let left = [...configured]
  for (;;) {
    const isLeft = (name: string) => left.some((other) => other.name === name)
    const ready = left.filter(({ channel }) => !referencesOf(channel).some(isLeft))
    if (ready.length === 0) break
    for (const { name, channel } of ready) {
      const place = `/channels/${configured.findIndex((each) => each.name === name)}/channel`
      const resolved = resolvedChannel(channel, { ...directory, channels: [...channels] }, place)
      channels.push({ name, channel: resolved.value })
      faults.push(...resolved.faults)
    }
    left = left.filter((each) => !ready.includes(each))
  }
  for (const { name } of left)
    faults.push({
      pointer: `/channels/${configured.findIndex((each) => each.name === name)}/channel`,
      detail: `The channel "${name}" leads back to itself.`,
    })
  return {
    channels: configured.flatMap(({ name }) => channels.find((each) => each.name === name) ?? []),
    faults,
  }
}

function resolvedChannel(
  channel: ContactChannel,
  directory: Directory,
  pointer: string,
): { value: ContactChannel; faults: JsonFault[] } {
  const unserved = unservedKinds(channel, CAPABILITIES, pointer)
  if (unserved.length > 0) return { value: channel, faults: unserved }
  const { value, faults } = resolveChannel(withoutSecrets(channel), directory, CAPABILITIES, pointer)
  if (faults.length > 0) return { value, faults }
  return { value, faults: channelFaults(value, [], CAPABILITIES, pointer) }
}

function referencesOf(channel: ContactChannel): string[] {
  return leavesOf(channel).flatMap((leaf) => leaf.channel.named?.name ?? [])
}

function policyFaults(directory: Directory): JsonFault[] {
  const { policies } = directory
  return [
    ...duplicates(namesOf(policies, 'policies')),
    ...policies.flatMap((policy, index) => faultsOfPolicy(policy, `/policies/${index}`, directory)),
  ]
}

function faultsOfPolicy(policy: Policy, place: string, directory: Directory): JsonFault[] {
  const { fn, effect, channel, minimum_people, comment, kwargs = [] } = policy
  const faults = kwargs.flatMap((matcher, at) => matcherFaults(matcher, `${place}/kwargs/${at}`))
  if ([fn].flat().some((name) => name !== name.trim()))
    faults.push({ pointer: `${place}/fn`, detail: 'A name begins or ends with white space.' })
  if (effect !== 'ask') {
    if (channel)
      faults.push({ pointer: `${place}/channel`, detail: `Nobody is asked where the effect is "${effect}".` })
    if (minimum_people !== undefined)
      faults.push({
        pointer: `${place}/minimum_people`,
        detail: `Nobody is asked where the effect is "${effect}".`,
      })
    return faults
  }
  if (comment !== undefined)
    faults.push({ pointer: `${place}/comment`, detail: 'The comment is that of the people who are asked.' })
  // As for a call that does not say who decides.
  const asked = { channel: directory.default_channel, isAsked: false, faults: [] }
  const combined = routeUnder(policy, asked, CAPABILITIES).channel
  const [tooFew] = channelFaults(combined, [], CAPABILITIES, '')
  const isEverybodyTooFew =
    directory.responders === 'known' && leastPeople(combined) > directory.people.length
  if (tooFew || isEverybodyTooFew)
    faults.push({
      pointer: `${place}/${minimum_people === undefined ? 'effect' : 'minimum_people'}`,
      detail: `The people of ${channel ? 'the channel' : 'the default channel'} can never be so many.`,
    })
  return faults
}

function namesOf(items: readonly { name: string }[], member: string): { name: string; pointer: string }[] {
  return items.map(({ name }, index) => ({ name, pointer: `/${member}/${index}/name` }))
}

function duplicates(places: readonly { name: string; pointer: string }[]): JsonFault[] {
  return places
    .filter(({ name }, index) => places.findIndex((other) => other.name === name) < index)
    .map(({ name, pointer }) => ({ pointer, detail: `"${name}" is there twice.` }))
}

function unknownPerson(pointer: string, id: string): JsonFault {
  return { pointer, detail: `There is no person "${id}".` }
}

/** What a project shows of its directory to keys of this kind. */
export function shownDirectory(
  directory: Directory,
  now: Date,
  { isAdmin }: { isAdmin: boolean },
): Record<string, unknown> {
  const { people, teams, channels, default_channel, responders, policies } = directory
  const shown = people.map((person) => {
    const { id, name, addresses } = person
    const delegate = delegateOf(directory, person, now)
    return {
      id,
      ...(name !== undefined && { name }),
      ...(isAdmin && { addresses }),
      ...(delegate !== undefined && { delegate }),
    }
  })
  return {
    people: shown,
    teams,
    channels,
    default_channel,
    responders,
    ...(isAdmin && { policies }),
  }
}
