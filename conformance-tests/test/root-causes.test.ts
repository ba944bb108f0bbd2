import { describe, expect, test } from 'vitest'
import type { Exchange } from '../src/exchange.ts'
import type { RequirementId } from '../src/generated/requirement-ids.ts'
import { rootCauses } from '../src/root-causes.ts'
import type { Judged } from '../src/sightings.ts'
import type { CheckResult } from '../src/verdict.ts'
import type { Finding } from '../src/violation.ts'

const CREATE = 'POST /v1/function_calls'
const READ = 'GET /v1/function_calls/c1'

describe('a violation', () => {
  test('is its own root where nothing explains it', () => {
    const results = [failed('call.cancel'), failed('list.limit')]

    expect(rootsOf({ results })).toEqual({ 'call.cancel': [], 'list.limit': [] })
  })

  test('is shown by the check of the requirement rather than by one that met it on its way', () => {
    const results = [blocked('call.cancel', 'call.created-status'), failed('call.created-status', { at: 2 })]

    const [root] = rootCauses(results, [], exchangesOf([CREATE, CREATE]))

    expect(root).toMatchObject({
      requirement: 'call.created-status',
      check: 'call.created-status',
      finding: { exchange: 2 },
      blocked: ['call.cancel'],
    })
  })

  test('that explains more comes first', () => {
    const results = [
      failed('list.limit'),
      failed('call.id-conflict', { after: ['call.cancel'] }),
      failed('call.cancel'),
    ]

    expect(Object.keys(rootsOf({ results }))).toEqual(['call.cancel', 'list.limit'])
  })

  test('of human contacts is explained by that of function calls', () => {
    const results = [
      failed('human-contact.first-answer-wins'),
      failed('function-call.first-answer-wins'),
      failed('human-contact.data-schema'),
      failed('function-call.edit-schema'),
    ]

    expect(rootsOf({ results })).toEqual({
      'function-call.first-answer-wins': ['human-contact.first-answer-wins'],
      'function-call.edit-schema': ['human-contact.data-schema'],
    })
  })

  test('of human contacts alone is their own', () => {
    expect(rootsOf({ results: [failed('human-contact.first-answer-wins')] })).toEqual({
      'human-contact.first-answer-wins': [],
    })
  })
})

describe('what a check names as an explanation', () => {
  const after = ['call.cancel'] as const

  test('explains it when it is violated too, over any number of steps', () => {
    const results = [
      failed('list.limit', { after: ['call.id-conflict'] }),
      failed('call.id-conflict', { after }),
      failed('call.cancel'),
    ]

    expect(rootsOf({ results })).toEqual({ 'call.cancel': ['list.limit', 'call.id-conflict'] })
  })

  test('explains nothing when it is kept', () => {
    const results = [failed('call.id-conflict', { after }), passed('call.cancel')]

    expect(rootsOf({ results })).toEqual({ 'call.id-conflict': [] })
  })

  test('explains nothing when another check of the requirement fails without it', () => {
    const results = [
      failed('call.id-conflict', { after }),
      failed('call.id-conflict', { variant: 'plain' }),
      failed('call.cancel'),
    ]

    expect(rootsOf({ results })).toEqual({ 'call.id-conflict': [], 'call.cancel': [] })
  })

  test('stands, where it goes round in a circle, under the first of the specification', () => {
    const results = [
      failed('call.id-conflict', { after: ['call.created-status'] }),
      failed('call.created-status', { after: ['call.id-conflict'] }),
    ]

    expect(rootsOf({ results })).toEqual({ 'call.created-status': ['call.id-conflict'] })
  })

  test('explains nothing when it was only met on the way and its own checks pass', () => {
    const results = [
      failed('call.repeat-equality', { after: ['call.repeat-returns-existing'] }),
      blocked('list.limit', 'call.repeat-returns-existing'),
      passed('call.repeat-returns-existing'),
    ]

    expect(rootsOf({ results })).toEqual({ 'call.repeat-equality': ['call.repeat-returns-existing'] })
  })

  test('explains it when it was only met on the way because its own checks were not run', () => {
    const results = [
      failed('call.repeat-equality', { after: ['call.repeat-returns-existing'] }),
      blocked('list.limit', 'call.repeat-returns-existing'),
    ]

    expect(rootsOf({ results })).toEqual({ 'call.repeat-returns-existing': ['call.repeat-equality'] })
  })
})

