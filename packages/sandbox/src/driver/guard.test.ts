import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contractLimits } from '../contract/run-program.ts'
import { judge } from './end.ts'
import { Guard } from './guard.ts'

function makeGuard(outputBytes: number) {
  const seen: string[] = []
  const program = { argv: ['true'], environment: {}, files: [], limits: { ...contractLimits, outputBytes } }
  const guard = new Guard({
    ...{ program, groups: null, onFault: () => {} },
    onOutput: (stream, bytes) => seen.push(`${stream} ${Buffer.from(bytes)}`),
    kill: () => seen.push('killed'),
  })
  const end = () => {
    guard.over()
    const verdict = judge({ stop: guard.stop, report: null, usage: null, fault: guard.fault?.message ?? null })
    guard.settle(verdict, { cpuMs: 0, peakBytes: 0, collected: [] })
    return guard.ended
  }
  return { guard, seen, end }
}

describe('the guard of a program', () => {
  it('lets through what may be written, and ends the program at the first byte more', async () => {
    const { guard, seen, end } = makeGuard(5)
    assert.equal(guard.pass('stdout', Buffer.from('123')), true)
    assert.equal(guard.pass('stderr', Buffer.from('45')), true)
    assert.equal(guard.pass('stdout', Buffer.from('6')), false)
    assert.deepEqual(seen, ['stdout 123', 'stderr 45', 'killed'])
    const { reason, outputBytes } = await end()
    assert.deepEqual([reason, outputBytes], ['output', 5])
  })

  it('tells the first reason for the end, and kills once', async () => {
    const { guard, seen, end } = makeGuard(5)
    guard.end('killed')
    guard.end('wall')
    guard.fail(new Error('its box is gone'))
    assert.deepEqual(seen, ['killed'])
    assert.equal((await end()).reason, 'killed')
  })

  it('tells a fault of ours as such, whatever is said after it', async () => {
    const { guard, end } = makeGuard(5)
    guard.fail(new Error('the disk could not be changed'))
    guard.end('wall')
    const { reason, fault } = await end()
    assert.deepEqual([reason, fault], ['infrastructure', 'the disk could not be changed'])
  })
})
