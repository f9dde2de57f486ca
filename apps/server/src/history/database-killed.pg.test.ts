import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { letIn } from '../access/fixtures/let-in.ts'
import { openDurablePostgres } from '../projects/fixtures/durable-postgres.ts'
import { openHistoryApp } from './fixtures/open-history-app.ts'
import { packVersions } from './pack-versions.ts'

const files = 6
const kills = 2
const savesBetweenKills = 100

test('kill -9 of the database, while people save in turn and versions are packed, loses no version of an acknowledged save', async () => {
  await using postgres = await openDurablePostgres()
  await using t = await openHistoryApp(postgres.db)
  const people = [await t.guest(), await t.guest()] as const
  const { id } = await t.projects.createProject(people[0].userId, 'x')
  await letIn(t.db, id, people[1].userId, 'editor')
  const line = 'a text that resembles its predecessors\n'.repeat(40)
  const acknowledged = Array.from({ length: files }, () => new Map<number, string>())
  const mergeable = Array.from({ length: files }, () => new Set<number>())
  let saves = 0
  let inDoubt = 0
  let killed = 0
  let isDone = false
  let killing: Promise<void> | null = null

  async function write(file: number): Promise<void> {
    let last = 0
    for (let round = 0; killed < kills || round < 20; round++) {
      const content = `${line}${file} ${round}`
      try {
        // Two in turn: each save is a version of its own.
        const author = people[round % 2 === 0 ? 0 : 1]
        const { entry } = await t.projects.saveFile(id, author.userId, `f${file}`, Buffer.from(content))
        acknowledged[file]?.set(entry.version, content)
        last = entry.version
        saves += 1
      } catch (error) {
        if (!(error instanceof Refusal && error.code === 'storage-unavailable')) throw error
        inDoubt += 1
        // If it was not committed, the next save has the author of the one before, and they are one version: the later of them.
        mergeable[file]?.add(last)
        await killing
      }
      if (killing === null && killed < kills && saves >= (killed + 1) * savesBetweenKills) {
        killed += 1
        killing = postgres.kill().finally(() => {
          killing = null
        })
      }
    }
  }
  async function pack(): Promise<number> {
    let interrupted = 0
    while (!isDone) {
      try {
        await packVersions(t.db, t.blobs, silentLog)
      } catch {
        interrupted += 1
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    return interrupted
  }
  const packing = pack()
  await Promise.all(Array.from({ length: files }, (_, file) => write(file)))
  await killing
  isDone = true
  await packing
  assert.ok(inDoubt > 0, 'the kills hit saves under way')
  await packVersions(t.db, t.blobs, silentLog)

  for (const [file, versions] of acknowledged.entries()) {
    const listed = new Set<number>()
    for (let before: number | null = null; ; ) {
      const page = await t.history.listVersions(id, people[0].userId, { path: `f${file}` }, { limit: 100, before })
      for (const { version } of page.items) listed.add(version)
      if (page.nextCursor === null) break
      before = Number(page.nextCursor)
    }
    const missing = [...versions.keys()].filter((version) => !listed.has(version) && !mergeable[file]?.has(version))
    assert.deepEqual(missing, [], `of f${file}`)
    for (const [version, content] of versions) {
      if (!listed.has(version)) continue
      const { content: bytes } = await t.history.readVersion(id, people[0].userId, { path: `f${file}` }, version)
      assert.equal(bytes.toString(), content)
    }
  }
})
