import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { cpuMsOfTree } from './cpu-time.ts'

test('the time of a tree includes grandchildren, alive and ended', async () => {
  const busy = 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done'
  // A grandchild that works and ends, then one that works until it is told to stop.
  const script = `sh -c '${busy}'; echo ended; sh -c '${busy}; read line'`
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    const ofTheEnded = cpuMsOfTree(child.pid ?? 0)
    assert.ok(ofTheEnded > 0)
    while (cpuMsOfTree(child.pid ?? 0) <= ofTheEnded) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(cpuMsOfTree(process.pid) > ofTheEnded)
  } finally {
    child.stdin.end()
    await once(child, 'exit')
  }
})
