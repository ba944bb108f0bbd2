import { Countersign, type Project } from '@countersign/client'
import { visibleText } from '@countersign/client/terminal'
import type { Command } from 'commander'
import { jsonLine } from '../call-summary.ts'
import { addConnectionOptions, credentialsOf, type ConnectionFlags } from '../connection.ts'

interface Flags extends ConnectionFlags {
  json?: boolean
}

/** `project`: who is there, how they are reached, and what is settled by rule. */
export function addProject(program: Command): void {
  const command = program
    .command('project')
    .description('Show the people, teams, channels and, to an admin, the policies of the project.')
    .option('--json', 'print one line of JSON')
  addConnectionOptions(command).action(async (flags: Flags) => {
    const project = await new Countersign(credentialsOf(flags, 'admin', 'responder', 'agent')).project()
    process.stdout.write(flags.json ? `${jsonLine(project)}\n` : `${linesOf(project).join('\n')}\n`)
  })
}

function linesOf(project: Project): string[] {
  const { name, project_id, people = [], teams = [], channels = [], policies = [] } = project
  const lines = [
    `${name} (${project_id})`,
    ...section(
      project.responders === 'known' ? 'people, who alone may answer' : 'people',
      people.map((person) =>
        [
          person.id,
          ...(person.name === undefined ? [] : [person.name]),
          ...(person.addresses ?? []),
          ...(person.delegate === undefined ? [] : [`away; ${person.delegate} stands in`]),
        ].join('  '),
      ),
    ),
    ...section(
      'teams',
      teams.map((team) => `team:${team.name}  ${team.people.join(', ')}`),
    ),
    ...section(
      'channels',
      channels.map((each) => `${each.name}  ${jsonLine(each.channel)}`),
    ),
    ...(project.default_channel ? [`default channel  ${jsonLine(project.default_channel)}`] : []),
    ...section(
      'policies, of which the first that matches applies',
      policies.map((policy) => `${policy.name}  ${policy.effect}  ${[policy.fn].flat().join(', ')}`),
    ),
  ]
  return lines.map(visibleText)
}

function section(head: string, items: string[]): string[] {
  return items.length === 0 ? [] : [head, ...items.map((item) => `  ${item}`)]
}
