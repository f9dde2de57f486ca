import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { readDemand, writeDemand } from './demand-file.ts'

test('the demand is read as it was written; a file that is missing, broken or no folder to write to is no trouble', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-demand-'))
  try {
    const file = join(folder, 'demand.json')
    assert.deepEqual(await readDemand(file), {})
    await writeDemand(file, { container: { 'python host': [1, 2] } }, silentLog)
    assert.deepEqual(await readDemand(file), { container: { 'python host': [1, 2] } })
    for (const broken of ['', '{', 'null', '[1]', '"x"']) {
      await writeFile(file, broken)
      assert.equal(typeof (await readDemand(file)), 'object')
    }
    await writeDemand(join(folder, 'nowhere', 'demand.json'), {}, silentLog)
  } finally {
    await rm(folder, { recursive: true })
  }
})
