import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Problem } from '@atelier/protocol/errors'
import { FileEntry, FileTree } from '@atelier/protocol/files'
import {
  DeletedFileList,
  FileVersionPage,
  LineAuthors,
  Snapshot,
  SnapshotList,
  SnapshotRestored,
} from '@atelier/protocol/history'
import { letIn } from '../access/fixtures/let-in.ts'
import { newProject, openHistoryApp, projectOf } from './fixtures/open-history-app.ts'
import { packVersions } from './pack-versions.ts'

const codeOf = (answer: { json(): unknown }): string => Problem.parse(answer.json()).code
const numbers = (versions: readonly { version: number }[]): number[] => versions.map(({ version }) => version)

test('saves of one author within ten seconds are one version, the last of them', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  for (const text of ['a', 'ab', 'abc']) await project.put('f.txt', text)
  assert.deepEqual(numbers(await project.versions('f.txt')), [3])
  await project.wait()
  for (const text of ['abcd', 'abcde']) await project.put('f.txt', text)
  const versions = await project.versions('f.txt')
  assert.deepEqual(numbers(versions), [5, 3])
  assert.deepEqual(
    versions.map(({ isCurrent, sizeBytes }) => [isCurrent, sizeBytes]),
    [
      [true, 5],
      [false, 3],
    ],
  )
  assert.equal(String(await project.bytes('f.txt', 3)), 'abc')
  assert.equal(String(await project.bytes('f.txt', 5)), 'abcde')
})

test('another author begins another version, at once', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  const other = await t.guest()
  await letIn(t.db, project.id, other.userId, 'editor')
  await project.put('f.txt', 'mine')
  await projectOf(t, project.id, other).put('f.txt', 'theirs')
  await project.put('f.txt', 'mine again')
  const versions = await project.versions('f.txt')
  assert.deepEqual(numbers(versions), [3, 2, 1])
  assert.deepEqual(
    versions.map(({ author }) => author?.id),
    [project.person.userId, other.userId, project.person.userId],
  )
})

test('a save that changes nothing is no version', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('f.txt', 'same')
  await project.wait()
  await project.put('f.txt', 'same')
  assert.deepEqual(numbers(await project.versions('f.txt')), [2])
})

test('every version is read byte for byte, packed or not, small, large and binary', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  const text = (lines: number) => Array.from({ length: lines }, (_, i) => `line ${i} of a text that is long enough`).join('\n')
  const kept = new Map<string, Map<number, Buffer>>()
  for (const [path, content] of Object.entries({
    'empty.txt': () => Buffer.alloc(0),
    'small.txt': (v: number) => Buffer.from(`version ${v}`),
    'long.txt': (v: number) => Buffer.from(`${text(3000)}${v}`),
    'blob.bin': (v: number) => Buffer.concat([Buffer.alloc(50_000, v), randomBytes(40_000)]),
    'large.bin': () => randomBytes(1_200_000),
    'text.bin': (v: number) => Buffer.concat([Buffer.from(text(40_000)), Buffer.from([v])]),
  })) {
    const versions = new Map<number, Buffer>()
    for (let v = 1; v <= (path === 'large.bin' ? 3 : 25); v++) {
      const bytes = v % 7 === 0 ? Buffer.alloc(0) : content(v)
      versions.set(v, bytes)
      await project.put(path, bytes)
      await project.wait()
      if (v === 11) await packVersions(t.db, t.blobs, silentLog)
    }
    kept.set(path, versions)
  }
  const check = async () => {
    for (const [path, versions] of kept)
      for (const { version, sizeBytes } of await project.versions(path)) {
        const bytes = await project.bytes(path, version)
        assert.ok(bytes.equals(versions.get(version) ?? Buffer.from('?')), `${path} ${version}`)
        assert.equal(bytes.length, sizeBytes)
      }
  }
  await check()
  assert.ok((await packVersions(t.db, t.blobs, silentLog)) > 10)
  await check()
  const { rows } = await t.db.query<{ encoding: string }>({
    name: 'test-encodings',
    text: `SELECT DISTINCT encoding FROM file_versions ORDER BY 1`,
  })
  assert.deepEqual(
    rows.map((row) => row.encoding),
    ['blob', 'deflate', 'delta', 'raw'],
  )
})

