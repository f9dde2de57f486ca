import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { DeletedFileList } from '@atelier/protocol/history'
import { newProject, openHistoryApp } from './fixtures/open-history-app.ts'
import { packVersions } from './pack-versions.ts'
import { graceHours, thinProject } from './thin-versions.ts'

const hourMs = 3600 * 1000
const dayMs = 24 * hourMs
const retention = { allDays: 10, hourlyDays: 20, deletedDays: 5 }
/** Noon, so that hours and days are told apart. */
const noon = Date.UTC(2026, 0, 15, 12)

async function projectWithVersions() {
  const t = await openHistoryApp()
  const project = await newProject(t)
  /** Saves so that the present content is the next version, as if it had been made then. */
  const saveAt = async (path: string, text: string, atMs: number) => {
    await project.put(path, text)
    await t.db.query({
      name: 'test-made-at',
      text: 'UPDATE files SET updated_at = $3, window_at = $3 WHERE project = $1 AND path = $2',
      values: [project.id, path, new Date(atMs).toISOString()],
    })
  }
  const numbers = async (path: string) => (await project.versions(path, '?limit=100')).map(({ version }) => version)
  const thin = (nowMs: number) => thinProject(t.db, project.id, retention, nowMs)
  const count = async () => (await t.db.query({ name: 'test-count', text: 'SELECT FROM file_versions' })).rowCount
  return { t, project, saveAt, numbers, thin, count, [Symbol.asyncDispose]: () => t[Symbol.asyncDispose]() }
}

test('after some days one version per hour stays, then one per day; named ones and those in a snapshot stay', async () => {
  await using each = await projectWithVersions()
  const { t, project, saveAt, numbers, thin, count } = each
  // Versions 1 to 12: three in each of two hours, on two days.
  let version = 0
  for (const day of [0, 1])
    for (const hour of [0, 1])
      for (const minute of [0, 20, 40]) {
        version += 1
        await saveAt('f.txt', `version ${version}`, noon + day * dayMs + hour * hourMs + minute * 60_000)
        if (version === 2) await project.request('POST', '/version-names', { path: 'f.txt', version, name: 'kept' })
        if (version === 7) await project.request('POST', '/snapshots', { name: 'kept' })
      }
  await saveAt('f.txt', 'now', noon + 2 * dayMs)
  await packVersions(t.db, t.blobs, silentLog)
  assert.equal(await thin(noon + 5 * dayMs), 0)
  assert.equal((await numbers('f.txt')).length, 13)
  await thin(noon + 15 * dayMs)
  assert.deepEqual(await numbers('f.txt'), [13, 12, 9, 7, 6, 3, 2])
  await thin(noon + 40 * dayMs)
  assert.deepEqual(await numbers('f.txt'), [13, 12, 7, 6, 2])
  // Shown to nobody, and still there until the time of grace is over; then only what a delta needs.
  const before = await count()
  await thin(noon + 40 * dayMs + (graceHours - 1) * hourMs)
  assert.ok((await count()) <= before)
  await thin(noon + 42 * dayMs)
  await thin(noon + 42 * dayMs)
  for (const version of await numbers('f.txt')) {
    const text = version === 13 ? 'now' : `version ${version}`
    assert.equal(String(await project.bytes('f.txt', version)), text)
  }
  assert.ok((await count()) < before)
})

test('a deleted file can be brought back for some days, and longer when a version of it has a name', async () => {
  await using each = await projectWithVersions()
  const { project, saveAt, thin } = each
  await saveAt('gone.txt', 'gone', noon)
  await saveAt('named.txt', 'named', noon)
  await project.request('POST', '/version-names', { path: 'named.txt', version: 1, name: 'kept' })
  await saveAt('named.txt', 'named no more', noon)
  for (const path of ['gone.txt', 'named.txt']) await project.remove(path)
  const deleted = async () => DeletedFileList.parse((await project.request('GET', '/deleted-files')).json()).items
  await thin(Date.now() + 4 * dayMs)
  assert.deepEqual((await deleted()).map(({ path }) => path).sort(), ['gone.txt', 'named.txt'])
  await thin(Date.now() + 6 * dayMs)
  const [named, ...others] = await deleted()
  assert.deepEqual([named?.path, others.length], ['named.txt', 0])
  const back = await project.request('POST', '/restore', { path: 'named.txt', file: named?.file })
  assert.equal(back.statusCode, 200, back.body)
  assert.equal(await project.read('named.txt'), 'named')
})
