export {
  countersignHandlers,
  type CountersignHandlers,
  type CountersignHandlersOptions,
} from './countersign-handlers.ts'
export { AskedFunctionCall, type Approval, type Denial, type FunctionCallAnswer } from './function-calls.ts'
export { AskedHumanContact, type HumanContactAnswer } from './human-contacts.ts'
export type { AnswersAs, Inbox } from './inbox.ts'
export type { TestKey } from './keys.ts'
export { Refused } from './refused.ts'