describe('the same wrong answer of the same operation', () => {
  const requests = [CREATE, CREATE, CREATE, CREATE]

  test('is explained by whatever more checks met on their way', () => {
    const results = [
      failed('call.created-status', { at: 1 }),
      failed('id.pattern', { at: 2 }),
      blocked('call.cancel', 'call.created-status', { at: 3 }),
      blocked('list.limit', 'call.created-status', { at: 4 }),
    ]

    expect(rootsOf({ results, requests })).toEqual({ 'call.created-status': ['id.pattern'] })
  })

  test.each([
    ['another answer', { actual: 'HTTP 500' }, requests],
    ['another expectation', { expected: 'HTTP 200' }, requests],
    ['another operation', {}, [CREATE, READ, CREATE, CREATE]],
    ['what is no operation', {}, [CREATE, 'GET /nowhere', CREATE, CREATE]],
  ])('is not %s', (_, finding, asked) => {
    const results = [
      failed('call.created-status', { at: 1 }),
      failed('id.pattern', { at: 2, ...finding }),
      blocked('call.cancel', 'call.created-status', { at: 3 }),
    ]

    expect(rootsOf({ results, requests: asked })).toEqual({ 'call.created-status': [], 'id.pattern': [] })
  })

  test('says nothing where nobody met it on the way', () => {
    const results = [failed('call.created-status', { at: 1 }), failed('id.pattern', { at: 2 })]

    expect(rootsOf({ results, requests })).toEqual({ 'call.created-status': [], 'id.pattern': [] })
  })

  test('stands apart where both were met on the way as often', () => {
    const results = [
      failed('call.created-status', { at: 1 }),
      failed('auth.scopes-combine', { at: 2 }),
      blocked('call.cancel', 'call.created-status', { at: 3 }),
      blocked('list.limit', 'auth.scopes-combine', { at: 4 }),
    ]

    expect(rootsOf({ results, requests })).toEqual({ 'call.created-status': [], 'auth.scopes-combine': [] })
  })

  test('explains a step whose own checks pass', () => {
    const results = [
      failed('json.body-limit', { at: 1 }),
      blocked('opaque.values-kept', 'call.created-status', { at: 2 }),
      passed('call.created-status'),
    ]

    expect(rootsOf({ results, requests })).toEqual({ 'json.body-limit': ['call.created-status'] })
  })

  test('does not explain another step whose own checks pass', () => {
    const results = [
      failed('json.body-limit', { at: 1, actual: 'HTTP 413' }),
      blocked('opaque.values-kept', 'call.created-status', { at: 2 }),
      passed('call.created-status'),
    ]

    expect(rootsOf({ results, requests })).toEqual({ 'json.body-limit': [], 'call.created-status': [] })
  })
})

