import type { components } from './generated/openapi.ts'

type Schemas = components['schemas']

/** A function that wants to run, and what a person decided about it. */
export type FunctionCall = Schemas['FunctionCall']
/** What an agent asks about a function. Immutable once created. */
export type FunctionCallSpec = Schemas['FunctionCallSpec']
/** What became of a function call. Only `approved` in the state `approved` lets the function run. */
export type FunctionCallStatus = Schemas['FunctionCallStatus']
/** What a person decides about a function call. */
export type FunctionCallResponse = Schemas['FunctionCallResponse']
/** A page of function calls, newest first. */
export type FunctionCallList = Schemas['FunctionCallList']
/** The body that creates a function call. */
export type CreateFunctionCall = Schemas['CreateFunctionCall']

/** A question to a person, and what they answered. */
export type HumanContact = Schemas['HumanContact']
/** What an agent asks a person. Immutable once created. */
export type HumanContactSpec = Schemas['HumanContactSpec']
/** What became of a human contact. */
export type HumanContactStatus = Schemas['HumanContactStatus']
/** What a person answers: a text, an option, data, or several of these. */
export type HumanContactResponse = Schemas['HumanContactResponse']
/** A page of human contacts, newest first. */
export type HumanContactList = Schemas['HumanContactList']
/** The body that creates a human contact. */
export type CreateHumanContact = Schemas['CreateHumanContact']

/** Where people are asked: exactly one member, which is a leaf kind or a composite. */
export type ContactChannel = Schemas['ContactChannel']
/** A prepared answer that a person can choose. */
export type ResponseOption = Schemas['ResponseOption']
/** What a person needs to decide well. */
export type Context = Schemas['Context']
/** How surely the server knows who answered. */
export type Assurance = Schemas['Assurance']
/** Who answered, as the server established it. */
export type Responder = Schemas['Responder']
/** A request to ask again, elsewhere or more urgently. */
export type Escalation = Schemas['Escalation']
/** Withdraws a pending call. */
export type Cancellation = Schemas['Cancellation']
/** Wakes an agent at a given time. */
export type Timer = Schemas['Timer']
/** What an agent asks of a timer. Immutable once created. */
export type TimerSpec = Schemas['TimerSpec']
/** What became of a timer. */
export type TimerStatus = Schemas['TimerStatus']
/** The body that sets a timer. */
export type CreateTimer = Schemas['CreateTimer']
/** One execution of an agent: its items, its children, its costs. */
export type Run = Schemas['Run']
/** A run without its items and its children. */
export type RunSummary = Schemas['RunSummary']
/** A page of runs, newest first. */
export type RunList = Schemas['RunList']
/** The body that creates a run. */
export type CreateRun = Schemas['CreateRun']
/** What a run and the runs below it may cost together. */
export type Budget = Schemas['Budget']
/** What one step of a run consumed. */
export type Usage = Schemas['Usage']
/** A report of usage that was counted. */
export type UsageReport = Schemas['UsageReport']
/** What a run and the runs below it have consumed together. */
export type UsageTotals = Schemas['UsageTotals']
/** The body of every error (RFC 9457). */
export type Problem = Schemas['Problem']
/** The boundary of trust to which a key belongs. */
export type Project = Schemas['Project']
/** Something that happened to a call or a timer. */
export type Event = Schemas['Event']
/** A page of the event log, oldest first. */
export type EventList = Schemas['EventList']
/** What a server can do. */
export type Discovery = Schemas['Discovery']

/** A JSON Schema, as tools carry it. */
export type JsonSchema = Record<string, unknown>
