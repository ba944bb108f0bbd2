import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Countersign, parseExact, resume, type Event, type Resumption } from '@countersign/client'

// An agent that does not wait. `agent.ts start ORDER` asks and exits; `agent.ts resume` is started with an event on its
// standard input and goes on from there. Between the two it is nowhere: what it has to know travels in `state`.

interface State extends Record<string, unknown> {
  order_id: number
  amount: string
}

const LEDGER = process.env['OUTER_LOOP_LEDGER'] ?? 'ledger.tsv'

const [command, order = '4417'] = process.argv.slice(2)
if (command === 'start') await start({ order_id: Number(order), amount: '1250.00' })
else if (command === 'resume') await goOn(resume(parseExact(await text(process.stdin)) as Event))
else {
  process.stderr.write('usage: agent.ts start [ORDER] | resume < EVENT\n')
  process.exitCode = 2
}

/** The first step: to ask whether the refund may be paid. */
async function start(state: State): Promise<void> {
  const call = await agentFor(`refund_${state.order_id}`).functionCalls.create({
    // Chosen from the order, so that starting twice asks once.
    call_id: `refund_${state.order_id}`,
    spec: { fn: 'refund_order', kwargs: { ...state }, allow_edit: true, state },
  })
  say(`asked ${call.call_id}`)
}

/** The step that comes after an answer. The same event may come twice, so that every act here may be repeated. */
async function goOn(resumption: Resumption | undefined): Promise<void> {
  // There may be other agents in the project, and events that end nothing.
  if (!resumption?.run_id.startsWith('refund_') || !resumption.state) return
  const state = resumption.state as State
  if (resumption.kind === 'function_call' && resumption.fn === 'refund_order') {
    if (!resumption.approved) return askWhatToSay(state, resumption.text)
    return refundOrder(resumption.call_id, resumption.kwargs as State)
  }
  if (resumption.kind === 'human_contact')
    return once(`letter-${resumption.call_id}`, `wrote: ${resumption.text}`)
}

/** The second step after a "no": a person says what the customer gets to hear. */
async function askWhatToSay(state: State, why: string): Promise<void> {
  const contact = await agentFor(`refund_${state.order_id}`).humanContacts.create({
    call_id: `reply_${state.order_id}`,
    spec: { msg: `${why} What shall I tell the customer of order ${state.order_id}?`, state },
  })
  say(`asked ${contact.call_id}`)
}

function refundOrder(call_id: string, { order_id, amount }: State): void {
  once(`refund-${call_id}`, `refunded ${amount} for order ${order_id}`)
}

/** Stands for a payment service: what has the same idempotency key is done once, however often it is asked for. */
function once(key: string, act: string): void {
  const done = existsSync(LEDGER) ? readFileSync(LEDGER, 'utf8').split('\n') : []
  if (done.some((line) => line.startsWith(`${key}\t`))) return say(`done before: ${key}`)
  appendFileSync(LEDGER, `${key}\t${act}\n`)
  say(act)
}

function agentFor(runId: string): Countersign {
  return new Countersign({ runId })
}

function say(line: string): void {
  process.stdout.write(`agent: ${line}\n`)
}
