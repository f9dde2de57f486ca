import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EndFacts, type InitReport, judge } from './end.ts'

const report: InitReport = { status: 0, cpuMs: 1, residentBytes: 1, full: false }
const usage = { cpuMs: 1, peakBytes: 1, outOfMemory: 0, refusedForks: 0 }
const facts: EndFacts = { stop: null, report, usage, fault: null }
const exit = (code: number) => code << 8

const ends = (change: Partial<EndFacts>) => {
  const { reason, exitCode, signal } = judge({ ...facts, ...change })
  return [reason, exitCode, signal]
}

describe('the reason of an end', () => {
  it('is the program’s own doing when no limit was reached', () => {
    assert.deepEqual(ends({}), ['exited', 0, null])
    assert.deepEqual(ends({ report: { ...report, status: exit(3) } }), ['exited', 3, null])
    assert.deepEqual(ends({ report: { ...report, status: 15 } }), ['signalled', null, 'SIGTERM'])
    assert.deepEqual(ends({ report: { ...report, status: 11 | 0x80 } }), ['signalled', null, 'SIGSEGV'])
    assert.deepEqual(ends({ report: { ...report, status: 6 } }), ['signalled', null, 'SIGABRT'])
    assert.deepEqual(ends({ report: { ...report, status: 40 } }), ['signalled', null, 'SIG40'])
  })

  it('is the limit that a failed program had reached', () => {
    const failed = { ...report, status: exit(1) }
    assert.deepEqual(ends({ report: { ...report, status: 9 }, usage: { ...usage, outOfMemory: 1 } }), ['oom', null, 'SIGKILL'])
    assert.deepEqual(ends({ report: failed, usage: { ...usage, refusedForks: 2 } }), ['processes', 1, null])
    assert.deepEqual(ends({ report: { ...failed, full: true } }), ['disk', 1, null])
    assert.deepEqual(ends({ report: { ...report, status: 24 } }), ['cpu', null, 'SIGXCPU'])
    assert.deepEqual(ends({ report: { ...report, status: 9, stop: 'oom' }, usage: null }), ['oom', null, 'SIGKILL'])
  })

  it('is not a limit that a program coped with', () => {
    assert.deepEqual(ends({ report: { ...report, full: true }, usage: { ...usage, outOfMemory: 1, refusedForks: 9 } }), [
      'exited',
      0,
      null,
    ])
  })

  it('is what the server did when it ended the box', () => {
    for (const stop of ['wall', 'cpu', 'output', 'killed'] as const) {
      assert.deepEqual(ends({ stop, report: null }), [stop, null, 'SIGKILL'])
    }
  })

  it('stays the program’s own when the server came too late, unless output was cut', () => {
    assert.deepEqual(ends({ stop: 'wall' }), ['exited', 0, null])
    assert.deepEqual(ends({ stop: 'output' }), ['output', 0, null])
  })

  it('is infrastructure when nobody can say, or our own part failed', () => {
    assert.deepEqual(judge({ ...facts, report: null, fault: 'the zygote ended' }), {
      reason: 'infrastructure',
      exitCode: null,
      signal: null,
      fault: 'the zygote ended',
    })
    assert.equal(judge({ ...facts, report: { ...report, status: exit(125), fault: 'OSError: x' } }).fault, 'OSError: x')
  })
})
