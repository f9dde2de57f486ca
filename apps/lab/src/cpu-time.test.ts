import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpuMsOfMachine } from './cpu-time.ts'

test('work of any process is processor time of the machine', () => {
  const before = cpuMsOfMachine()
  const { user, system } = process.cpuUsage()
  for (let used = 0; used < 100_000; ) {
    const now = process.cpuUsage()
    used = now.user + now.system - user - system
  }
  // Counted in ticks of 10 ms, by samples.
  assert.ok(cpuMsOfMachine() - before >= 50)
})
