import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDatabaseAway } from './away.ts'

const databaseError = (code: string) => Object.assign(new Error('x'), { severity: 'ERROR', code })
const systemError = (code: string) => Object.assign(new Error('x'), { syscall: 'connect', code })

test('lost connections, a database that starts or stops, and one without room are away', () => {
  const away = [
    ...['57P01', '57P03', '57014', '08006', '53300', '53100', '58030', '25006'].map(databaseError),
    ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT'].map(systemError),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new AggregateError([systemError('ECONNREFUSED')]),
  ]
  for (const error of away) assert.ok(isDatabaseAway(error), `${'code' in error ? error.code : error.message}`)
})

test('statements that are wrong, and faults of our own, are not', () => {
  const wrong = [
    ...['23505', '23514', '42P01', '40P01', '22P02'].map(databaseError),
    // A file of ours that is missing is no database that is.
    Object.assign(new Error('x'), { syscall: 'open', code: 'ENOENT' }),
    Object.assign(new Error('x'), { syscall: 'open', code: 'EACCES' }),
    new TypeError('x is undefined'),
    'Connection terminated',
    null,
  ]
  for (const error of wrong) assert.ok(!isDatabaseAway(error), String(error))
})
