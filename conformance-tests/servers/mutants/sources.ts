// The files of the reference server that mutants patch most.

export const CALL = 'protocol/src/transitions/call.ts'
export const ANSWER = 'protocol/src/transitions/answer.ts'
export const CREATION = 'protocol/src/transitions/creation.ts'
export const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
export const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
export const CLIENT_SCHEMA = 'protocol/src/client-schema.ts'
export const VALIDATE = 'protocol/src/validate.ts'
export const CALLS = 'reference-server/src/calls.ts'
