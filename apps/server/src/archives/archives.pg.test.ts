import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Problem } from '@atelier/protocol/errors'
import { ArchiveImported, FileTree } from '@atelier/protocol/files'
import { ZipFile } from 'yazl'
import { createApp } from '../http/app.ts'
import { createOrigins } from '../http/origins.ts'
import { openTestApp } from '../projects/fixtures/open-test-app.ts'
import { createImporter } from './import-archive.ts'
import { registerArchiveRoutes } from './routes.ts'

type Content = string | Buffer | null

/** null: a folder. */
async function zipOf(files: Readonly<Record<string, Content>>, mode = 0o100644): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [path, content] of Object.entries(files)) {
    if (content === null) zip.addEmptyDirectory(path)
    else zip.addBuffer(Buffer.from(content), path, { mode })
  }
  zip.end()
  return Buffer.concat(await Array.fromAsync(zip.outputStream as AsyncIterable<Buffer>))
}

/** So many empty files, in the form with 64 bits (zip64). Written by hand: whoever attacks does not wait for a library. */
function zipOfEmpty(count: number): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (let index = 0; index < count; index += 1) {
    const name = Buffer.from(`f${index}`)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(offset, 42)
    locals.push(local, name)
    centrals.push(central, name)
    offset += local.length + name.length
  }
  const directory = Buffer.concat(centrals)
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50)
  record.writeBigUInt64LE(44n, 4)
  for (const at of [24, 32]) record.writeBigUInt64LE(BigInt(count), at)
  record.writeBigUInt64LE(BigInt(directory.length), 40)
  record.writeBigUInt64LE(BigInt(offset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50)
  locator.writeBigUInt64LE(BigInt(offset + directory.length), 8)
  locator.writeUInt32LE(1, 16)
  const end = Buffer.alloc(22, 0xff)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt32LE(0, 4)
  end.writeUInt16LE(0, 20)
  return Buffer.concat([...locals, directory, record, locator, end])
}

/** The same bytes with every `from` replaced; both have the same length. */
const altered = (zip: Buffer, from: string, to: string): Buffer =>
  Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1')

