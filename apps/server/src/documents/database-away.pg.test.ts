import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { openDatabase } from '@atelier/storage/db/database'
import { type EmbeddedPostgresState, openEmbeddedPostgres } from '@atelier/storage/db/embedded-postgres'
import { migrate, readMigrations } from '@atelier/storage/db/migrations'
import { openRooms } from './fixtures/open-rooms.ts'
import { Signals } from './fixtures/signals.ts'
import type { TabDocument } from './fixtures/tab-client.ts'

const kills = 3

/** A PostgreSQL of its own, as durable as the product's. */
async function openDurablePostgres() {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atelier-away-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const signals = new Signals()
  let starts = 0
  const onState = (state: EmbeddedPostgresState): void => {
    if (state === 'running') starts += 1
    signals.fire()
  }
  const postgres = undo.use(await openEmbeddedPostgres({ folder, log: silentLog, onState }))
  const { connectionString } = postgres
  await migrate(connectionString, await readMigrations(), silentLog)
  const db = undo.use(openDatabase({ connectionString, log: silentLog }))
  const postmaster = async (): Promise<number> =>
    Number((await readFile(join(folder, 'cluster', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])
  const kept = undo.move()
  return {
    database: { ...db, connectionString },
    async kill(): Promise<void> {
      const before = starts
      process.kill(await postmaster(), 'SIGKILL')
      await signals.until('the database works again', () => starts > before)
    },
    /** Stops every process of it where it stands; returns what lets them go on. */
    async pause(): Promise<() => void> {
      const parent = await postmaster()
      // From then on there are no new ones.
      signal(parent, 'SIGSTOP')
      const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(parent)])
        .toString()
        .trim()
        .split(/\s+/)
        .map(Number)
      for (const pid of children) signal(pid, 'SIGSTOP')
      return () => {
        for (const pid of [...children, parent]) signal(pid, 'SIGCONT')
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // A connection's process may have ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const isSaved = ({ replica }: TabDocument): boolean => replica.isSaved
const postgres = await openDurablePostgres()
after(() => postgres[Symbol.asyncDispose]())

test('kill -9 of the database while people type loses and doubles no key, and typing goes on by itself', async () => {
  await using t = await openRooms({ database: postgres.database, pace: { restMs: 50, everyMs: 100 } })
  const { id, token, userId } = await t.project('a.txt', '')
  const tabs = await Promise.all([t.tab(token), t.tab(token), t.tab(token)])
  const pages = await Promise.all(tabs.map((tab) => tab.open(id, 'a.txt').opened()))
  let typed = 0
  for (let kill = 0; kill < kills; kill++) {
    let isDown = true
    const killing = postgres.kill().finally(() => {
      isDown = false
    })
    for (let rest = 40; isDown || rest > 0; rest--) {
      for (const page of pages) page.type(0, `${typed++}\n`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await killing
  }
  for (const page of pages) await page.until('every key is stored', isSaved)
  for (const page of pages) await page.until('every key is here', ({ text }) => text.split('\n').length === typed + 1)
  const lines = pages[0]?.text.trim().split('\n') ?? []
  assert.equal(new Set(lines).size, typed)
  assert.equal((await t.projects.readFile(id, userId, 'a.txt')).content.toString(), pages[0]?.text)
})

test('while the database does not answer people are told that nothing is stored, and nothing is acknowledged; then everything is', async () => {
  await using t = await openRooms({ database: postgres.database })
  const { id, token, userId } = await t.project('a.txt', 'text\n')
  const page = await (await t.tab(token)).open(id, 'a.txt').opened()
  const goOn = await postgres.pause()
  try {
    page.type(0, 'typed meanwhile\n')
    await page.until('the page may only read', (each) => each.message('access')?.access === 'read')
    assert.match(page.message('access')?.reason ?? '', /cannot store/)
    assert.equal(page.replica.isSaved, false)
  } finally {
    goOn()
  }
  await page.until('the page may write again', (each) => each.message('access')?.access === 'write')
  await page.until('everything is stored', isSaved)
  assert.equal((await t.projects.readFile(id, userId, 'a.txt')).content.toString(), 'typed meanwhile\ntext\n')
})

test('while the disk is full nothing is acknowledged and nothing lost; when there is room again everything is stored', async () => {
  const { database } = postgres
  await using t = await openRooms({ database })
  const { id, token, userId } = await t.project('a.txt', 'text\n')
  const page = await (await t.tab(token)).open(id, 'a.txt').opened()
  // What PostgreSQL answers then, without filling this machine's disk.
  await database.query({
    name: 'full',
    text: `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$`,
  })
  await database.query({
    name: 'full trigger',
    text: 'CREATE TRIGGER full_disk BEFORE INSERT ON document_operations FOR EACH ROW EXECUTE FUNCTION full_disk()',
  })
  page.type(0, 'typed meanwhile\n')
  await page.until('the page may only read', (each) => each.message('access')?.access === 'read')
  assert.equal(page.replica.isSaved, false)
  await database.query({ name: 'room again', text: 'DROP FUNCTION full_disk CASCADE' })
  await page.until('the page may write again', (each) => each.message('access')?.access === 'write')
  await page.until('everything is stored', isSaved)
  assert.equal((await t.projects.readFile(id, userId, 'a.txt')).content.toString(), 'typed meanwhile\ntext\n')
})
