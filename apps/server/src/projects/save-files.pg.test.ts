import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { fileLimits } from '@atelier/protocol/files'
import { type Database, openDatabase } from '@atelier/storage/db/database'
import { testDatabase } from '@atelier/storage/db/test-database'
import type { Content } from './content.ts'
import { openTestApp } from './fixtures/open-test-app.ts'
import type { Precondition } from './precondition.ts'
import { createFileSaver } from './save-files.ts'

const codeOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'saved' : result.reason instanceof Refusal ? result.reason.code : String(result.reason)

const count = (results: readonly PromiseSettledResult<unknown>[]) => Object.groupBy(results.map(codeOf), (code) => code)

test('of many who save over the same version at once, exactly one wins', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  await t.projects.saveFile(id, guest.userId, 'a', Buffer.from('0'))
  for (let version = 1; version <= 10; version++) {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, writer) =>
        t.projects.saveFile(id, guest.userId, 'a', Buffer.from(`${version} ${writer}`), version),
      ),
    )
    const outcomes = count(results)
    assert.equal(outcomes.saved?.length, 1)
    assert.equal(outcomes['version-mismatch']?.length, 19)
    const winner = results.findIndex((result) => result.status === 'fulfilled')
    assert.equal((await t.projects.readFile(id, guest.userId, 'a')).content.toString(), `${version} ${winner}`)
  }
})

test('of many who create the same file at once, exactly one wins, and its folder is made once', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, writer) => t.projects.saveFile(id, guest.userId, 'new/a', Buffer.from(`${writer}`), 'absent')),
  )
  assert.equal(count(results).saved?.length, 1)
  assert.equal(count(results)['version-mismatch']?.length, 19)
  assert.deepEqual(
    (await t.projects.openTree(id, guest.userId)).items.map((entry) => entry.path),
    ['new', 'new/a'],
  )
})

test('of new files that arrive together each is made or refused as if it came alone, and what they take is counted', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const stranger = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  const save = (path: string, precondition: Precondition = 'absent', userId = guest.userId) =>
    t.projects.saveFile(id, userId, path, Buffer.from(path), precondition)
  await save('there')
  const results = await Promise.allSettled([
    ...Array.from({ length: 150 }, (_, n) => save(`many/${n % 3}/${n}`)),
    ...[save('a'), save('a/b'), save('c/d'), save('c'), save('there'), save('there', 'none'), save('gone', 'present')],
    save('many/stranger', 'absent', stranger.userId),
  ])
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 153)
  assert.deepEqual(results.slice(150).map(codeOf), [
    ...['saved', 'already-exists', 'saved', 'already-exists', 'version-mismatch', 'saved', 'version-mismatch'],
    'not-found',
  ])
  const { items } = await t.projects.openTree(id, guest.userId)
  const files = items.filter(({ kind }) => kind === 'file')
  assert.equal(files.length, 150 + 3)
  for (const { path } of files) assert.equal((await t.projects.readFile(id, guest.userId, path)).content.toString(), path)
  const { rows } = await t.db.query<{ used_bytes: number; used_entries: number }>({
    ...{ name: 'test-usage', text: 'SELECT used_bytes, used_entries FROM projects WHERE id = $1', values: [id] },
  })
  assert.deepEqual(rows, [
    { used_bytes: files.reduce((total, { sizeBytes }) => total + sizeBytes, 0), used_entries: items.length },
  ])
})

/** Two servers, each with its own pool and batches, on one database. */
async function twoServers(db: Awaited<ReturnType<typeof testDatabase>>) {
  const pools = [0, 1].map(() => openDatabase({ connectionString: db.connectionString, log: silentLog, poolSize: 6 }))
  const complaints: string[] = []
  const log = {
    ...silentLog,
    warn: (phrase: string, fields?: Record<string, unknown>) => complaints.push(`${phrase} ${fields?.error}`),
  }
  const savers = pools.map((pool) => createFileSaver(pool, log))
  return {
    ...{ savers, complaints },
    async [Symbol.asyncDispose]() {
      for (const saver of savers) await saver.close()
      for (const pool of pools) await pool.close()
    },
  }
}