test('the list comes in pages, newest first', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  for (let v = 1; v <= 7; v++) {
    await project.put('f.txt', `v${v}`)
    await project.wait()
  }
  const seen: number[] = []
  for (let cursor = ''; ; ) {
    const page = FileVersionPage.parse((await project.request('GET', `/history/f.txt?limit=3${cursor}`)).json())
    seen.push(...numbers(page.items))
    if (page.nextCursor === null) break
    cursor = `&cursor=${page.nextCursor}`
  }
  assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1])
  assert.equal(codeOf(await project.request('GET', '/history/f.txt?cursor=x')), 'invalid-request')
  assert.equal(codeOf(await project.request('GET', '/history/f.txt?version=99')), 'not-found')
  assert.equal(codeOf(await project.request('GET', '/history/g.txt')), 'not-found')
})

test('a history goes along when a file or its folder is moved', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('a/f.txt', 'one')
  await project.wait()
  await project.put('a/f.txt', 'two')
  await project.move('a/f.txt', 'a/g.txt')
  await project.move('a', 'b')
  await project.wait()
  await project.put('b/g.txt', 'three')
  assert.deepEqual(numbers(await project.versions('b/g.txt')), [3, 2, 1])
  assert.equal(String(await project.bytes('b/g.txt', 1)), 'one')
  await project.put('a/f.txt', 'another file of that name')
  assert.deepEqual(numbers(await project.versions('a/f.txt')), [1])
})

test('restoring a version is a save, and what was there stays a version, however new it is', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('f.txt', 'one')
  await project.wait()
  await project.put('f.txt', 'two')
  const restored = await project.request('POST', '/restore', { path: 'f.txt', version: 1 })
  assert.equal(FileEntry.parse(restored.json()).version, 3)
  assert.equal(await project.read('f.txt'), 'one')
  assert.deepEqual(numbers(await project.versions('f.txt')), [3, 2, 1])
  await project.request('POST', '/restore', { path: 'f.txt', version: 2 })
  assert.equal(await project.read('f.txt'), 'two')
  assert.equal(codeOf(await project.request('POST', '/restore', { path: 'f.txt', version: 77 })), 'not-found')
  assert.equal(codeOf(await project.request('POST', '/restore', { path: 'f.txt' })), 'invalid-request')
})

test('a version gets a name, the present one too, which is kept then', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('f.txt', 'one')
  const name = (version: number, name: string | null) =>
    project.request('POST', '/version-names', { path: 'f.txt', version, name })
  assert.equal((await name(1, ' Handed in ')).statusCode, 204)
  await project.put('f.txt', 'two')
  const named = async () => (await project.versions('f.txt')).map((each) => [each.version, each.name])
  assert.deepEqual(await named(), [
    [2, null],
    [1, 'Handed in'],
  ])
  assert.equal((await name(1, null)).statusCode, 204)
  assert.deepEqual((await named())[1], [1, null])
  assert.equal(codeOf(await name(5, 'x')), 'not-found')
  for (const bad of ['', ' ', 'x'.repeat(101), 'two\nlines', 'turned\u202earound'])
    assert.equal(codeOf(await name(1, bad)), 'invalid-request')
})

test('before something is typed over it, what a file has now can be made a version of its own', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('f.txt', 'one')
  // Whoever asks may have seen an earlier version.
  const kept = await project.request('POST', '/version-names', { path: 'f.txt', version: 77, name: null })
  assert.equal(kept.statusCode, 204)
  await project.put('f.txt', 'two')
  assert.deepEqual(numbers(await project.versions('f.txt')), [2, 1])
})

