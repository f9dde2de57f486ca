import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Problem } from '@atelier/protocol/errors'
import { FileEntry, FileTree } from '@atelier/protocol/files'
import { openTestApp, type TestApp } from './fixtures/open-test-app.ts'

async function newProject(t: TestApp) {
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  const address = `/api/v1/projects/${id}`
  return {
    ...{ id, guest, address },
    put: (path: string, payload: string | Buffer, headers = {}) =>
      guest.request('PUT', `${address}/files/${path}`, { payload, headers }),
    get: (path: string, headers = {}) => guest.request('GET', `${address}/files/${path}`, { headers }),
    remove: (path: string, headers = {}) => guest.request('DELETE', `${address}/files/${path}`, { headers }),
    makeFolder: (path: string) => guest.request('POST', `${address}/folders`, { payload: { path } }),
    move: (from: string, to: string) => guest.request('POST', `${address}/move`, { payload: { from, to } }),
    async names() {
      const { items } = FileTree.parse((await guest.request('GET', `${address}/files`)).json())
      return items.map((entry) => (entry.kind === 'folder' ? `${entry.path}/` : `${entry.path} ${entry.version}`))
    },
  }
}

const problemOf = (answer: { json(): unknown }): string => Problem.parse(answer.json()).code

test('a saved file is answered with its entry and ETag, and read back byte for byte', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  for (const [name, bytes] of Object.entries({
    'text.txt': Buffer.from('hello\r\n\u0000 wörld'),
    'empty.txt': Buffer.alloc(0),
    'small.bin': randomBytes(3000),
    'inline.bin': randomBytes(32 * 1024),
    'blob.bin': randomBytes(33 * 1024),
    'large.bin': randomBytes(2_000_000),
    'sparse.bin': Buffer.alloc(1_000_000),
  })) {
    const saved = await project.put(name, bytes)
    assert.equal(saved.statusCode, 201)
    assert.equal(saved.headers.etag, '"1"')
    assert.equal(saved.headers.location, `${project.address}/files/${name}`)
    const entry = FileEntry.parse(saved.json())
    assert.deepEqual(entry, {
      ...{ path: name, kind: 'file', sizeBytes: bytes.length, version: 1, updatedAt: entry.updatedAt },
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    const read = await project.get(name)
    assert.equal(read.statusCode, 200)
    assert.ok(read.rawPayload.equals(bytes), name)
    assert.equal(read.headers['content-length'], String(bytes.length))
    const again = await project.put(name, 'changed')
    assert.equal(again.statusCode, 200)
    assert.equal(again.headers.etag, '"2"')
    assert.equal((await project.get(name)).body, 'changed')
  }
})

test('what users upload is a download in a sandbox, whatever its name and type', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  await project.put("it's <b>.html", '<script>alert(1)</script>', { 'content-type': 'text/html' })
  const { headers } = await project.get(encodeURIComponent("it's <b>.html"))
  assert.equal(headers['content-type'], 'application/octet-stream')
  assert.equal(headers['content-disposition'], "attachment; filename*=UTF-8''it%27s%20%3Cb%3E.html")
  assert.match(String(headers['content-security-policy']), /^sandbox; default-src 'none'/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['cache-control'], 'private, no-store')
})

test('a body of any content type, or of none, is the content', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  const types = [
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'image/png',
    'nonsense',
    '',
  ]
  for (const type of types) {
    assert.ok([200, 201].includes((await project.put('a', '{not json', { 'content-type': type })).statusCode), type)
    assert.equal((await project.get('a')).body, '{not json')
  }
  const encoded = await project.put('a', 'x', { 'content-encoding': 'gzip' })
  assert.equal(encoded.statusCode, 415)
  assert.equal((await project.put('a', 'x', { 'content-range': 'bytes 0-0/5' })).statusCode, 400)
})

test('HEAD tells size and version; a known ETag is answered with 304', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  await project.put('a.txt', 'hello')
  const head = await project.guest.request('HEAD', `${project.address}/files/a.txt`)
  assert.equal(head.statusCode, 200)
  assert.equal(head.body, '')
  assert.equal(head.headers['content-length'], '5')
  assert.equal(head.headers.etag, '"1"')
  for (const known of ['"1"', 'W/"1"', '"7", "1"', '*'])
    assert.equal((await project.get('a.txt', { 'if-none-match': known })).statusCode, 304, known)
  for (const other of ['"2"', '1', 'x'])
    assert.equal((await project.get('a.txt', { 'if-none-match': other })).statusCode, 200, other)
  await project.makeFolder('folder')
  for (const path of ['folder', 'missing']) {
    assert.equal((await project.get(path)).statusCode, 404)
    assert.equal((await project.get(path, { 'if-none-match': '*' })).statusCode, 404)
    assert.equal((await project.guest.request('HEAD', `${project.address}/files/${path}`)).statusCode, 404)
  }
})