describe('an oracle that explains', () => {
  const requests = [READ, READ]

  test('explains the checks that failed at the same answer', () => {
    const results = [failed('call.cancel', { at: 1 }), passed('list.limit')]
    const oracles = [oracle('error.problem', [{ exchange: 1 }, { exchange: 2 }])]
    const by = ['call.cancel', 'list.limit']

    expect(rootsOf({ results, oracles, requests, by })).toEqual({ 'error.problem': ['call.cancel'] })
  })

  test('explains none that failed at another answer', () => {
    const results = [failed('call.cancel', { at: 1 }), passed('list.limit')]
    const oracles = [oracle('error.problem', [{ exchange: 2 }])]
    const by = ['call.cancel', 'list.limit']

    expect(rootsOf({ results, oracles, requests, by })).toEqual({ 'call.cancel': [], 'error.problem': [] })
  })

  describe('about a call', () => {
    const about = { pointer: '/status/responder' }

    test('is believed rather than the check when others saw it too', () => {
      const results = [failed('call.cancel', { at: 1 }), passed('list.limit')]
      const oracles = [
        oracle('call.terminal-times', [
          { exchange: 1, ...about },
          { exchange: 2, ...about },
        ]),
      ]
      const by = ['call.cancel', 'list.limit']

      expect(rootsOf({ results, oracles, requests, by })).toEqual({ 'call.terminal-times': ['call.cancel'] })
    })

    test.each(['/status/responder', '/items/3/status/responder', '/winning_status', '/spec/fn'])(
      'follows from the check where nobody else saw it, at %s',
      (pointer) => {
        const results = [failed('call.cancel', { at: 1 })]
        const oracles = [
          oracle('call.terminal-times', [
            { exchange: 1, pointer },
            { exchange: 2, pointer },
          ]),
        ]
        const by = ['call.cancel', 'call.cancel']

        expect(rootsOf({ results, oracles, requests, by })).toEqual({
          'call.cancel': ['call.terminal-times'],
        })
      },
    )

    test.each([{}, { pointer: '/code' }, { pointer: '/statuses' }])(
      'is not one about the form of an answer: %j',
      (form) => {
        const results = [failed('call.cancel', { at: 1 })]
        const oracles = [oracle('error.problem', [{ exchange: 1, ...form }])]

        expect(rootsOf({ results, oracles, requests, by: ['call.cancel'] })).toEqual({
          'error.problem': ['call.cancel'],
        })
      },
    )

    test('is believed when those who saw it failed for different reasons', () => {
      const results = [failed('call.cancel', { at: 1 }), failed('list.limit', { at: 2 })]
      const oracles = [
        oracle('call.terminal-times', [
          { exchange: 1, ...about },
          { exchange: 2, ...about },
        ]),
      ]
      const by = ['call.cancel', 'list.limit']

      expect(rootsOf({ results, oracles, requests, by })).toEqual({
        'call.terminal-times': ['call.cancel', 'list.limit'],
      })
    })

    test('follows when those who saw it failed for one reason', () => {
      const results = [
        failed('call.cancel', { at: 1 }),
        failed('list.limit', { at: 2, after: ['call.cancel'] }),
      ]
      const oracles = [
        oracle('call.terminal-times', [
          { exchange: 1, ...about },
          { exchange: 2, ...about },
        ]),
      ]
      const by = ['call.cancel', 'list.limit']

      expect(rootsOf({ results, oracles, requests, by })).toEqual({
        'call.cancel': ['list.limit', 'call.terminal-times'],
      })
    })

    test('is believed where a check of the requirement itself fails', () => {
      const results = [failed('call.terminal-times', { at: 2 }), failed('call.cancel', { at: 1 })]
      const oracles = [
        oracle('call.terminal-times', [
          { exchange: 1, ...about },
          { exchange: 2, ...about },
        ]),
      ]
      const by = ['call.cancel', 'call.terminal-times']

      expect(rootsOf({ results, oracles, requests, by })).toEqual({ 'call.terminal-times': ['call.cancel'] })
    })
  })
})