test('two servers that save the same files of the same projects lose no save, no version and no byte of the quota', async () => {
  await using db = await testDatabase()
  const { projects, userId } = await insertProjects(db, 4)
  await using servers = await twoServers(db)
  const content = (size: number) => rawContent(Buffer.alloc(size, 'x'))
  const saves = Array.from({ length: 3000 }, (_, index) => ({
    ...{ userId, projectId: projects[index % 4] ?? '', path: `f${(index * 7) % 6}`, content: content(index % 900) },
    precondition: (index % 3 === 0 ? 'present' : 'none') as Precondition,
  }))
  const results = await Promise.allSettled(
    saves.map(async (save, index) => {
      // Not all at once: a thousand may wait.
      for (let turn = 0; turn < index / 100; turn++) await new Promise((resolve) => setImmediate(resolve))
      return servers.savers[index % 2]?.save(save)
    }),
  )
  const saved = results.filter((result) => result.status === 'fulfilled').length
  assert.deepEqual(servers.complaints, [], 'no batch was undone, for a deadlock or anything else')
  assert.deepEqual(
    new Set(results.map(codeOf)).difference(new Set(['saved', 'version-mismatch', 'storage-unavailable'])),
    new Set(),
  )
  const { rows } = await db.query<{ versions: number; drift: number }>({
    name: 'sums',
    text: `SELECT (SELECT sum(version) FROM files)::integer AS versions,
                  (SELECT sum(abs(p.used_bytes - f.bytes) + abs(p.used_entries - f.entries))
                     FROM projects p JOIN (SELECT project, sum(size) AS bytes, count(*) AS entries FROM files GROUP BY project) f
                       ON f.project = p.id)::integer AS drift`,
  })
  assert.ok(saved > 1000)
  assert.deepEqual(rows, [{ versions: saved, drift: 0 }])
})

