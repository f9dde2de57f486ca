import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { openDurablePostgres } from './fixtures/durable-postgres.ts'
import { openTestApp } from './fixtures/open-test-app.ts'

const writers = 16
const kills = 3
const savesBetweenKills = 300

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
