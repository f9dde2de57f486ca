import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExecutionResult, endReasons } from '@atelier/protocol/executions'
import { endedWell, endLine, exitCodeOf } from './endings.ts'

const result = (change: Partial<ExecutionResult>): ExecutionResult => ({
  ...{ reason: 'exited', stage: 'run', exitCode: 0, signal: null, message: 'The program ended well.' },
  ...{ cpuMs: 12, wallMs: 1234.5, peakBytes: 10 * 1024 * 1024, outputBytes: 0, truncated: false },
  ...change,
})

test('the command ends as the program did', () => {
  assert.equal(exitCodeOf(result({ exitCode: 0 })), 0)
  assert.equal(exitCodeOf(result({ exitCode: 7 })), 7)
  assert.equal(exitCodeOf(result({ reason: 'signalled', exitCode: null, signal: 'SIGSEGV' })), 139)
  assert.equal(exitCodeOf(result({ reason: 'signalled', exitCode: null, signal: 'SIGINT' })), 130)
})

test('limits, stops and faults have the exit codes that shells know', () => {
  const codes = {
    wall: 124,
    cpu: 124,
    oom: 137,
    output: 123,
    disk: 123,
    processes: 123,
    cancelled: 130,
    infrastructure: 125,
  } as const
  for (const [reason, code] of Object.entries(codes))
    assert.equal(exitCodeOf(result({ reason: reason as keyof typeof codes, exitCode: null, signal: 'SIGKILL' })), code, reason)
  assert.equal(exitCodeOf(result({ reason: 'cancelled', exitCode: null }), 'SIGTERM'), 143)
  assert.equal(exitCodeOf(result({ reason: 'compile-failed', exitCode: 2 })), 2)
  assert.equal(exitCodeOf(result({ reason: 'compile-failed', exitCode: null })), 1)
})

test('nothing but exit code 0 ends well, and only then is the exit code 0', () => {
  for (const reason of endReasons)
    for (const exitCode of [null, 0, 1]) {
      const end = result({ reason, exitCode, signal: 'SIGKILL' })
      assert.equal(exitCodeOf(end) === 0, endedWell(end), `${reason} ${exitCode}`)
    }
})

test('the line says what happened, how long it took and how much memory it used', () => {
  assert.equal(endLine(result({})), 'The program ended well. (1.2 s on the clock, 0.012 s computing, 10 MB of memory)')
})
