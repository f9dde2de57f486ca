import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SandboxEnd } from '@atelier/sandbox/sandbox'
import { type EndOfStage, faultResult, resultOf } from './execution-result.ts'

const limits = { cpuMs: 10_000, wallMs: 30_000, memoryBytes: 2 ** 28, processes: 64, diskBytes: 2 ** 26, outputBytes: 2 ** 25 }
const run: EndOfStage = { stage: 'run', limits, cancelReason: null, truncated: false }
const end = (change: Partial<SandboxEnd>): SandboxEnd => ({
  ...{ reason: 'exited', exitCode: 0, signal: null, cpuMs: 1.26, wallMs: 2, peakBytes: 1024.4, outputBytes: 3, collected: [] },
  ...change,
})
const reasonOf = (change: Partial<SandboxEnd>, stage: Partial<EndOfStage> = {}): string =>
  resultOf(end(change), { ...run, ...stage }).reason

test('what the program did is its own doing, each limit has its own reason, and a sentence with the cure', () => {
  for (const reason of ['exited', 'signalled', 'wall', 'cpu', 'oom', 'output', 'disk', 'processes', 'infrastructure'] as const) {
    const result = resultOf(end({ reason, signal: reason === 'signalled' ? 'SIGSEGV' : null }), run)
    assert.equal(result.reason, reason)
    assert.match(result.message, /^[A-Z].*\.$/)
  }
  assert.match(resultOf(end({ reason: 'wall' }), run).message, /30 s/)
  assert.match(resultOf(end({ reason: 'oom' }), run).message, /256 MB/)
})

test('what we killed is blamed on whoever asked for it, never on the program', () => {
  assert.equal(reasonOf({ reason: 'killed' }, { cancelReason: 'cancelled' }), 'cancelled')
  assert.equal(reasonOf({ reason: 'killed' }, { cancelReason: 'infrastructure' }), 'infrastructure')
  assert.equal(reasonOf({ reason: 'killed' }), 'infrastructure')
  assert.equal(faultResult(5, run).reason, 'infrastructure')
  assert.equal(faultResult(5, { ...run, cancelReason: 'cancelled' }).reason, 'cancelled')
})

test('a compiler that finds errors is no failed run; one that leaves no program behind is our fault', () => {
  assert.equal(reasonOf({ exitCode: 2 }, { stage: 'compile' }), 'compile-failed')
  assert.equal(reasonOf({ exitCode: 0 }, { stage: 'compile' }), 'infrastructure')
  assert.equal(reasonOf({ reason: 'oom' }, { stage: 'compile' }), 'oom')
})
