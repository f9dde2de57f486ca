/** Backups as an ordinary user, without root: made beside their server, restored by them, and by root who helps them. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { BackupRefusal } from '@atelier/storage/backup/refusal'
import { verifyBackup } from '@atelier/storage/backup/verify'
import fc from 'fast-check'
import { Guest } from './guest.ts'
import { byOrdinaryUser, fullDisk, isRoot, ordinaryFolder, ordinaryUid } from './ordinary-user.ts'
import { projectFolder, type ServerUnderTest, startServer } from './server-under-test.ts'

const { path: home, remove } = await ordinaryFolder()
after(remove)
const dataFolder = join(home, 'data')
const backups = join(home, 'backups')
const large = randomBytes(300_000)
const shaOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

type Said = { readonly code: number | null; readonly said: string }

async function said([command, args]: readonly [string, readonly string[]]): Promise<Said> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: home, TMPDIR: tmpdir() },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      text += bytes
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said: text }
}

const byUser = (...args: string[]) => said(byOrdinaryUser('atelier', args))
const byRoot = (...args: string[]) => said([join(projectFolder, 'atelier'), args])
const done = ({ code, said }: Said): void => assert.equal(code, 0, said)
const refused = ({ code, said }: Said, sentence: RegExp): void => {
  assert.equal(code, 125, said)
  assert.match(said, sentence)
  assert.doesNotMatch(said, /\n\s+at /)
}

const serverOfUser = (): Promise<ServerUnderTest> =>
  startServer({
    ...{ dataFolder, startedBy: byOrdinaryUser },
    environment: { HOME: home, ATELIER_TOOLCHAIN_FOLDER: join(home, 'toolchain') },
  })

/** Every file below, with who owns it. */
async function foreignFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const owners = await Promise.all(
    names.map(async (name) => ((await stat(join(folder, name))).uid === ordinaryUid ? [] : [name])),
  )
  return owners.flat()
}

let [file, id, token] = ['', '', '']

/** On this server all is there, and more can be saved. */
async function seeAll(server: ServerUnderTest): Promise<void> {
  const guest = new Guest(server.url, token)
  const read = async (path: string): Promise<Buffer> =>
    Buffer.from(await (await guest.ask(`/api/v1/projects/${id}/files/${path}`)).arrayBuffer())
  assert.equal(shaOf(await read('large.bin')), shaOf(large))
  assert.equal((await read('main.py')).toString(), 'print(2)\n')
  const history = await guest.ask(`/api/v1/projects/${id}/history/main.py`)
  assert.ok(((await history.json()) as { items: object[] }).items.length >= 1)
  const saved = await guest.ask(`/api/v1/projects/${id}/files/new.bin`, { method: 'PUT', body: randomBytes(100_000) })
  assert.equal(saved.status, 201, await saved.text())
}

test('an ordinary user backs up beside their server, loses the data folder, restores it, and goes on', async () => {
  const server = await serverOfUser()
  try {
    const guest = await Guest.of(server)
    token = guest.token
    id = ((await (await guest.ask('/api/v1/projects', { json: { name: 'Mine' } })).json()) as { id: string }).id
    for (const [path, body] of [
      ['large.bin', large],
      ['main.py', 'print(1)\n'],
      ['main.py', 'print(2)\n'],
    ] as const)
      assert.ok((await guest.ask(`/api/v1/projects/${id}/files/${path}`, { method: 'PUT', body })).ok)
    done(await byUser('backup', '--data', dataFolder, '--to', `${backups}/`))
    file = join(backups, (await readdir(backups))[0] ?? '')
    const { mode, uid } = await stat(file)
    assert.deepEqual([mode & 0o777, uid], [0o600, ordinaryUid])
    refused(await byUser('restore', '--data', dataFolder, '--replace', file), /is using .* Stop it first/)
  } finally {
    await server.end('SIGTERM')
  }
  await rename(dataFolder, join(home, 'destroyed'))
  done(await byUser('restore', '--data', dataFolder, file))
  assert.deepEqual(await foreignFiles(dataFolder), [])
  await using again = await serverOfUser()
  await seeAll(again)
})

