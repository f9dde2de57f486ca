import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSnapshot } from '@atelier/storage/backup/dump'
import { openFsBlobs } from '@atelier/storage/blobs/fs-blobs'
import { testDatabase } from '@atelier/storage/db/test-database'
import { blobsUsedAmong } from './file-rows.ts'

test('while a backup is made no content is swept away, however old and unused; afterwards it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-sweep-'))
  try {
    await using db = await testDatabase()
    const clock = { ms: Date.UTC(2026, 0, 1) }
    const blobs = await openFsBlobs({ folder: join(folder, 'blobs'), keyFile: join(folder, 'keys.json'), now: () => clock.ms })
    const content = async function* () {
      yield randomBytes(1000)
    }
    await blobs.put(content(), 10_000)
    clock.ms += 100_000
    const sweep = () => blobs.sweep((asked) => blobsUsedAmong(db, asked), 1000)
    const snapshot = await openSnapshot(db.connectionString)
    assert.equal(await sweep(), 0)
    await snapshot.close()
    assert.equal(await sweep(), 1)
  } finally {
    await rm(folder, { recursive: true })
  }
})
