import { once } from 'node:events'
import { ApiError } from '@countersign/client'
import { visibleText } from '@countersign/client/terminal'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { addConnectionOptions, credentialsOf, type ConnectionFlags } from '../connection.ts'
import { CommandError } from '../exit.ts'
import { collect, parseLimit } from '../flags.ts'
import { table } from '../table.ts'
import { WebhookEndpoints } from '../webhook-endpoints.ts'
import { forward, listenForWebhooks, type Heard } from '../webhook-listener.ts'

interface CreateFlags extends ConnectionFlags {
  type?: string[]
  payloadStyle?: string
}

interface ListenFlags extends CreateFlags {
  port: number
  forward?: string
  json?: boolean
}

export function addWebhooks(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('Have events delivered to addresses. Takes a key with the scope admin.')

  addWishOptions(webhooks.command('create'))
    .description('Register an address and print its secret, this once, on stdout.')
    .argument('<url>', 'the http or https address that gets the deliveries')
    .action(async (url: string, flags: CreateFlags) => {
      const { webhook_endpoint_id, secret } = await endpointsOf(flags).create({ url, ...wishOf(flags) })
      process.stderr.write(`${webhook_endpoint_id} gets the deliveries. Its secret is shown this once:\n`)
      process.stdout.write(`${secret}\n`)
    })

  addConnectionOptions(webhooks.command('list'))
    .description('List the endpoints, newest first; secrets are not shown.')
    .action(async (flags: ConnectionFlags) => {
      const rows = (await endpointsOf(flags).list()).map((each) => [
        each.webhook_endpoint_id,
        each.state,
        each.created_at,
        each.payload_style ?? '',
        each.event_types?.map(visibleText).join(',') ?? 'every type',
        visibleText(each.url),
      ])
      process.stdout.write(table(['endpoint', 'state', 'created', 'payload', 'types', 'url'], rows))
    })

  addConnectionOptions(addId(webhooks.command('delete')))
    .description('Delete an endpoint: no further delivery begins.')
    .action(async (id: string, flags: ConnectionFlags) => {
      await endpointsOf(flags).delete(id)
      process.stdout.write(`${id} is deleted.\n`)
    })

  addConnectionOptions(addId(webhooks.command('rotate')))
    .description('Make a new secret and print it, this once; the old one stays valid for 24 hours.')
    .action(async (id: string, flags: ConnectionFlags) => {
      const { secret } = await endpointsOf(flags).rotate(id)
      process.stderr.write(
        `The old secret of ${id} stays valid for 24 hours. The new one is shown this once:\n`,
      )
      process.stdout.write(`${secret}\n`)
    })

  addConnectionOptions(addId(webhooks.command('deliveries')))
    .description('List what was sent to an endpoint, newest first.')
    .addOption(new Option('--limit <n>', 'how many').argParser(parseLimit).default(20))
    .action(async (id: string, { limit, ...flags }: ConnectionFlags & { limit: number }) => {
      const rows = (await endpointsOf(flags).deliveries(id, limit)).map((each) => [
        each.delivery_id,
        each.state,
        each.attempts.map(({ status_code }) => status_code ?? 'no answer').join(','),
        each.next_attempt_at ?? '',
        each.event_id,
      ])
      process.stdout.write(table(['delivery', 'state', 'attempts', 'next attempt', 'event'], rows))
    })

  addConnectionOptions(addId(webhooks.command('redeliver')))
    .description('Send a delivery again, under the same id.')
    .argument('<delivery_id>', 'the id of the delivery, as `webhooks deliveries` shows it')
    .action(async (id: string, delivery_id: string, flags: ConnectionFlags) => {
      await endpointsOf(flags).redeliver(id, delivery_id)
      process.stdout.write(`${delivery_id} is sent again.\n`)
    })

  addWishOptions(webhooks.command('listen'))
    .description('Receive deliveries on this machine, and print them, until Ctrl-C.')
    .addOption(
      new Option('--port <n>', 'the port to listen on; 0 picks a free one').argParser(parsePort).default(0),
    )
    .option('--forward <url>', 'hand each delivery on to this address, and answer as it does')
    .option('--json', 'print the body of each delivery, one a line')
    .action(listen)
}

async function listen({ port, forward: target, json = false, ...flags }: ListenFlags): Promise<void> {
  const endpoints = endpointsOf(flags)
  const secret = Promise.withResolvers<string>()
  const { url, server } = await listenForWebhooks(port, secret.promise, async (heard) => {
    if (heard.fault === undefined && json) process.stdout.write(`${heard.body.toString()}\n`)
    else process.stdout.write(`${lineOf(heard)}\n`)
    if (heard.fault !== undefined) return 400
    return target === undefined ? 204 : forward(target, heard)
  })
  const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  try {
    const endpoint = await register(endpoints, { url, ...wishOf(flags) })
    secret.resolve(endpoint.secret)
    process.stderr.write(`${endpoint.webhook_endpoint_id} listens at ${url} until Ctrl-C.\n`)
    await ended
    await endpoints.delete(endpoint.webhook_endpoint_id)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function register(
  endpoints: WebhookEndpoints,
  wish: Parameters<WebhookEndpoints['create']>[0],
): ReturnType<WebhookEndpoints['create']> {
  try {
    return await endpoints.create(wish)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'url_not_allowed') throw error
    throw new CommandError(
      'The server does not send to this machine. Allow it: countersign serve --webhook-allow 127.0.0.0/8',
    )
  }
}

/** One line for people. What was not signed is not believed, and so not shown. */
function lineOf({ id, fault, body }: Heard): string {
  if (fault !== undefined) return `refused ${visibleText(id)}: ${fault}`
  const sent = JSON.parse(body.toString()) as Payload
  const { call_id = '' } = sent.data ?? sent.event ?? sent
  return `verified ${id} ${visibleText(sent.type ?? 'completed')} ${visibleText(call_id)}`.trimEnd()
}

/** The members of the three kinds of body that are worth a line. */
interface Payload {
  type?: string
  call_id?: string
  data?: { call_id?: string }
  event?: { call_id?: string }
}

function endpointsOf(flags: ConnectionFlags): WebhookEndpoints {
  return new WebhookEndpoints(credentialsOf(flags, 'admin'))
}

function wishOf({ type, payloadStyle }: CreateFlags): { event_types?: string[]; payload_style?: string } {
  return {
    ...(type !== undefined && { event_types: type }),
    ...(payloadStyle !== undefined && { payload_style: payloadStyle }),
  }
}

function addWishOptions(command: Command): Command {
  return addConnectionOptions(command)
    .addOption(
      new Option(
        '--type <type>',
        'a type of event to deliver; may be given several times (default: every type)',
      ).argParser((value: string, before: string[] | undefined) => collect(value, before)),
    )
    .addOption(
      new Option('--payload-style <style>', 'what the body is').choices([
        'countersign',
        'humanlayer-v1',
        'humanlayer-v1beta2',
      ]),
    )
}

function addId(command: Command): Command {
  return command.argument('<endpoint_id>', 'the id of the endpoint, as `webhooks list` shows it')
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port from 0 to 65535 is needed.')
  return port
}
