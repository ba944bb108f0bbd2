import { Type, type Static } from '@sinclair/typebox'
import { problems, type ProblemCode } from '../problem-codes.ts'

export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'A URI reference for the kind of problem: `urn:countersign:problem:CODE`.',
    }),
    title: Type.String({ description: 'The kind of problem, in words.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    code: Type.Unsafe<ProblemCode>(
      Type.String({
        description: 'The stable code to branch on. Open to further values.',
        examples: Object.keys(problems),
      }),
    ),
    detail: Type.Optional(Type.String({ description: 'What is wrong this time, in words for a person.' })),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          in: Type.Optional(
            Type.String({
              description: 'The part of the request: `body` (the default), `query`, `path` or `header`.',
            }),
          ),
          pointer: Type.String({
            description: 'The RFC 6901 pointer to the place; empty means the whole part.',
          }),
          detail: Type.String({ description: 'What is wrong there.' }),
        }),
        { description: 'Every place that is wrong.' },
      ),
    ),
    winning_status: Type.Optional(
      Type.Object({}, { description: 'With the `already_…` codes: the status of the call as it stands.' }),
    ),
  },
  { $id: 'Problem', description: 'An RFC 9457 problem: the body of every error.' },
)
export type Problem = Static<typeof Problem>