test('root may help: a backup or a restore by root leaves a data folder that its ordinary user starts on', async (t) => {
  if (!isRoot) return t.diagnostic('only root can help somebody else')
  const fromStopped = join(home, 'by-root.tar.zst')
  done(await byRoot('backup', '--data', dataFolder, '--to', fromStopped))
  assert.deepEqual(await foreignFiles(dataFolder), [])
  done(await byRoot('restore', '--data', dataFolder, '--replace', file))
  assert.deepEqual(await foreignFiles(dataFolder), [])
  assert.equal((await readdir(dataFolder)).filter((name) => name.startsWith('replaced-')).length, 1)
  {
    await using server = await serverOfUser()
    await seeAll(server)
  }
  // The same file on a machine where the server is root's.
  const rootsHome = mkdtempSync(join(tmpdir(), 'atelier-root-'))
  t.after(() => rmSync(rootsHome, { recursive: true }))
  await chmod(rootsHome, 0o711)
  const roots = join(rootsHome, 'data')
  done(await byRoot('restore', '--data', roots, file))
  {
    await using server = await startServer({ dataFolder: roots })
    await seeAll(server)
  }
  await assert.rejects(
    startServer({ dataFolder: roots, startedBy: byOrdinaryUser }),
    /Atelier cannot start\. .*\/data\/.* may not be used by the account that this runs as .*Start as the account/,
  )
  refused(await byUser('backup', '--verify', fromStopped), /may not be read\. Only who made a backup, and root, may/)
  refused(
    await byUser('restore', '--data', join(home, 'other'), fromStopped),
    /may not be read\. Only who made a backup, and root, may/,
  )
  refused(await byUser('backup', '--data', roots, '--to', `${backups}/`), /Only who owns the data folder, and root, may do this/)
})

test('a place that may not be written to, and a full disk, are told of in a sentence, and nothing is left there', async (t) => {
  if (!isRoot) return t.diagnostic('without root there is no folder of somebody else, and no full disk')
  const closed = join(home, 'closed')
  await mkdir(closed, { mode: 0o755 })
  for (const to of [join(closed, 'mine.tar.zst'), `${join(closed, 'new')}/`])
    refused(
      await byUser('backup', '--data', dataFolder, '--to', to),
      /Nothing can be written into .*closed.* Give another place with --to/,
    )
  refused(await byUser('restore', '--data', join(closed, 'data'), file), /Only who owns the data folder, and root, may do this/)
  assert.deepEqual(await readdir(closed), [])
  refused(
    await byUser('backup', '--data', dataFolder, '--to', `${fullDisk}/`),
    /The disk of \/mnt\/full has .* free, and about .* are needed/,
  )
  refused(
    await byUser('restore', '--data', `${fullDisk}/data`, file),
    /The disk of \/mnt\/full\/data has .* free, and about .* are needed/,
  )
})

test('a real backup that lost any of what it holds, or of which a bit is turned, is never taken for whole', async () => {
  const { signal } = new AbortController()
  const packed = await readFile(file)
  const plain = zstdDecompressSync(packed)
  // Node's packer may end with an empty frame: without any of it the file is whole too.
  const empty = zstdCompressSync(Buffer.alloc(0), { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  const frameEnd = packed.length - (packed.subarray(-empty.length).equals(empty) ? empty.length : 0)
  const broken = join(home, 'broken.tar.zst')
  const isRefused = async (bytes: Buffer): Promise<void> => {
    await writeFile(broken, bytes)
    await assert.rejects(verifyBackup({ file: broken, signal }), BackupRefusal)
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(frameEnd - 1), (length) => isRefused(packed.subarray(0, length))),
    { numRuns: 15 },
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(packed.length - 1), fc.nat(7), async (at, bit) => {
      const changed = Buffer.from(packed)
      changed[at] = (changed[at] ?? 0) ^ (1 << bit)
      // A few bits of the packed form mean nothing: the same bytes come out.
      if (!unpacksTo(changed, plain)) await isRefused(changed)
    }),
    { numRuns: 15 },
  )
  await writeFile(broken, packed.subarray(0, packed.length >> 1))
  refused(await byRootOrUser('backup', '--verify', broken), /is not a whole backup: it is cut short, damaged, or something else/)
})

const byRootOrUser = isRoot ? byRoot : byUser

function unpacksTo(packed: Buffer, plain: Buffer): boolean {
  try {
    return zstdDecompressSync(packed).equals(plain)
  } catch {
    return false
  }
}