test('If-Match saves only over the version that was read, and tells the current one otherwise', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  await project.put('a', 'one')
  assert.equal((await project.put('a', 'two', { 'if-match': '"1"' })).headers.etag, '"2"')
  const late = await project.put('a', 'lost?', { 'if-match': '"1"' })
  assert.equal(late.statusCode, 412)
  assert.equal(Problem.parse(late.json()).version, 2)
  assert.equal((await project.get('a')).body, 'two')
  assert.equal((await project.put('a', 'three', { 'if-match': '*' })).statusCode, 200)
  for (const headers of [{ 'if-match': '"1"' }, { 'if-match': '*' }]) {
    const missing = await project.put('b', 'x', headers)
    assert.equal(missing.statusCode, 412)
    assert.equal(Problem.parse(missing.json()).version, 0)
  }
})

test('a file can be created only if it is not there', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  for (const [index, headers] of [{ 'if-match': '"0"' }, { 'if-none-match': '*' }].entries()) {
    assert.equal((await project.put(`f${index}`, 'one', headers)).statusCode, 201)
    const again = await project.put(`f${index}`, 'two', headers)
    assert.equal(again.statusCode, 412)
    assert.equal(Problem.parse(again.json()).version, 1)
    assert.equal((await project.get(`f${index}`)).body, 'one')
  }
})

test('saving makes the folders on the way; a file and a folder cannot have one name', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  assert.equal((await project.put('a/b/c.txt', 'x')).statusCode, 201)
  assert.deepEqual(await project.names(), ['a/', 'a/b/', 'a/b/c.txt 1'])
  for (const answer of [
    await project.put('a/b', 'x'),
    await project.put('a/b', 'x', { 'if-match': '"3"' }),
    await project.put('a/b/c.txt/d', 'x'),
    await project.put('a/b/c.txt/d/e', 'x', { 'if-none-match': '*' }),
    await project.makeFolder('a/b/c.txt'),
    await project.makeFolder('a/b/c.txt/d'),
    await project.makeFolder('a/b'),
  ]) {
    assert.equal(answer.statusCode, 409)
    assert.equal(problemOf(answer), 'already-exists')
  }
  const made = await project.makeFolder('x/y')
  assert.equal(made.statusCode, 201)
  assert.equal(FileEntry.parse(made.json()).version, 0)
  assert.deepEqual(await project.names(), ['a/', 'a/b/', 'a/b/c.txt 1', 'x/', 'x/y/'])
})

test('deleting a folder deletes all that is in it and nothing beside it', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  for (const path of ['a/b/c', 'a/d', 'a-z', 'a.txt', 'a0', 'b']) await project.put(path, path)
  assert.equal((await project.remove('a')).statusCode, 204)
  assert.deepEqual(await project.names(), ['a-z 1', 'a.txt 1', 'a0 1', 'b 1'])
  assert.equal((await project.remove('a')).statusCode, 404)
  assert.equal((await project.remove('b', { 'if-match': '"2"' })).statusCode, 412)
  assert.equal((await project.remove('b', { 'if-match': '"0"' })).statusCode, 412)
  assert.equal((await project.remove('b', { 'if-match': '"1"' })).statusCode, 204)
  assert.equal((await project.remove('b', { 'if-match': '"1"' })).statusCode, 404)
  await project.makeFolder('empty')
  assert.equal((await project.remove('empty', { 'if-match': '"1"' })).statusCode, 412)
  assert.equal((await project.remove('empty', { 'if-match': '*' })).statusCode, 204)
})

test('a file or a folder with all that is in it moves; versions stay', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  for (const path of ['src/a', 'src/deep/b', 'src-2', 'top']) await project.put(path, path)
  await project.put('src/a', 'again')
  const moved = await project.move('src', 'lib/src')
  assert.equal(moved.statusCode, 200)
  assert.equal(FileEntry.parse(moved.json()).path, 'lib/src')
  assert.deepEqual(await project.names(), [
    'lib/',
    'lib/src/',
    'lib/src/a 2',
    'lib/src/deep/',
    'lib/src/deep/b 1',
    'src-2 1',
    'top 1',
  ])
  assert.equal((await project.move('top', 'top.txt')).statusCode, 200)
  assert.equal((await project.get('top.txt')).body, 'top')
  assert.equal((await project.get('lib/src/a')).body, 'again')
})

