import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem, Refusal } from '@atelier/protocol/errors'
import { asRefusal, closeCodeOfError, problemOf } from './problems.ts'

const codeOf = (thrown: unknown): string => asRefusal(thrown).code

test('a refusal is told as problem details with its code, cure and extras', () => {
  const refusal = new Refusal('version-mismatch', 'Read it again.', { version: 4 })
  const problem = problemOf(refusal, 'request-1')
  assert.deepEqual(problem, {
    ...{
      type: '/problems/version-mismatch',
      title: 'The file has changed since you read it',
      status: 412,
      code: 'version-mismatch',
    },
    ...{ detail: 'Read it again.', instance: 'request-1', version: 4 },
  })
  assert.equal(Problem.safeParse(problem).success, true)
})

test('a refusal stays what it is', () => {
  const refusal = new Refusal('queue-full', 'x')
  assert.equal(asRefusal(refusal), refusal)
})

test('anything else that is thrown is our fault, keeps its cause, and does not tell the client about it', () => {
  for (const thrown of [new Error('password is hunter2'), 'text', null, undefined, 7, { code: 7 }, new TypeError('x')]) {
    const refusal = asRefusal(thrown)
    assert.equal(refusal.code, 'internal')
    assert.equal(refusal.extras.cause, thrown)
    assert.doesNotMatch(JSON.stringify(problemOf(refusal)), /hunter2/)
  }
})

test('what the framework refuses has a code of ours', () => {
  assert.equal(codeOf(Object.assign(new Error(), { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 })), 'too-large')
  assert.equal(
    codeOf(Object.assign(new Error(), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 })),
    'unsupported-media-type',
  )
  assert.equal(codeOf(Object.assign(new Error('x'), { statusCode: 400 })), 'invalid-request')
  assert.equal(codeOf(Object.assign(new Error('x'), { statusCode: 500 })), 'internal')
})

test('a field that is not valid is named; a limit has a code of its own; an address that cannot be is not found', () => {
  const broken = (instancePath: string, validationContext: string) =>
    asRefusal(Object.assign(new Error('x'), { validation: [{ instancePath, message: 'is wrong' }], validationContext }))
  assert.equal(broken('/limits/wallMs', 'body').code, 'invalid-limit')
  assert.equal(broken('/name', 'body').code, 'invalid-request')
  assert.deepEqual(broken('/name', 'body').extras.errors, [{ pointer: '/name', detail: 'is wrong' }])
  assert.match(broken('/name', 'body').message, /^The body is not valid: \/name: is wrong\.$/)
  assert.equal(broken('/id', 'params').code, 'not-found')
})

test('a thousand broken fields are told by the first twenty', () => {
  const validation = Array.from({ length: 1000 }, (_, i) => ({ instancePath: `/files/${i}`, message: 'x' }))
  assert.equal(asRefusal(Object.assign(new Error('x'), { validation })).extras.errors?.length, 20)
})

test('a database that is away is told apart from a statement that is wrong', () => {
  assert.equal(codeOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })), 'storage-unavailable')
  assert.equal(codeOf(Object.assign(new Error('x'), { code: '57P01', severity: 'FATAL' })), 'storage-unavailable')
  assert.equal(codeOf(Object.assign(new Error('x'), { code: '53100', severity: 'ERROR' })), 'storage-unavailable')
  // What `pg` says when PostgreSQL dies under a statement has no code.
  assert.equal(codeOf(new Error('Connection terminated unexpectedly')), 'storage-unavailable')
  assert.equal(codeOf(Object.assign(new Error('x'), { code: '42601', severity: 'ERROR' })), 'internal')
  assert.equal(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' })), 'internal')
})

test('a socket is closed with the code of what was wrong', () => {
  assert.equal(closeCodeOfError(new Refusal('malformed-json', 'x')), 4400)
  assert.equal(closeCodeOfError(new Error('x')), 1011)
})
