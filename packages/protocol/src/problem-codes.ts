/** One code of the protocol's errors. The table below is the only place where codes, statuses and titles stand. */
export interface ProblemDefinition {
  /** The HTTP status that the code always comes with. */
  status: number
  title: string
  description: string
}

export const problems = {
  malformed_body: {
    status: 400,
    title: 'The body cannot be read',
    description:
      'Not JSON, not UTF-8, a duplicate member name, a lone surrogate, a number out of range, or nesting that is too deep.',
  },
  invalid_parameter: {
    status: 400,
    title: 'A query parameter or header is wrong',
    description: 'A value in the query, in a header or in the path that cannot be understood.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor is not one of ours',
    description: 'A cursor that this server did not make for this list and these filters.',
  },
  unauthenticated: {
    status: 401,
    title: 'A key is needed',
    description: 'No key, an unknown key or a revoked one.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The key may not do this',
    description: 'The key is good and lacks the scope of the operation.',
  },
  responder_not_allowed: {
    status: 403,
    title: 'This responder may not decide',
    description: 'The call lists who may decide, and the answer came from somebody else. It stays pending.',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing here',
    description: 'An unknown path or id, or one of another project.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The path does not take this method',
    description: 'The `Allow` header names the methods that it takes.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not come in time',
    description: 'The client took too long to send its request; try again.',
  },
  call_id_conflict: {
    status: 409,
    title: 'The call id is taken',
    description: 'A call of this kind has the same id and was asked differently.',
  },
  escalation_id_conflict: {
    status: 409,
    title: 'The escalation id is taken',
    description: 'An escalation of this call has the same id and says something else.',
  },
  timer_id_conflict: {
    status: 409,
    title: 'The timer id is taken',
    description: 'A timer has the same id and was set differently.',
  },
  run_id_conflict: {
    status: 409,
    title: 'The run is another one',
    description: 'The run has another parent or another budget than the request names.',
  },
  usage_id_conflict: {
    status: 409,
    title: 'The usage id is taken',
    description: 'A report of usage of this run has the same id and says something else.',
  },
  already_responded: {
    status: 409,
    title: 'Somebody has answered already',
    description: 'The first answer wins; `winning_status` shows it.',
  },
  already_cancelled: {
    status: 409,
    title: 'The call was cancelled',
    description: 'The agent withdrew the call; `winning_status` shows it.',
  },
  already_expired: {
    status: 409,
    title: 'The call has expired',
    description: 'Nobody answered in time; `winning_status` shows it.',
  },
  already_fired: {
    status: 409,
    title: 'The timer has fired',
    description: 'Its time has come; `winning_status` shows when it fired.',
  },
  event_gone: {
    status: 410,
    title: 'There is no such event here',
    description: 'The event to go on from is unknown, of another project, or no longer kept.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    description: 'More bytes than `limits.body_bytes`.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has to be JSON',
    description: 'A body whose `Content-Type` is not `application/json`.',
  },
  invalid_request: {
    status: 422,
    title: 'The request has the wrong shape',
    description: 'A missing member, a wrong type, a value out of range, or an unknown member of a channel.',
  },
  unsupported_feature: {
    status: 422,
    title: 'The server does not offer this',
    description: 'The call uses or requires a feature or a channel kind that the server does not claim.',
  },
  unknown_option: {
    status: 422,
    title: 'There is no such option',
    description: 'The answer names an option that the call does not offer.',
  },
  edit_not_allowed: {
    status: 422,
    title: 'The arguments cannot be changed',
    description: 'The call does not allow edits, or more than one approval decides.',
  },
  schema_mismatch: {
    status: 422,
    title: 'The data does not satisfy the schema',
    description: 'Edited arguments or response data that the schema of the call refuses.',
  },
  url_not_allowed: {
    status: 422,
    title: 'Nothing may be sent to this address',
    description:
      'An address for webhooks that cannot be read, is not http or https, carries a password, or is private.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    description: 'More bytes of headers than the server reads.',
  },
  internal_error: {
    status: 500,
    title: 'The server failed',
    description: 'A fault of the server. The call has not changed.',
  },
  storage_unavailable: {
    status: 503,
    title: 'The storage does not answer',
    description: 'Nothing was acknowledged; try again after `Retry-After`.',
  },
} as const satisfies Record<string, ProblemDefinition>

export type ProblemCode = keyof typeof problems
