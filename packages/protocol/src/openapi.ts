import type { TSchema } from '@sinclair/typebox'
import { publish, schemas } from './bundle.ts'
import { operations, type Operation } from './operations.ts'
import { problems, type ProblemCode } from './problem-codes.ts'

/** The OpenAPI 3.1 document of this version of the protocol. */
export function openapi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    paths[operation.path] ??= {}
    paths[operation.path]![operation.method] = describe(operation)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version,
      summary: 'The open protocol by which AI agents ask people before they act.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:4747', description: 'A server on this machine.' }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key of the project.' } },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, publish(schema, componentOf)]),
      ),
    },
  }
}

function describe(operation: Operation): Record<string, unknown> {
  const parameters = [
    ...[...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      description: `The \`${name}\`.`,
      schema: { type: 'string' },
    })),
    ...(operation.parameters ?? []).map((parameter) => ({
      ...parameter,
      schema: publish(parameter.schema, componentOf),
    })),
  ]
  return {
    operationId: operation.operation_id,
    summary: operation.summary,
    description:
      operation.scopes === 'none'
        ? 'Takes no key.'
        : `Scope: ${operation.scopes.map((scope) => `\`${scope}\``).join(' or ')}.`,
    ...(operation.scopes === 'none' && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.request && {
      requestBody: {
        required: !operation.request_optional,
        content: contentOf('application/json', operation.request),
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.responses).map(([status, { description, schema }]) => [
          status,
          {
            description,
            content: {
              ...contentOf('application/json', schema),
              ...(operation.streams && { 'text/event-stream': { schema: { type: 'string' } } }),
            },
          },
        ]),
      ),
      ...problemResponses(operation),
    },
  }
}

function problemResponses(operation: Operation): Record<string, unknown> {
  const byStatus = Map.groupBy(codesOf(operation), (code) => problems[code].status)
  const responses: Record<string, unknown> = {}
  for (const [status, codes] of [...byStatus].toSorted(([one], [other]) => one - other)) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
      content: contentOf('application/problem+json', schemas['Problem']!),
    }
  }
  return responses
}

function codesOf(operation: Operation): ProblemCode[] {
  if (operation.scopes === 'none') return []
  return [
    'unauthenticated',
    'insufficient_scope',
    ...(operation.path.includes('{') ? (['not_found'] as const) : []),
    ...(operation.parameters ? (['invalid_parameter'] as const) : []),
    ...(operation.request
      ? (['malformed_body', 'body_too_large', 'unsupported_media_type', 'invalid_request'] as const)
      : []),
    ...(operation.problems ?? []),
    'storage_unavailable',
  ]
}

function contentOf(type: string, schema: TSchema): Record<string, unknown> {
  return { [type]: { schema: schema.$id ? { $ref: componentOf(schema.$id) } : publish(schema, componentOf) } }
}

function componentOf(name: string): string {
  return `#/components/schemas/${name}`
}
