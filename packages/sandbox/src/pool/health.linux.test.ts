import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '../container/container.ts'
import { contractLimits } from '../contract/run-program.ts'
import { ailmentOf } from './health.ts'

test('a sandbox of every kind that works is found well, and a broken one is not', async () => {
  const driver = createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 4, limits: contractLimits })
  try {
    for (const warmth of ['exec', 'python', 'node'] as const) {
      const spec = { root: { kind: 'host' }, warmth } as const
      const sandbox = await driver.open(spec)
      assert.equal(await ailmentOf(sandbox, spec), null)
      await sandbox.destroy()
      assert.match((await ailmentOf(sandbox, spec)) ?? '', /could not be started/)
    }
  } finally {
    await driver.close()
  }
})
