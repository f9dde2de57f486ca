import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { isPath } from '@atelier/protocol/files'
import fc from 'fast-check'
import { addressOf } from './entry-routes.ts'
import { pathOfUrl } from './request-path.ts'

const id = '01a1f7b1-45fc-7527-bbc1-2863fa949001'
const pathOf = (rest: string) => pathOfUrl(`/api/v1/projects/${id}/files/${rest}`)

const codeOf = (work: () => unknown): string => {
  try {
    return `accepted: ${work()}`
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error)
  }
}

test('every allowed path comes back from the address that is made of it', () => {
  const paths = fc
    .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 })
    .map((names) => names.join('/'))
  fc.assert(
    fc.property(paths.filter(isPath), (path) => {
      assert.equal(pathOfUrl(addressOf(id, path)), path)
      assert.equal(pathOfUrl(`${addressOf(id, path)}?x=/../y`), path)
    }),
    { numRuns: 500 },
  )
})

test('whatever is written as an address is a path or refused as invalid-path, and nothing else', () => {
  const pieces = fc.constantFrom(
    'a',
    '..',
    '.',
    '%2e',
    '%2E%2e',
    '/',
    '%2f',
    '%2F',
    '%5c',
    '\\',
    '%00',
    '%0a',
    '%ff',
    '%zz',
    '%',
    '%e2%80%ae',
    '-',
    '#',
    '?',
    ' ',
    '%20',
    '%c0%af',
    '😀',
    '\ud800',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const outcome = codeOf(() => pathOf(parts.join('')))
      if (outcome !== 'invalid-path') assert.ok(isPath(outcome.replace('accepted: ', '')), outcome)
    }),
    { numRuns: 2000 },
  )
})

test('an encoded slash is not a slash, and no encoding hides a way out', () => {
  for (const rest of [
    'a%2fb',
    '..%2f..%2fetc',
    '%2e%2e/x',
    'a/%2e%2e/%2e%2e/b',
    '%2fetc/passwd',
    '..%5cx',
    'x%00.py',
    '',
    'a/',
    '/a',
    'a#b',
    '%e0%80%af',
    '%',
  ])
    assert.equal(
      codeOf(() => pathOf(rest)),
      'invalid-path',
      rest,
    )
  assert.equal(pathOf('a%20b/c%23d.py?download'), 'a b/c#d.py')
})
