import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { cpuMsOfTree } from './cpu-time.ts'

test('the time of a tree includes grandchildren, alive and ended', async () => {
  const spin = 'until=$(($(date +%s%N) + 300000000)); while [ $(date +%s%N) -lt $until ]; do :; done'
  const child = spawn('sh', ['-c', `sh -c '${spin}'; read line`], { stdio: ['pipe', 'ignore', 'inherit'] })
  try {
    let ms = 0
    while (ms < 100) {
      ms = cpuMsOfTree(child.pid ?? 0)
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(child.exitCode, null)
    }
    assert.ok(cpuMsOfTree(process.pid) >= ms)
  } finally {
    child.stdin.end()
    await once(child, 'exit')
  }
})
