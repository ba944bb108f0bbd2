export { Countersign, type CountersignOptions } from './countersign.ts'
export type { Fetch, HeldRequestOptions, RequestOptions } from './connection.ts'
export type { CallOptions } from './call-options.ts'
export {
  ApiError,
  ConfigurationError,
  ConnectionError,
  ProtocolError,
  TerminalError,
  TimeoutError,
  WebhookVerificationError,
} from './errors.ts'
export type { EventListOptions, EventOptions } from './events.ts'
export { parseExact, writeExact, writeParsed } from './exact-json.ts'
export type { FunctionCalls } from './function-calls.ts'
export type { HumanAsToolOptions, HumanTool, Message } from './human-as-tool.ts'
export type { HumanContacts } from './human-contacts.ts'
export type { Money } from './money.ts'
export type { ListOptions, NewCall, NewEscalation } from './new-call.ts'
export type { GuardedFunction, Invocation, RequireApprovalOptions } from './require-approval.ts'
export {
  resume,
  type AnsweredHumanContact,
  type ApprovedFunctionCall,
  type FiredTimer,
  type RefusedFunctionCall,
  type Resumption,
} from './resume.ts'
export type { NewRun, NewUsage, RunListOptions, Runs, RunTree } from './runs.ts'
export type * from './schemas.ts'
export type { Terminal } from './terminal.ts'
export type { NewTimer, SleepOptions, Timers } from './timers.ts'
export type { WaitOptions } from './waiting.ts'
export type { BudgetedFunction, WithinBudgetOptions } from './within-budget.ts'
export { verifyWebhook, type VerifyWebhookOptions, type WebhookHeaders } from './verify-webhook.ts'
