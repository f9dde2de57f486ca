import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { checkPrecondition, preconditionOf } from './precondition.ts'

const refusedAs = (code: string, version?: number) => (error: unknown) =>
  error instanceof Refusal && error.code === code && (version === undefined || error.extras.version === version)

test('If-Match names a version, any version, or with "0" none at all', () => {
  assert.equal(preconditionOf(undefined, undefined), 'none')
  assert.equal(preconditionOf('"7"', undefined), 7)
  assert.equal(preconditionOf('7', undefined), 7)
  assert.equal(preconditionOf('*', undefined), 'present')
  assert.equal(preconditionOf('"0"', undefined), 'absent')
  assert.equal(preconditionOf(undefined, '*'), 'absent')
  assert.equal(preconditionOf('"0"', ' * '), 'absent')
})

test('conditions that say nothing or contradict each other are refused', () => {
  for (const [match, noneMatch] of [
    ['"a"', undefined],
    ['-1', undefined],
    ['', undefined],
    ['"1", "2"', undefined],
    [undefined, '"3"'],
    ['"3"', '*'],
    ['*', '*'],
  ])
    assert.throws(() => preconditionOf(match, noneMatch), refusedAs('invalid-request'), `${match} ${noneMatch}`)
})

test('a condition that does not hold is a version-mismatch that tells the current version', () => {
  checkPrecondition('none', 'a', 0)
  checkPrecondition('absent', 'a', 0)
  checkPrecondition('present', 'a', 3)
  checkPrecondition(3, 'a', 3)
  assert.throws(() => checkPrecondition('absent', 'a', 3), refusedAs('version-mismatch', 3))
  assert.throws(() => checkPrecondition('present', 'a', 0), refusedAs('version-mismatch', 0))
  assert.throws(() => checkPrecondition(2, 'a', 3), refusedAs('version-mismatch', 3))
  assert.throws(() => checkPrecondition(2, 'a', 0), refusedAs('version-mismatch', 0))
})
