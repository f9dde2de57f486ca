import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkInlinePaths, ExecutionCommand, ExecutionRequest, executionBounds } from './executions.ts'

const files = [{ path: 'main.py', content: '' }]
const accepts = (change: object): boolean => ExecutionRequest.safeParse({ files, ...change }).success

test('a request without more than files has the usual values', () => {
  assert.deepEqual(ExecutionRequest.parse({ files }), {
    files: [{ path: 'main.py', content: '', encoding: 'utf8' }],
    args: [],
    environment: {},
    artefacts: false,
  })
})

test('fields that do not exist are refused, so that a misspelt limit is never ignored', () => {
  for (const change of [
    { limit: {} },
    { limits: { wallMS: 1 } },
    { files: [{ path: 'a', content: '', mode: 7 }] },
    { timeout: 1 },
  ])
    assert.equal(accepts(change), false, JSON.stringify(change))
})

test('arguments and environment are what a program on Linux can be given', () => {
  assert.equal(
    accepts({ args: ['', '-x', 'é\n', ' '.repeat(executionBounds.argumentBytes)], environment: { A_1: '', _: 'x=y\n' } }),
    true,
  )
  for (const change of [
    { args: ['\u0000'] },
    { args: ['x'.repeat(executionBounds.argumentBytes + 1)] },
    { args: Array(executionBounds.argumentCount + 1).fill('') },
    { args: [1] },
    { args: 'x' },
    { environment: { '': 'x' } },
    { environment: { 'A=B': 'x' } },
    { environment: { '1A': 'x' } },
    { environment: { A: '\u0000' } },
    { environment: { A: 1 } },
    { environment: Object.fromEntries(Array.from({ length: executionBounds.environmentCount + 1 }, (_, i) => [`A${i}`, ''])) },
    { environment: [] },
    { stdin: 'x'.repeat(executionBounds.stdinBytes + 1) },
    { files: [] },
    { files: Array(executionBounds.files + 1).fill({ path: 'a', content: '' }) },
    { interactive: 'yes' },
    { projectId: '1' },
  ])
    assert.equal(accepts(change), false, JSON.stringify(change).slice(0, 80))
})

test('two files of one name, and a file that is a folder too, are told', () => {
  assert.equal(checkInlinePaths(['a', 'b/c', 'b/d', 'b.c']), null)
  assert.match(checkInlinePaths(['a', 'a']) ?? '', /given twice/)
  assert.match(checkInlinePaths(['a/b/c', 'a']) ?? '', /"a" is a file and a folder/)
  assert.match(checkInlinePaths(['a/b', 'a/b/c']) ?? '', /"a\/b" is a file and a folder/)
  assert.throws(() => checkInlinePaths(['../x']))
})

test('a follower may send input, its end, signals and cancel, and nothing else', () => {
  const commands = [
    { type: 'stdin', data: 'x' },
    { type: 'end-of-input' },
    { type: 'signal', signal: 'SIGINT' },
    { type: 'cancel' },
  ]
  for (const command of commands) assert.equal(ExecutionCommand.safeParse(command).success, true)
  for (const command of [
    ...[
      null,
      [],
      'cancel',
      {},
      { type: 'start' },
      { type: 'cancel', extra: 1 },
      { type: 'signal', signal: 'SIGSEGV' },
      { type: 'signal', signal: 9 },
    ],
    ...[
      { type: 'stdin' },
      { type: 'stdin', data: 1 },
      { type: 'stdin', data: 'x'.repeat(1024 * 1024 + 1) },
      { type: 'stdin', data: '', encoding: 'hex' },
    ],
  ])
    assert.equal(ExecutionCommand.safeParse(command).success, false, JSON.stringify(command)?.slice(0, 60))
})
