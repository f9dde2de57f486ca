/** Whatever is done in whatever order, every version that is listed can be read, byte for byte: with packing, thinning and sweeping in between. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { FileTree } from '@atelier/protocol/files'
import { DeletedFileList, FileVersionPage, Snapshot, SnapshotList } from '@atelier/protocol/history'
import fc from 'fast-check'
import { newProject, openHistoryApp } from './fixtures/open-history-app.ts'
import { packVersions } from './pack-versions.ts'
import { thinProject } from './thin-versions.ts'

const hourMs = 3600 * 1000
const retention = { allDays: 2, hourlyDays: 5, deletedDays: 3 }
const paths = ['a.txt', 'b/a.txt', 'b/c.txt'] as const
const path = fc.constantFrom(...paths)
const pick = fc.nat(1000)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('save' as const), path, size: fc.constantFrom(0, 10, 3000, 90_000), seed: pick }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), from: path, to: path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), path: fc.constantFrom(...paths, 'b') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore' as const), path, pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bring back' as const), path, pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('name' as const), path, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore snapshot' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete snapshot' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pack' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), hours: fc.constantFrom(1, 20, 60, 200) }) },
)

/** Text that resembles its predecessors, as a file's versions do; the large ones do not fit into a row. */
function contentOf(size: number, seed: number): Buffer {
  const line = (n: number) => createHash('sha512').update(`${n}`).digest('base64')
  const lines = Array.from({ length: Math.ceil(size / 89) }, (_, n) => line(n === seed % 20 ? seed : n))
  return Buffer.from(lines.join('\n').slice(0, size))
}

test('whatever is saved, moved, deleted, restored, packed, thinned out and swept, every listed version is read byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      let nowMs = Date.now()
      await using t = await openHistoryApp(undefined, () => nowMs)
      const project = await newProject(t)
      const shaOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
      const named = new Map<string, string>()
      const pickOf = <T>(items: readonly T[], pick: number): T | undefined => items[pick % Math.max(items.length, 1)]

      const lists = async () => {
        const { items } = FileTree.parse((await project.request('GET', '/files')).json())
        const files = items.filter(({ kind }) => kind === 'file').map((entry) => ({ path: entry.path, query: '' }))
        const gone = DeletedFileList.parse((await project.request('GET', '/deleted-files')).json()).items
        return [...files, ...gone.map((each) => ({ path: each.path, query: `&file=${each.file}` }))]
      }
      const checkAll = async (): Promise<void> => {
        const stillNamed = new Set<string>()
        for (const { path, query } of await lists()) {
          const page = FileVersionPage.parse((await project.request('GET', `/history/${path}?limit=100${query}`)).json())
          assert.ok(page.items.length > 0, path)
          for (const { version, sha256, sizeBytes, name } of page.items) {
            const bytes = await project.bytes(path, version, query)
            assert.equal(shaOf(bytes), sha256)
            assert.equal(bytes.length, sizeBytes)
            if (name === null) continue
            stillNamed.add(`${page.file} ${version}`)
            assert.equal(named.get(`${page.file} ${version}`), sha256)
          }
        }
        for (const key of named.keys()) assert.ok(stillNamed.has(key), `the named version ${key} is gone`)
      }
      const snapshots = async () => SnapshotList.parse((await project.request('GET', '/snapshots')).json()).items
      const trees = new Map<string, string>()
      const treeNow = async (): Promise<string> => {
        const { items } = FileTree.parse((await project.request('GET', '/files')).json())
        return items.map((entry) => `${entry.path} ${entry.sha256}`).join('\n')
      }

      for (const each of steps) {
        await project.wait()
        if (each.do === 'save')
          await project.person.request('PUT', `${project.at}/files/${each.path}`, { payload: contentOf(each.size, each.seed) })
        else if (each.do === 'move') await project.move(each.from, each.to)
        else if (each.do === 'delete') await project.remove(each.path)
        else if (each.do === 'restore' || each.do === 'name') {
          const answer = await project.request('GET', `/history/${each.path}?limit=100`)
          if (answer.statusCode !== 200) continue
          const page = FileVersionPage.parse(answer.json())
          const version = pickOf(page.items, each.pick)
          if (version === undefined) continue
          if (each.do === 'restore') {
            const restored = await project.request('POST', '/restore', { path: each.path, version: version.version })
            assert.equal(restored.statusCode, 200, restored.body)
            assert.equal(
              shaOf((await project.person.request('GET', `${project.at}/files/${each.path}`)).rawPayload),
              version.sha256,
            )
          } else {
            await project.request('POST', '/version-names', { path: each.path, version: version.version, name: 'kept' })
            named.set(`${page.file} ${version.version}`, version.sha256)
          }
        } else if (each.do === 'bring back') {
          const { items } = DeletedFileList.parse((await project.request('GET', '/deleted-files')).json())
          const file = pickOf(items, each.pick)
          if (file !== undefined) await project.request('POST', '/restore', { path: each.path, file: file.file })
        } else if (each.do === 'snapshot') {
          const made = Snapshot.parse((await project.request('POST', '/snapshots', { name: 'x' })).json())
          trees.set(made.id, await treeNow())
        } else if (each.do === 'restore snapshot') {
          const snapshot = pickOf(await snapshots(), each.pick)
          if (snapshot === undefined) continue
          const before = await treeNow()
          const restored = await project.request('POST', `/snapshots/${snapshot.id}/restore`)
          assert.equal(restored.statusCode, 200, restored.body)
          assert.equal(await treeNow(), trees.get(snapshot.id))
          const { id } = (restored.json() as { before: { id: string } }).before
          trees.set(id, before)
        } else if (each.do === 'delete snapshot') {
          const snapshot = pickOf(await snapshots(), each.pick)
          if (snapshot !== undefined) await project.request('DELETE', `/snapshots/${snapshot.id}`)
        } else if (each.do === 'pack') await packVersions(t.db, t.blobs, silentLog)
        else {
          nowMs += each.hours * hourMs
          await thinProject(t.db, project.id, retention, nowMs)
          await t.projects.sweepBlobs()
        }
        await checkAll()
      }
    }),
    { numRuns: Number(process.env.ATELIER_RUNS ?? 12), endOnFailure: true },
  )
})
