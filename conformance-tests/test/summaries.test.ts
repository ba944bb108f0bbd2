import { beforeAll, describe, expect, test } from 'vitest'
import { toHtml } from '../src/report/html.ts'
import { toJunit } from '../src/report/junit.ts'
import { toMarkdown } from '../src/report/markdown.ts'
import type { Report } from '../src/report/report.ts'
import { judge } from './reports.ts'

const EVIL =
  '</script><img src=x onerror=alert(1)> & "q" \'s\' `t` | @all [a](http://b) \u0000\u001b\ud800\ufffe ]]> {{x}}'

let pass: Report
let fail: Report
let evil: Report
beforeAll(async () => {
  pass = await judge()
  fail = await judge({ mutant: 'late-denial-is-accepted' })
  evil = poisoned(fail)
})

describe('JUnit XML', () => {
  test('has one case for each check and says how each ended', () => {
    const text = toJunit(fail)

    expect(text.match(/<testcase /g)!.length).toBeGreaterThanOrEqual(fail.checks.length)
    expect(text).toContain('classname="function-call.late-answer-conflict"')
    expect(text).toMatch(/<failure message="expected HTTP 409[^"]*">/)
    expect(text).toMatch(/script: {3}function-call\.late-answer-conflict(--[\w-]+)?\.sh/)
  })

  test('is well-formed whatever a server says', () => {
    for (const report of [pass, fail, evil]) expect(faultIn(toJunit(report))).toBe(undefined)
    expect(toJunit(evil)).toContain('\\u0000\\u001b\\ud800\\ufffe')
  })

  test('counts what it holds', () => {
    const text = toJunit(fail)

    const [, tests, failures] = /<testsuites [^>]*tests="(\d+)" failures="(\d+)"/.exec(text)!
    expect(text.match(/<testcase /g)).toHaveLength(Number(tests))
    expect(text.match(/<failure /g)).toHaveLength(Number(failures))
  })

  test('shows a known failure as skipped', () => {
    const known: Report = {
      ...fail,
      baseline: {
        file: 'a.json',
        known: fail.requirements.filter(({ verdict }) => verdict === 'FAIL').map(({ id }) => id),
        stale: [],
      },
    }

    expect(toJunit(known)).not.toContain('<failure')
    expect(toJunit(known)).toContain('<skipped message="known failure: ')
  })
})

describe('Markdown', () => {
  test('says the verdict and tells each root', () => {
    const text = toMarkdown(fail)

    expect(text).toMatch(/^## Not conformant: /)
    expect(text).toContain('### Violated: `function-call.late-answer-conflict`')
    expect(toMarkdown(pass)).not.toContain('### Violated')
  })

  test('keeps the text of a server text', () => {
    const outside = toMarkdown(evil).replace(/^(`{3,})http\n[\s\S]*?\n\1$/gm, '')

    expect(outside).not.toContain('<img')
    expect(outside).not.toContain('@all')
    expect(outside).not.toContain('[a](http')
    for (const line of outside.split('\n').filter((one) => one.startsWith('| Got')))
      expect(line.replaceAll('\\|', '').match(/\|/g)).toHaveLength(3)
  })
})

describe('the page', () => {
  test('says the verdict, tells each root and lists every requirement', () => {
    const text = toHtml(fail)

    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(text).toContain('Not conformant: ')
    expect(text.match(/<tr data-verdict=/g)).toHaveLength(fail.requirements.length)
    expect(text).toMatch(/function-call\.late-answer-conflict(--[\w-]+)?\.sh/)
    expect(text).toContain('#!/bin/sh')
  })

  test('asks nothing of the network and lets nothing of a server run', () => {
    const text = toHtml(evil)

    expect(text).not.toMatch(/<img|<link|@import|url\(/)
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text.match(/<\/script>/g)).toHaveLength(1)
    expect(text).toContain("default-src 'none'")
    expect(text).not.toContain('\u0000')
  })

  test('holds no secret', () => {
    expect(toHtml(fail) + toMarkdown(fail) + toJunit(fail)).not.toMatch(
      /judged-(agent|responder|admin|other)/,
    )
  })
})

/** The report of a server that tries to get out of every text. */
function poisoned(report: Report): Report {
  const finding = { ...report.roots[0]!.finding, actual: EVIL, expected: EVIL, pointer: `/${EVIL}` }
  const number = finding.exchange ?? 1
  return {
    ...report,
    subject: { ...report.subject, software: EVIL },
    not_judged: [EVIL],
    roots: [{ ...report.roots[0]!, finding }],
    checks: report.checks.map((check) => (check.finding ? { ...check, reason: EVIL, finding } : check)),
    requirements: report.requirements.map((one) =>
      one.findings.length > 0 ? { ...one, reason: EVIL, findings: [finding] } : one,
    ),
    transcript: {
      ...report.transcript,
      exchanges: report.transcript.exchanges.map((exchange) =>
        exchange.number === number
          ? { ...exchange, response: { status: 200, headers: [['location', EVIL]], body: Buffer.from(EVIL) } }
          : exchange,
      ),
    },
  }
}

/** Why this is no well-formed XML, as far as this suite writes any, or undefined. */
function faultIn(xml: string): string | undefined {
  if (!xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n')) return 'no declaration'
  if (/(?![\n\t\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/u.test(xml)) return 'a character that XML does not have'
  const open: string[] = []
  const body = xml.slice(xml.indexOf('\n'))
  const token = /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<>]+)/gy
  let end = 0
  for (const match of body.matchAll(token)) {
    end = match.index + match[0].length
    const [, closing, name = '', attributes = '', empty, text = ''] = match
    if (/&(?!(amp|lt|gt|quot|#\d+);)/.test(attributes + text)) return `a bare ampersand in ${match[0]}`
    if (closing && open.pop() !== name) return `${name} is closed where it is not open`
    if (name !== '' && !closing && !empty) open.push(name)
  }
  if (end !== body.length) return `no markup at ${body.slice(end, end + 60)}`
  return open.length === 0 ? undefined : `${open.join()} is not closed`
}