test('a batch that waited for a project while it grew is not refused for making it smaller', async () => {
  await using db = await testDatabase()
  const { projects, userId } = await insertProjects(db, 1)
  await using servers = await twoServers(db)
  const projectId = projects[0] ?? ''
  const save = (size: number) => ({
    ...{ userId, projectId, path: 'a', precondition: 'none' as const },
    content: rawContent(Buffer.alloc(size, 'x')),
  })
  const saver = servers.savers[0] ?? assert.fail()
  await saver.save(save(10))
  let waiting: Promise<unknown> | undefined
  await db.transaction(async (queries) => {
    await queries.query({
      name: 'grow',
      text: `WITH f AS (UPDATE files SET size = 900 WHERE project = $1) UPDATE projects SET used_bytes = 900 WHERE id = $1`,
      values: [projectId],
    })
    // Its statement begins now, sees 10 bytes, and waits for us.
    waiting = saver.save(save(20))
    const waits = `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    while ((await db.query<{ n: number }>({ name: 'waits', text: waits })).rows[0]?.n !== 1);
  })
  await waiting
  assert.deepEqual(servers.complaints, [])
  const { rows } = await db.query({ name: 'used', text: 'SELECT used_bytes::integer AS used FROM projects' })
  assert.deepEqual(rows, [{ used: 20 }])
})

test('a save that the database refuses fails alone; those that came with it are saved', async () => {
  await using db = await testDatabase()
  const { projects, userId } = await insertProjects(db, 1)
  await db.query({ name: 'poison', text: `ALTER TABLE files ADD CONSTRAINT poison CHECK (path <> 'bad' OR version < 2)` })
  const saver = createFileSaver(db, silentLog)
  const content = rawContent(Buffer.from('x'))
  const paths = ['a', 'b', 'bad', 'c', 'd']
  const save = (path: string) => saver.save({ projectId: projects[0] ?? '', userId, path, content, precondition: 'none' })
  await Promise.all(paths.map(save))
  const results = await Promise.allSettled(paths.map(save))
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value.entry.version : 'failed')),
    [2, 2, 'failed', 2, 2],
  )
  await saver.close()
})

test('a project takes no more bytes and no more files than its quota, however many save at once', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  const save = (path: string, bytes: number) => t.projects.saveFile(id, guest.userId, path, Buffer.alloc(bytes))
  await Promise.all(Array.from({ length: 20 }, (_, index) => save(`f${index}`, 0)))
  await t.db.query({ name: 'fill', text: 'UPDATE projects SET used_bytes = $1', values: [fileLimits.projectBytes - 5000] })
  const grown = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => save(`f${index}`, 1000)))
  assert.equal(count(grown).saved?.length, 5)
  assert.equal(count(grown)['too-large']?.length, 15)
  await t.db.query({
    name: 'fill-entries',
    text: 'UPDATE projects SET used_entries = $1',
    values: [fileLimits.filesPerProject - 3],
  })
  const made = await Promise.allSettled(Array.from({ length: 4 }, (_, index) => save(`new${index}/x`, 0)))
  assert.equal(count(made).saved?.length, 1, 'a folder and a file in it are two of the three that are left')
  await assert.rejects(t.projects.createFolder(id, guest.userId, 'p/q'), /at most 10000 files and folders/)
})

test('while the database is away a save is refused as storage-unavailable, and works again afterwards', async () => {
  await using db = await testDatabase()
  const { projects, userId } = await insertProjects(db, 1)
  const pool = openDatabase({ connectionString: db.connectionString, log: silentLog, poolSize: 4 })
  const saver = createFileSaver(pool, silentLog)
  const content = rawContent(Buffer.from('x'))
  const save = (path: string) => saver.save({ projectId: projects[0] ?? '', userId, path, content, precondition: 'none' })
  await save('a')
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
  const ended = db.query({ name: 'end', text: end })
  const results = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => save(index % 2 === 0 ? 'a' : `b${index}`)))
  await ended
  assert.deepEqual(new Set(results.map(codeOf)).difference(new Set(['saved', 'storage-unavailable'])), new Set())
  await save('a')
  await pool.close()
  assert.equal(codeOf((await Promise.allSettled([save('a')]))[0]), 'storage-unavailable')
  await saver.close()
})

test('more saves than may wait are refused at once, and those that were taken are saved', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  await t.projects.saveFile(id, guest.userId, 'a', Buffer.from('x'))
  const results = await Promise.allSettled(
    Array.from({ length: 1500 }, () => t.projects.saveFile(id, guest.userId, 'a', Buffer.from('y'))),
  )
  const outcomes = count(results)
  assert.ok((outcomes['storage-unavailable']?.length ?? 0) > 0)
  assert.equal((await t.projects.readEntry(id, guest.userId, 'a')).version, 1 + (outcomes.saved?.length ?? 0))
  assert.equal((outcomes.saved?.length ?? 0) + (outcomes['storage-unavailable']?.length ?? 0), 1500)
})

const rawContent = (stored: Buffer): Content => ({ encoding: 'raw', sizeBytes: stored.length, sha: Buffer.alloc(32), stored })

async function insertProjects(db: Database, projects: number): Promise<{ projects: string[]; userId: string }> {
  const userId = crypto.randomUUID()
  await db.query({ name: 'guest', text: `INSERT INTO users (id, kind) VALUES ($1, 'guest')`, values: [userId] })
  const ids = Array.from({ length: projects }, () => crypto.randomUUID())
  for (const id of ids)
    await db.query({
      name: 'project',
      text: 'INSERT INTO projects (id, owner, name) VALUES ($1, $2, $3)',
      values: [id, userId, 'x'],
    })
  return { projects: ids, userId }
}