test('a deleted file is listed and comes back with its history, elsewhere too', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('a/b/f.txt', 'one')
  await project.wait()
  await project.put('a/b/f.txt', 'two')
  await project.remove('a')
  const list = async () => DeletedFileList.parse((await project.request('GET', '/deleted-files')).json()).items
  const [gone] = await list()
  assert.ok(gone)
  assert.deepEqual([gone.path, gone.version, gone.sizeBytes, gone.deletedBy?.id], ['a/b/f.txt', 2, 3, project.person.userId])
  assert.deepEqual(numbers(await project.versions('a/b/f.txt', `?file=${gone.file}`)), [2, 1])
  assert.equal(String(await project.bytes('a/b/f.txt', 1, `&file=${gone.file}`)), 'one')
  await project.put('taken.txt', 'x')
  const back = (path: string) => project.request('POST', '/restore', { path, file: gone.file })
  assert.equal(codeOf(await back('taken.txt')), 'already-exists')
  assert.equal(codeOf(await back('taken.txt/below')), 'already-exists')
  assert.equal(codeOf(await back('../out')), 'invalid-path')
  assert.equal((await back('a/c/f.txt')).statusCode, 200)
  assert.equal(await project.read('a/c/f.txt'), 'two')
  assert.deepEqual(numbers(await project.versions('a/c/f.txt')), [3, 2, 1])
  assert.deepEqual(await list(), [])
  assert.equal(codeOf(await back('again.txt')), 'already-exists')
  const { items } = FileTree.parse((await project.request('GET', '/files')).json())
  const usage = await t.db.query<{ used_bytes: number; used_entries: number }>({
    name: 'test-usage',
    text: 'SELECT used_bytes, used_entries FROM projects WHERE id = $1',
    values: [project.id],
  })
  assert.deepEqual(usage.rows[0], { used_bytes: 4, used_entries: items.length })
})

test('a whole project comes back as one step, and that step can be taken back', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('kept.txt', 'kept')
  await project.put('changed.txt', 'before')
  await project.put('a/moved.txt', 'moved')
  await project.put('gone.txt', 'gone')
  await project.put('was-file', 'file')
  const tree = async () => {
    const { items } = FileTree.parse((await project.request('GET', '/files')).json())
    const texts = items.map(async ({ path, kind }) => `${path}=${kind === 'folder' ? '/' : await project.read(path)}`)
    return Promise.all(texts)
  }
  const then = await tree()
  const made = await project.request('POST', '/snapshots', { name: 'Lesson 1' })
  assert.equal(made.statusCode, 201)
  const { id, files } = Snapshot.parse(made.json())
  assert.equal(files, 5)
  await project.put('changed.txt', 'after')
  await project.move('a', 'b')
  await project.remove('gone.txt')
  await project.remove('was-file')
  await project.put('was-file/in.txt', 'now a folder')
  await project.put('new.txt', 'new')
  const later = await tree()
  await packVersions(t.db, t.blobs, silentLog)
  const restored = await project.request('POST', `/snapshots/${id}/restore`)
  assert.equal(restored.statusCode, 200, restored.body)
  const { before, written, removed } = SnapshotRestored.parse(restored.json())
  assert.deepEqual([before.automatic, written, removed], [true, 3, 2])
  assert.deepEqual(await tree(), then)
  assert.deepEqual(numbers(await project.versions('changed.txt')), [3, 2, 1])
  assert.deepEqual(numbers(await project.versions('a/moved.txt')), [1])
  assert.equal((await project.request('POST', `/snapshots/${before.id}/restore`)).statusCode, 200)
  assert.deepEqual(await tree(), later)
  const { rows } = await t.db.query({
    name: 'test-sums',
    text: `SELECT used_bytes = (SELECT sum(size) FROM files WHERE project = $1) AS bytes,
                  used_entries = (SELECT count(*) FROM files WHERE project = $1) AS entries FROM projects WHERE id = $1`,
    values: [project.id],
  })
  assert.deepEqual(rows[0], { bytes: true, entries: true })
  const list = async () => SnapshotList.parse((await project.request('GET', '/snapshots')).json()).items
  assert.deepEqual(
    (await list()).map((each) => each.name),
    ['Before "Before "Lesson 1" came back" came back', 'Before "Lesson 1" came back', 'Lesson 1'],
  )
  assert.equal((await project.request('DELETE', `/snapshots/${id}`)).statusCode, 204)
  assert.equal(codeOf(await project.request('POST', `/snapshots/${id}/restore`)), 'not-found')
})