async function openArchives() {
  await using undo = new AsyncDisposableStack()
  const t = undo.use(await openTestApp())
  const folder = await mkdtemp(join(tmpdir(), 'atelier-archives-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const app = await createApp({
    ...{ log: silentLog, version: '0', trustProxy: false },
    origins: createOrigins({ host: '127.0.0.1', publicUrl: undefined }),
  })
  undo.defer(() => app.close())
  const { projects, accounts } = t
  registerArchiveRoutes(app, { projects, accounts, importer: await createImporter(projects, join(folder, 'incoming')) })
  const { userId, authorization } = await t.guest()
  const newProject = async () => {
    const { id } = await projects.createProject(userId, 'A "project" / with: signs')
    const url = `/api/v1/projects/${id}/zip`
    return {
      id,
      load: (payload: Buffer, query = '', as = authorization) =>
        app.inject({
          ...{ method: 'POST', url: url + query, payload },
          headers: { authorization: as, 'content-type': 'application/zip' },
        }),
      fetch: (as = authorization, query = '') => app.inject({ method: 'GET', url: url + query, headers: { authorization: as } }),
      save: (path: string, content: string | Buffer) => projects.saveFile(id, userId, path, Buffer.from(content)),
      read: async (path: string) => (await projects.readFile(id, userId, path)).content,
      names: async () => FileTree.parse(await projects.openTree(id, userId)).items.map(({ path }) => path),
    }
  }
  const kept = undo.move()
  return {
    ...{ t, newProject },
    leftOver: () => readdir(join(folder, 'incoming')),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

const refusalOf = (answer: { json(): unknown }): Problem => Problem.parse(answer.json())

test('a project that is downloaded and imported into another is the same byte for byte', async () => {
  await using archives = await openArchives()
  const [from, to] = [await archives.newProject(), await archives.newProject()]
  const files: Record<string, Buffer> = {
    'main.py': Buffer.from('print("héllo")\n'),
    'deep/er/empty.txt': Buffer.alloc(0),
    'inline.bin': randomBytes(20_000),
    'blob.bin': randomBytes(300_000),
    'Ünï côdé/日本.txt': Buffer.from('日本\r\n'),
  }
  for (const [path, content] of Object.entries(files)) await from.save(path, content)
  const answer = await from.fetch()
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'application/zip')
  assert.match(
    String(answer.headers['content-disposition']),
    /attachment; filename\*=UTF-8''A%20-project-%20-%20with-%20signs\.zip/,
  )
  const imported = await to.load(answer.rawPayload)
  assert.deepEqual(ArchiveImported.parse(imported.json()), { files: 5, folders: 0, kept: [] })
  for (const [path, content] of Object.entries(files)) assert.ok((await to.read(path)).equals(content), path)
  assert.deepEqual(await to.names(), await from.names())
  assert.deepEqual(await archives.leftOver(), [])
})

test('a folder is downloaded under its own name with all that is in it; what is no folder is not found', async () => {
  await using o = await openArchives()
  const [from, to] = [await o.newProject(), await o.newProject()]
  for (const path of ['src/lib/a.txt', 'src/lib/deep/b.txt', 'src/library.txt', 'lib.txt']) await from.save(path, path)
  const zip = await from.fetch(undefined, '?folder=src%2Flib')
  assert.match(String(zip.headers['content-disposition']), /lib\.zip$/)
  assert.equal(zip.headers['x-content-type-options'], 'nosniff')
  assert.equal((await to.load(zip.rawPayload)).statusCode, 200)
  assert.deepEqual(await to.names(), ['lib', 'lib/a.txt', 'lib/deep', 'lib/deep/b.txt'])
  assert.equal(String(await to.read('lib/deep/b.txt')), 'src/lib/deep/b.txt')
  for (const [folder, code] of [
    ['nothing', 'not-found'],
    ['lib.txt', 'not-found'],
    ['../x', 'invalid-path'],
  ] as const)
    assert.equal(Problem.parse((await from.fetch(undefined, `?folder=${encodeURIComponent(folder)}`)).json()).code, code)
})

test('empty folders come along, what desktops add is left out, and decomposed letters are composed', async () => {
  await using archives = await openArchives()
  const project = await archives.newProject()
  const zip = await zipOf({ 'a/b/': null, '__MACOSX/x': 'x', 'c/.DS_Store': 'x', 'cafe\u0301.txt': 'x' })
  assert.equal((await project.load(zip, '?into=box')).statusCode, 200)
  assert.deepEqual(await project.names(), ['box', 'box/a', 'box/a/b', 'box/caf\u00e9.txt'])
})

test('files that exist already are refused together, or replaced, or kept, as is asked', async () => {
  await using archives = await openArchives()
  const project = await archives.newProject()
  await project.save('a.txt', 'old')
  const zip = await zipOf({ 'a.txt': 'new', 'b.txt': 'new' })
  const refused = refusalOf(await project.load(zip))
  assert.equal(refused.code, 'already-exists')
  assert.deepEqual(await project.names(), ['a.txt'])
  assert.deepEqual((await project.load(zip, '?conflicts=keep')).json(), { files: 1, folders: 0, kept: ['a.txt'] })
  assert.equal(String(await project.read('a.txt')), 'old')
  assert.deepEqual((await project.load(zip, '?conflicts=replace')).json(), { files: 2, folders: 0, kept: [] })
  assert.equal(String(await project.read('a.txt')), 'new')
})

test('an archive that would leave the project, hide, link or lie is refused with a sentence, and nothing of it is imported', async () => {
  await using archives = await openArchives()
  const project = await archives.newProject()
  const good = await zipOf({ 'fine.txt': 'x', 'aa/evil.txt': 'x'.repeat(500) })
  const many: Record<string, string> = {}
  for (let count = 0; count < 10_001; count++) many[`f${count}`] = ''
  const hostile: Record<string, [Buffer, string, RegExp]> = {
    slip: [altered(good, 'aa/evil', '../evil'), 'invalid-archive', /\.\.\/evil/],
    absolute: [altered(good, 'aa/evil', '/a/evil'), 'invalid-archive', /\/a\/evil/],
    backslash: [altered(good, 'aa/evil', 'a\\\\evil'), 'invalid-archive', /read/],
    'control character': [altered(good, 'aa/evil', 'a\u0007/evil'), 'invalid-path', /control/],
    double: [altered(await zipOf({ 'a.txt': '1', 'b.txt': '2' }), 'b.txt', 'a.txt'), 'invalid-archive', /more than once/],
    'file as folder': [altered(await zipOf({ 'xx.txt': '1', 'a/b': '2' }), 'xx.txt', 'a\u0000.txt'), 'invalid-path', /control/],
    link: [await zipOf({ link: '/etc/passwd' }, 0o120777), 'invalid-archive', /symbolic link/],
    device: [await zipOf({ disk: '' }, 0o060666), 'invalid-archive', /neither/],
    'no zip': [Buffer.from('hello'), 'invalid-archive', /read/],
    cut: [good.subarray(0, good.length - 30), 'invalid-archive', /read/],
    many: [await zipOf(many), 'too-large', /10000/],
    'more than the old form of zip can count': [zipOfEmpty(66_000), 'too-large', /10000/],
    'large file': [await zipOf({ 'zeros.bin': Buffer.alloc(33 * 1024 * 1024) }), 'too-large', /32 MB/],
    empty: [Buffer.alloc(0), 'invalid-archive', /read/],
  }
  for (const [name, [zip, code, detail]] of Object.entries(hostile)) {
    const answer = await project.load(zip)
    const refused = refusalOf(answer)
    assert.equal(refused.code, code, `${name}: ${answer.body}`)
    assert.match(refused.detail, detail, name)
    assert.deepEqual(await project.names(), [], name)
  }
  assert.deepEqual(await archives.leftOver(), [])
})

test('a file that unpacks to more than its archive says is not stored', async () => {
  await using archives = await openArchives()
  const project = await archives.newProject()
  const zip = await zipOf({ 'bomb.bin': Buffer.alloc(1_000_000) })
  const size = Buffer.alloc(4)
  size.writeUInt32LE(1_000_000)
  const small = Buffer.alloc(4)
  small.writeUInt32LE(100)
  const refused = refusalOf(await project.load(altered(zip, size.toString('latin1'), small.toString('latin1'))))
  assert.equal(refused.code, 'invalid-archive')
  assert.match(refused.detail, /too many bytes/)
  assert.deepEqual(await project.names(), [])
})

test('the archive of a project that is not yours is not found, in either direction', async () => {
  await using archives = await openArchives()
  const project = await archives.newProject()
  await project.save('secret.txt', 'x')
  const { authorization } = await archives.t.guest()
  assert.equal(refusalOf(await project.fetch(authorization)).code, 'not-found')
  assert.equal(refusalOf(await project.load(await zipOf({ 'a.txt': 'x' }), '', authorization)).code, 'not-found')
  assert.deepEqual(await project.names(), ['secret.txt'])
})