describe('an oracle that does not explain', () => {
  const requests = [READ, READ, READ]

  test('is explained by the check that failed while it looked, wherever it saw the same', () => {
    const results = [failed('call.cancel', { at: 1 }), passed('list.limit')]
    const oracles = [oracle('http.answer-shape', [{ exchange: 1 }, { exchange: 2 }], false)]
    const by = ['call.cancel', 'list.limit']

    expect(rootsOf({ results, oracles, requests, by })).toEqual({ 'call.cancel': ['http.answer-shape'] })
  })

  test('is explained in every answer that differs only in its values', () => {
    const results = [failed('call.cancel', { at: 1 }), passed('list.limit')]
    const findings = ['to stay "a"', 'to stay {"b":1}', 'to stay [2]'].map((expected, index) => ({
      exchange: index + 1,
      expected,
    }))
    const oracles = [oracle('call.read-your-writes', findings, false)]
    const by = ['call.cancel', 'list.limit', 'list.limit']

    expect(rootsOf({ results, oracles, requests, by })).toEqual({ 'call.cancel': ['call.read-your-writes'] })
  })

  test('is explained in the same answer only where a value is all that is expected', () => {
    const results = [failed('call.cancel', { at: 1 }), passed('list.limit')]
    const findings = [
      { exchange: 1, expected: '"a"' },
      { exchange: 2, expected: '"b"' },
    ]
    const oracles = [oracle('call.read-your-writes', findings, false)]
    const by = ['call.cancel', 'list.limit']

    expect(rootsOf({ results, oracles, requests, by })).toEqual({
      'call.cancel': [],
      'call.read-your-writes': [],
    })
  })

  test('is explained by a basic rule that the same answer breaks', () => {
    const oracles = [
      oracle('http.answer-shape', [{ exchange: 1 }], false),
      oracle('error.problem', [{ exchange: 1 }, { exchange: 2 }]),
    ]

    expect(rootsOf({ oracles, requests })).toEqual({ 'error.problem': ['http.answer-shape'] })
  })

  test('stands for itself where it saw another fault that nothing explains', () => {
    const results = [failed('call.cancel', { at: 1 }), passed('list.limit')]
    const findings = [{ exchange: 1 }, { exchange: 2, expected: 'what must have required property' }]
    const oracles = [oracle('http.answer-shape', findings, false)]
    const by = ['call.cancel', 'list.limit']

    expect(rootsOf({ results, oracles, requests, by })).toEqual({
      'call.cancel': [],
      'http.answer-shape': [],
    })
  })

  test('explains no failure of a check that names it', () => {
    const results = [failed('call.cancel', { at: 1, after: ['http.answer-shape'] })]
    const oracles = [oracle('http.answer-shape', [{ exchange: 1 }], false)]

    expect(rootsOf({ results, oracles, requests, by: ['call.cancel'] })).toEqual({
      'call.cancel': ['http.answer-shape'],
    })
  })

  test('explains a check that names it where nothing else failed', () => {
    const results = [failed('call.cancel', { at: 1, after: ['http.answer-shape'] }), passed('list.limit')]
    const oracles = [oracle('http.answer-shape', [{ exchange: 2 }], false)]
    const by = ['call.cancel', 'list.limit']

    expect(rootsOf({ results, oracles, requests, by })).toEqual({ 'http.answer-shape': ['call.cancel'] })
  })
})

interface Told {
  at?: number
  expected?: string
  actual?: string
  variant?: string
  after?: readonly RequirementId[]
}

function failed(requirement: RequirementId, told: Told = {}): CheckResult {
  return result(requirement, 'FAIL', told, requirement)
}

function blocked(requirement: RequirementId, by: RequirementId, told: Told = {}): CheckResult {
  return result(requirement, 'INCONCLUSIVE', told, by)
}

function passed(requirement: RequirementId): CheckResult {
  return result(requirement, 'PASS', {})
}

function result(
  requirement: RequirementId,
  verdict: CheckResult['verdict'],
  { at, expected = 'HTTP 201', actual = 'HTTP 200', variant, after = [] }: Told,
  violated?: RequirementId,
): CheckResult {
  return {
    check: {
      id: variant === undefined ? requirement : `${requirement}/${variant}`,
      requirement,
      title: 'the server keeps it',
      expect: 'accept',
      kind: 'safety',
      lane: 'pool',
      needs: {},
      after,
      run: () => Promise.resolve(),
    },
    verdict,
    attempts: 1,
    duration_ms: 1,
    subjects: 1,
    ...(violated && {
      finding: { requirement: violated, expected, actual, ...(at !== undefined && { exchange: at }) },
    }),
  }
}

function oracle(requirement: RequirementId, findings: readonly Partial<Finding>[], explains = true): Judged {
  return {
    requirement,
    title: 'every answer keeps it',
    explains,
    subjects: 9,
    findings: findings.map((finding) => ({ requirement, expected: 'null', actual: 'a text', ...finding })),
  }
}

/** `by` names the checks that made the requests. */
function exchangesOf(requests: readonly string[], by: readonly string[] = []): Exchange[] {
  return requests.map((request, index): Exchange => {
    const [method = '', path = ''] = request.split(' ')
    return {
      number: index + 1,
      check: by[index] ?? '',
      sent_at: index,
      received_at: index,
      request: { method, path, headers: [], key: 'agent', body: undefined },
    } as unknown as Exchange
  })
}

/** Each root with what it explains. */
function rootsOf({
  results = [],
  oracles = [],
  requests = [],
  by = [],
}: {
  results?: readonly CheckResult[]
  oracles?: readonly Judged[]
  requests?: readonly string[]
  by?: readonly string[]
}): Record<string, readonly RequirementId[]> {
  const roots = rootCauses(results, oracles, exchangesOf(requests, by))
  return Object.fromEntries(roots.map(({ requirement, also }) => [requirement, also]))
}