test('who wrote which line is told', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  const other = await t.guest()
  await letIn(t.db, project.id, other.userId, 'editor')
  await project.put('f.txt', 'a\nb\nc\nd\n')
  await projectOf(t, project.id, other).put('f.txt', 'a\nB\nc\nd\nnew\n')
  await project.put('f.txt', 'first\na\nB\nd\nnew\n')
  const { runs } = LineAuthors.parse((await project.request('GET', '/line-authors/f.txt')).json())
  const mine = (author: { id: string } | null) => (author?.id === other.userId ? 'other' : 'me')
  assert.deepEqual(
    runs.map(({ lines, version, author }) => [lines, version, mine(author)]),
    [
      [1, 3, 'me'],
      [1, 1, 'me'],
      [1, 2, 'other'],
      [1, 1, 'me'],
      [1, 2, 'other'],
      [1, 1, 'me'],
    ],
  )
  await project.put('f.bin', Buffer.from([0, 1, 2]))
  assert.equal(codeOf(await project.request('GET', '/line-authors/f.bin')), 'unsupported-media-type')
})

test('a project that is deleted leaves nothing behind', async () => {
  await using t = await openHistoryApp()
  const project = await newProject(t)
  await project.put('f.txt', 'one')
  await project.wait()
  await project.put('f.txt', 'two')
  await project.put('g.txt', 'x')
  await project.remove('g.txt')
  await project.request('POST', '/snapshots', { name: 'x' })
  assert.equal((await project.person.request('DELETE', project.at)).statusCode, 204)
  for (const table of ['file_versions', 'deleted_files', 'snapshots', 'snapshot_entries', 'version_names'])
    assert.equal((await t.db.query({ name: `test-${table}`, text: `SELECT FROM ${table}` })).rowCount, 0, table)
})

test('numbers of files and snapshots of another project name nothing in one’s own', async () => {
  await using t = await openHistoryApp()
  const theirs = await newProject(t)
  await theirs.put('secret.txt', 'secret')
  await theirs.put('gone.txt', 'secret')
  await theirs.remove('gone.txt')
  const page = FileVersionPage.parse((await theirs.request('GET', '/history/secret.txt')).json())
  const [gone] = DeletedFileList.parse((await theirs.request('GET', '/deleted-files')).json()).items
  const { id } = Snapshot.parse((await theirs.request('POST', '/snapshots', { name: 'x' })).json())
  const mine = await newProject(t)
  await mine.put('secret.txt', 'mine')
  for (const file of [page.file, gone?.file])
    for (const query of ['', '&version=1'])
      assert.equal(codeOf(await mine.request('GET', `/history/secret.txt?file=${file}${query}`)), 'not-found')
  assert.equal(codeOf(await mine.request('POST', '/restore', { path: 'x.txt', file: gone?.file })), 'not-found')
  assert.equal(codeOf(await mine.request('POST', `/snapshots/${id}/restore`)), 'not-found')
  assert.equal(codeOf(await mine.request('DELETE', `/snapshots/${id}`)), 'not-found')
  assert.equal(SnapshotList.parse((await theirs.request('GET', '/snapshots')).json()).items.length, 1)
})
