import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

test('a log on a full disk loses its lines and ends nobody', {
  skip: process.platform !== 'linux' && 'there is no /dev/full',
}, () => {
  const log = JSON.stringify(join(import.meta.dirname, 'log.ts'))
  const program = `const { openLog } = await import(${log})
    const log = openLog('info', '/dev/full')
    for (let line = 0; line < 100; line++) log.info('x'.repeat(1000))
    await new Promise((next) => setTimeout(next, 50))
    log.info('once more')
    process.stdout.write('went on', () => process.kill(process.pid, 'SIGKILL'))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  assert.equal(stdout, 'went on', stderr)
})
