import { expect, test } from 'vitest'
import { judgeTranscript, oracles } from '../../src/oracles/index.ts'
import { requirementOf } from '../../src/registry.ts'
import { discovery, subject, transcript } from '../transcripts.ts'

const core = { ...subject, discovery: { ...discovery, profiles: ['core'] } }

test('a transcript is judged by what the server claims, and by nothing else', () => {
  const named = judgeTranscript({ subject: core, exchanges: [] }).map(({ requirement }) => requirement)

  expect(named.every((id) => requirementOf(id).profile === 'core')).toBe(true)
  expect(named).toEqual(
    oracles.map(({ requirement }) => requirement).filter((id) => requirementOf(id).profile === 'core'),
  )
  expect(judgeTranscript({ subject, exchanges: [] })).toHaveLength(oracles.length)
})

test('every finding names its requirement', () => {
  const results = judgeTranscript({
    subject: core,
    exchanges: transcript(['GET /v1/project', { status: 401 }]),
  })
  const challenge = results.find(({ requirement }) => requirement === 'auth.challenge')

  expect(challenge).toEqual({
    requirement: 'auth.challenge',
    title: 'every 401 says how to authenticate',
    explains: true,
    subjects: 1,
    findings: [
      { requirement: 'auth.challenge', expected: 'a WWW-Authenticate header', actual: 'none', exchange: 1 },
    ],
  })
})

test('the oracles of every noun are among them', () => {
  const named = new Set(oracles.map(({ requirement }) => requirement))
  for (const id of [
    'error.problem',
    'auth.challenge',
    'function-call.terminal-comment',
    'human-contact.responses-recorded',
    'channel.effective',
    'call.read-your-writes',
    'humanlayer.polls',
  ] as const)
    expect(named).toContain(id)
})
