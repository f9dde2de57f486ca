/** Migration 0013: what a foreign key from files to their projects promised, kept by triggers. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import type { Queries } from './database.ts'
import { type TestDatabase, testDatabase } from './test-database.ts'

const ada = '01900000-0000-7000-8000-00000000000a'
const [one, two, nowhere] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002', ada]

const run = async (queries: Queries, text: string) => (await queries.query({ name: hash('sha1', text), text })).rows
const insert = (...projects: string[]) =>
  `INSERT INTO files (project, path, folder, version, size, sha, encoding, content)
   SELECT p.id::uuid, 'file-' || n, false, 1, 1, sha256('x'), 'raw', 'x' FROM unnest(ARRAY['${projects.join("','")}']) p (id), generate_series(1, 50) n`

async function openTwo(): Promise<TestDatabase> {
  const db = await testDatabase()
  await run(db, `INSERT INTO users (id, kind) VALUES ('${ada}', 'guest')`)
  await run(db, `INSERT INTO projects (id, owner, name) VALUES ('${one}', '${ada}', 'One'), ('${two}', '${ada}', 'Two')`)
  await run(db, insert(one, two))
  return db
}

const left = async (db: TestDatabase) =>
  (
    await run(
      db,
      `SELECT (SELECT count(*)::int FROM files) AS files, (SELECT count(*)::int FROM file_versions) AS versions,
              (SELECT count(*)::int FROM deleted_files) AS deleted`,
    )
  )[0]

/** Resolves when `work` waits for a lock. */
async function waiting(db: TestDatabase): Promise<void> {
  const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  while ((await db.query({ name: 'waits', text: waits })).rowCount === 0) await new Promise(setImmediate)
}

const isViolation = (error: unknown): boolean => (error as { code?: unknown }).code === '23503'

test('files of a project that is not there are refused, and those beside them with them', async () => {
  await using db = await openTwo()
  await run(db, 'DELETE FROM files')
  await run(db, 'DELETE FROM deleted_files')
  await run(db, 'DELETE FROM file_versions')
  await assert.rejects(run(db, insert(one, nowhere)), isViolation)
  assert.deepEqual(await left(db), { files: 0, versions: 0, deleted: 0 })
})

test('a project that is deleted takes its files along and leaves nothing behind, alone or with its owner', async () => {
  await using db = await openTwo()
  await run(db, `DELETE FROM projects WHERE id = '${one}'`)
  assert.deepEqual(await left(db), { files: 50, versions: 0, deleted: 0 })
  await run(db, `INSERT INTO projects (id, owner, name) VALUES ('${one}', '${ada}', 'Again')`)
  await run(db, insert(one))
  await run(db, `DELETE FROM users WHERE id = '${ada}'`)
  assert.deepEqual(await left(db), { files: 0, versions: 0, deleted: 0 })
})

test('a file stays in its project, and a project keeps its id', async () => {
  await using db = await openTwo()
  await assert.rejects(
    run(db, `UPDATE files SET project = '${two}', path = 'moved' WHERE project = '${one}' AND path = 'file-1'`),
    isViolation,
  )
  await assert.rejects(run(db, `UPDATE projects SET id = '${nowhere}' WHERE id = '${one}'`), isViolation)
})

test('files that come while their project is being deleted are refused as soon as it is gone', async () => {
  await using db = await openTwo()
  let late: Promise<unknown> | undefined
  await db.transaction(async (queries) => {
    await run(queries, `DELETE FROM projects WHERE id = '${one}'`)
    late = run(db, insert(one).replace('file-', 'late-'))
    late.catch(() => {})
    await waiting(db)
  })
  await assert.rejects(late ?? Promise.resolve(), isViolation)
  assert.deepEqual(await left(db), { files: 50, versions: 0, deleted: 0 })
})

test('a project is deleted with the files that were being written into it', async () => {
  await using db = await openTwo()
  let deletion: Promise<unknown> | undefined
  await db.transaction(async (queries) => {
    await run(queries, insert(one).replace('file-', 'late-'))
    deletion = run(db, `DELETE FROM projects WHERE id = '${one}'`)
    await waiting(db)
  })
  await deletion
  assert.deepEqual(await left(db), { files: 50, versions: 0, deleted: 0 })
})
