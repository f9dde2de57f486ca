import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { openDatabase } from '@atelier/storage/db/database'
import { type EmbeddedPostgresState, openEmbeddedPostgres } from '@atelier/storage/db/embedded-postgres'
import { migrate, readMigrations } from '@atelier/storage/db/migrations'
import { openTestApp } from './fixtures/open-test-app.ts'

const writers = 16
const kills = 3
const savesBetweenKills = 300

/** A PostgreSQL of its own, as durable as the product's. `kill` ends it with -9; `restarted` settles when it works again. */
async function openDurablePostgres() {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atelier-killed-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  let whenRunning: (() => void) | undefined
  const onState = (state: EmbeddedPostgresState) => {
    if (state === 'running') whenRunning?.()
  }
  const postgres = undo.use(await openEmbeddedPostgres({ folder, log: silentLog, onState }))
  await migrate(postgres.connectionString, await readMigrations(), silentLog)
  const db = undo.use(openDatabase({ connectionString: postgres.connectionString, log: silentLog }))
  const kept = undo.move()
  return {
    db,
    async kill(): Promise<void> {
      const running = new Promise<void>((resolve) => {
        whenRunning = resolve
      })
      const pid = Number((await readFile(join(folder, 'cluster', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])
      process.kill(pid, 'SIGKILL')
      await running
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

test('kill -9 of the database in the middle of saves loses no acknowledged save, and saving goes on by itself', async () => {
  await using postgres = await openDurablePostgres()
  await using t = await openTestApp(postgres.db)
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  /** What each writer was last told: the version, and what it had sent. */
  const acknowledged = Array.from({ length: writers }, () => ({ version: 0, content: '' }))
  const pending = Array.from({ length: writers }, () => new Set<string>())
  let saves = 0
  let inDoubt = 0
  let killed = 0
  let killing: Promise<void> = Promise.resolve()
  let isKilling = false

  async function write(writer: number): Promise<void> {
    for (let round = 0; killed < kills || round < 20; round++) {
      const content = `${writer} ${round}`
      try {
        const { entry } = await t.projects.saveFile(id, guest.userId, `f${writer}`, Buffer.from(content))
        acknowledged[writer] = { version: entry.version, content }
        pending[writer]?.clear()
        saves += 1
      } catch (error) {
        if (!(error instanceof Refusal && error.code === 'storage-unavailable')) throw error
        // It may have been committed all the same: the answer got lost, not necessarily the save.
        pending[writer]?.add(content)
        inDoubt += 1
        await killing
      }
      if (!isKilling && killed < kills && saves >= (killed + 1) * savesBetweenKills) {
        killed += 1
        isKilling = true
        killing = postgres.kill().finally(() => {
          isKilling = false
        })
      }
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  await killing
  assert.ok(inDoubt > 0, 'the kills hit saves under way')

  for (const [writer, told] of acknowledged.entries()) {
    const { entry, content } = await t.projects.readFile(id, guest.userId, `f${writer}`)
    const isTold = entry.version === told.version && content.toString() === told.content
    const isLater = entry.version > told.version && pending[writer]?.has(content.toString())
    assert.ok(isTold || isLater, `writer ${writer} was told version ${told.version}, the file is at ${entry.version}`)
  }
})
