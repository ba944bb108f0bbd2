import { existsSync } from 'node:fs'
import { DEFAULT_PROJECT, insertBearerKey, openStore, readSettings, type Store } from '@countersign/server'
import { Option, type Command } from 'commander'
import { CommandError } from '../exit.ts'
import { collect } from '../flags.ts'
import { configOption } from './serve.ts'
import { table } from '../table.ts'

interface StoreFlags {
  db?: string
  config?: string
}

interface CreateFlags extends StoreFlags {
  project: string
  scope: ('agent' | 'responder' | 'admin')[]
  name?: string
  person?: string
}

const SCOPES = ['agent', 'responder', 'admin']

/** `keys` and `projects` work on the database itself, also while the server runs. */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('Make, list and revoke keys, also while the server runs.')

  addDb(keys.command('create'))
    .description('Make a key and print it, this once, on stdout.')
    .addOption(projectOption())
    .addOption(
      new Option('--scope <scope>', `what the key may do: ${SCOPES.join(', ')}; may be given several times`)
        .argParser((value: string, before: string[] | undefined) => collect(oneScope(value), before))
        .makeOptionMandatory(),
    )
    .option('--name <text>', 'a name to recognise the key by')
    .option('--person <id>', 'the person to whom the key is bound; answers with it are theirs')
    .action((flags: CreateFlags) =>
      withStore(
        flags,
        async (store) => {
          const project_id = await findProject(store, flags.project)
          if (flags.person !== undefined && !/^[^:\s]{1,128}$/.test(flags.person))
            throw new CommandError('--person has to be an id without colons and spaces.')
          const { key, secret } = await insertBearerKey(store, {
            project_id,
            scopes: [...new Set(flags.scope)],
            ...(flags.name !== undefined && { name: flags.name }),
            ...(flags.person !== undefined && { responder_id: flags.person }),
          })
          process.stderr.write(
            `${key.key_id}: ${key.scopes.join(' and ')} in the project ${project_id}. It is shown this once:\n`,
          )
          process.stdout.write(`${secret}\n`)
        },
        { mayCreate: true },
      ),
    )

  addDb(keys.command('list'))
    .description('List the keys of a project; secrets are not kept.')
    .addOption(projectOption())
    .action((flags: CreateFlags) =>
      withStore(flags, async (store) => {
        const { items } = await store.listKeys(await findProject(store, flags.project), { limit: 1_000 })
        const rows = items.map(({ item }) => [
          item.key_id,
          item.scopes.join(','),
          item.responder_id ?? '',
          item.name ?? '',
          item.created_at,
          item.revoked_at ? `revoked ${item.revoked_at}` : 'alive',
        ])
        process.stdout.write(table(['key', 'scopes', 'person', 'name', 'created', 'state'], rows))
      }),
    )

  addDb(keys.command('revoke'))
    .description('Revoke a key: it is dead from the next request on.')
    .argument('<key_id>', 'the id of the key, as `keys list` shows it')
    .addOption(projectOption())
    .action((key_id: string, flags: CreateFlags) =>
      withStore(flags, async (store) => {
        const project_id = await findProject(store, flags.project)
        const key = await store.revokeKey(project_id, key_id)
        if (!key) throw new CommandError(`There is no key "${key_id}" in the project "${project_id}".`)
        process.stdout.write(`${key.key_id} is revoked.\n`)
      }),
    )
}

export function addProjects(program: Command): void {
  const projects = program
    .command('projects')
    .description('Make and list projects, also while the server runs.')

  addDb(projects.command('create'))
    .description('Make a project and print its id.')
    .argument('<name>', 'the name of the project')
    .action((name: string, flags: StoreFlags) =>
      withStore(
        flags,
        async (store) => {
          const project_id = slugOf(name)
          if (!project_id) throw new CommandError(`"${name}" has no letter or digit to make an id of.`)
          if ((await store.insertProject({ project_id, name })) === 'duplicate')
            throw new CommandError(`There is a project "${project_id}" already.`)
          process.stdout.write(`${project_id}\n`)
        },
        { mayCreate: true },
      ),
    )

  addDb(projects.command('list'))
    .description('List the projects.')
    .action((flags: StoreFlags) =>
      withStore(flags, async (store) => {
        const rows = (await store.listProjects()).map(({ project_id, name, created_at }) => [
          project_id,
          name,
          created_at,
        ])
        process.stdout.write(table(['project', 'name', 'created'], rows))
      }),
    )
}

function addDb(command: Command): Command {
  return command
    .option('--db <file>', 'the file of the SQLite database (default: as `countersign serve` has it)')
    .addOption(configOption())
}

function projectOption(): Option {
  return new Option('--project <id>', 'the project').default(DEFAULT_PROJECT)
}

function oneScope(value: string): string {
  if (SCOPES.includes(value)) return value
  throw new CommandError(`--scope has to be one of ${SCOPES.join(', ')}, not "${value}".`, 2)
}

async function withStore(
  flags: StoreFlags,
  work: (store: Store) => Promise<void>,
  { mayCreate = false } = {},
): Promise<void> {
  const { db } = readSettings({ db: flags.db, config: flags.config }, process.env)
  if (!existsSync(db)) {
    if (!mayCreate) throw new CommandError(`There is no database at ${db}; name it with --db.`)
    process.stderr.write(`There was no database at ${db}; it is made now.\n`)
  }
  const store = openStore({ db })
  try {
    await store.insertProject({ project_id: DEFAULT_PROJECT, name: 'Default' })
    await work(store)
  } finally {
    await store.close()
  }
}

/** By id, or by the name under which it was made. */
async function findProject(store: Store, wanted: string): Promise<string> {
  const projects = await store.listProjects()
  const project =
    projects.find(({ project_id }) => project_id === wanted) ?? projects.find(({ name }) => name === wanted)
  if (project) return project.project_id
  throw new CommandError(
    `There is no project "${wanted}"; make it with: countersign projects create "${wanted}"`,
  )
}

function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64)
}