test('a move onto an existing name, into itself or from nowhere is refused and changes nothing', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  for (const path of ['a/x', 'b/x', 'file']) await project.put(path, path)
  const before = await project.names()
  const expected: [string, string, number][] = [
    ['a', 'b', 409],
    ['a', 'b/x', 409],
    ['file', 'a/x', 409],
    ['a', 'file/a', 409],
    ['a/x', 'a', 409],
    ['a', 'a', 400],
    ['a', 'a/c', 400],
    ['a', 'a/x/y', 400],
    ['missing', 'c', 404],
    ['a', '../c', 400],
    ['../a', 'c', 400],
    ['a', '', 400],
  ]
  for (const [from, to, status] of expected) assert.equal((await project.move(from, to)).statusCode, status, `${from} → ${to}`)
  assert.deepEqual(await project.names(), before)
})

test('a folder does not move to where a path in it would become too long or too deep', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  const deep = Array.from({ length: 15 }, (_, index) => `d${index}`).join('/')
  await project.put(`a/${deep}/file`, 'x')
  await project.put(`b/${'n'.repeat(200)}`, 'x')
  const before = await project.names()
  for (const [from, to] of [
    ['a', 'p/q/r/s/a'],
    ['b', 'm'.repeat(80)],
  ] as const) {
    const refused = await project.move(from, to)
    assert.equal(refused.statusCode, 400)
    assert.equal(problemOf(refused), 'invalid-path')
  }
  assert.deepEqual(await project.names(), before)
})

test('the tree is sorted by path, whatever the order of saving', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  const paths = ['b', 'a', 'Z', 'ä', 'a b', '10', '9', 'a.b', '日本']
  for (const path of paths) await project.put(encodeURIComponent(path), 'x')
  assert.deepEqual(
    await project.names(),
    paths.toSorted().map((path) => `${path} 1`),
  )
})

test('the same large content is stored once, in whatever projects it stands', async () => {
  await using t = await openTestApp()
  const [one, other] = [await newProject(t), await newProject(t)]
  const bytes = randomBytes(100_000)
  for (const project of [one, other]) for (const path of ['a', 'b']) await project.put(path, bytes)
  const files = (await readdir(t.blobFolder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  assert.equal(files.length, 1)
  await one.remove('a')
  assert.ok((await other.get('b')).rawPayload.equals(bytes))
})

test('when a large content is lost or damaged on the disk, the answer names the file and never wrong bytes', async () => {
  await using t = await openTestApp()
  const project = await newProject(t)
  await project.put('a.bin', randomBytes(100_000))
  for (const entry of await readdir(t.blobFolder)) await rm(join(t.blobFolder, entry), { recursive: true })
  const answer = await project.get('a.bin')
  assert.equal(answer.statusCode, 500)
  assert.match(Problem.parse(answer.json()).detail, /"a\.bin" is missing on the server's disk/)
})

test('a large content that no file names any more is removed after a day, and not before', async () => {
  const clock = { ms: Date.UTC(2026, 0, 1) }
  await using t = await openTestApp(undefined, () => clock.ms)
  const project = await newProject(t)
  const [kept, gone] = [randomBytes(100_000), randomBytes(100_000)]
  await project.put('kept', kept)
  await project.put('gone', gone)
  await project.put('gone', 'small by now')
  clock.ms += 23 * 3600 * 1000
  assert.equal(await t.projects.sweepBlobs(), 0)
  clock.ms += 2 * 3600 * 1000
  assert.equal(await t.projects.sweepBlobs(), 1)
  assert.ok((await project.get('kept')).rawPayload.equals(kept))
})

test('the tree of a large project is compressed for who takes it so, and the same for who does not', async () => {
  await using t = await openTestApp()
  const { id, guest, address } = await newProject(t)
  const paths = Array.from({ length: 400 }, (_, n) => `deep/folder ${n % 7}/file ${n}.txt`)
  await Promise.all(paths.map((path) => t.projects.saveFile(id, guest.userId, path, Buffer.from(path))))
  const ask = (coding?: string) =>
    guest.request('GET', `${address}/files`, coding === undefined ? {} : { headers: { 'accept-encoding': coding } })
  const plain = await ask()
  const packed = await ask('gzip')
  assert.equal(plain.headers['content-encoding'], undefined)
  assert.equal(packed.headers['content-encoding'], 'gzip')
  assert.equal(packed.headers['content-type'], plain.headers['content-type'])
  assert.ok(packed.rawPayload.length < plain.rawPayload.length / 3)
  assert.deepEqual(FileTree.parse(JSON.parse(String(gunzipSync(packed.rawPayload)))), FileTree.parse(plain.json()))
  assert.equal(FileTree.parse(plain.json()).items.length, 400 + 7 + 1)
})
