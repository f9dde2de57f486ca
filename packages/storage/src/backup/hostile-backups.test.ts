import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { jsonEntry, manifest, pack, tarOf } from './fixtures/packed.ts'
import { BackupRefusal } from './refusal.ts'
import { verifyBackup } from './verify.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-backup-'))
})
after(() => rm(folder, { recursive: true }))

const { signal } = new AbortController()
const opened = (file: string) => verifyBackup({ file, signal })
const first = jsonEntry('manifest.json', manifest)
const bytesOf = (name: string, bytes: Buffer) => ({ name, sizeBytes: bytes.length, bytes })

async function verdictOn(tar: Buffer): Promise<unknown> {
  const file = join(folder, 'hostile.tar.zst')
  await pack(file, tar)
  return await opened(file).then(
    () => 'whole',
    (error) => (error instanceof BackupRefusal ? error.reason : error),
  )
}

test('a backup that is as it was written is whole', async () => {
  assert.equal(await verdictOn(await tarOf([first])), 'whole')
})

test('a backup with a name that leads out of it, or that no backup has, is refused', async () => {
  for (const name of [
    ...[
      '../../etc/passwd',
      'keys/../../../etc/cron.d/x.json',
      '/etc/passwd',
      'blobs/../x',
      'tables/users/../000001',
      'keys/.json',
    ],
    ...[
      `blobs/${'A'.repeat(64)}`,
      `blobs/${'a'.repeat(63)}`,
      'host/server.json',
      'keys/a/b.json',
      'postgres/x',
      'keys/x.json/',
      '',
    ],
    ...['tables/users', 'tables/users/1', 'tables/USERS/000001', 'tables/users;drop/000001', 'keys\\x.json', 'keys/\u0001.json'],
  ])
    assert.equal(await verdictOn(await tarOf([first, bytesOf(name, Buffer.from('x'))])), 'damaged', name)
})

test('a backup with links, folders, devices or long names in it is refused', async () => {
  for (const type of ['1', '2', '3', '4', '5', '6', '7', 'L', 'x', 'g', '\0']) {
    const tar = await tarOf([first, bytesOf('keys/blobs.json', Buffer.alloc(0))])
    const at = tar.indexOf('keys/blobs.json')
    tar.write(type, at + 156, 'latin1')
    rewriteSum(tar, at)
    assert.equal(await verdictOn(tar), 'damaged', type)
  }
})

test('what a backup says of itself must hold: its sum, its counts, its tables', async () => {
  const blob = bytesOf(`blobs/${'a'.repeat(64)}`, Buffer.from('x'))
  const counted = { blobs: 1, blobBytes: 1 }
  assert.equal(await verdictOn(await tarOf([first, blob], counted)), 'whole')
  for (const wrong of [
    { ...counted, blobs: 2 },
    { ...counted, blobBytes: 2 },
    { ...counted, tableBytes: 1 },
    { ...counted, sha256: 'b'.repeat(64) },
    {},
  ])
    assert.equal(await verdictOn(await tarOf([first, blob], wrong)), 'damaged', JSON.stringify(wrong))
  assert.equal(await verdictOn(await tarOf([first], null)), 'damaged')
  assert.equal(
    await verdictOn(await tarOf([first, bytesOf('tables/secrets/000001', Buffer.from('x\n'))], { tableBytes: 2 })),
    'damaged',
  )
  assert.equal(await verdictOn(await tarOf([first, bytesOf('keys/blobs.json', Buffer.from('{}'))])), 'damaged')
  assert.equal(await verdictOn(await tarOf([])), 'damaged')
  assert.equal(await verdictOn(Buffer.concat([await tarOf([first]), Buffer.alloc(512)])), 'damaged')
})

test('names and bounds in a manifest that would be more than names in SQL are refused', async () => {
  const partition = (bound: string, name = 'executions_1') => ({ partitions: [{ name, parent: 'executions', bound }] })
  const good = "FOR VALUES FROM ('019a0000-0000-0000-0000-000000000000') TO ('019b0000-0000-0000-0000-000000000000')"
  assert.equal(await verdictOn(await tarOf([jsonEntry('manifest.json', { ...manifest, ...partition(good) })])), 'whole')
  for (const wrong of [
    ...[
      partition(`${good}; DROP TABLE users`),
      partition("FOR VALUES FROM ('a') TO ('b')) ; --('"),
      partition(good, 'x" (y'),
      partition('DEFAULT;'),
    ],
    { tables: [{ name: 'users', columns: ['id) FROM PROGRAM'] }] },
    { tables: [{ name: 'pg_x"', columns: ['id'] }] },
    ...[{ migrations: [] }, { format: 'something else' }, { contents: 'half' }, { formatVersion: 'x' }],
  ])
    assert.equal(
      await verdictOn(await tarOf([jsonEntry('manifest.json', { ...manifest, ...wrong })])),
      'damaged',
      JSON.stringify(wrong),
    )
})

test('a backup in a form that only a newer Atelier reads is refused with that sentence', async () => {
  const file = join(folder, 'newer.tar.zst')
  await pack(file, await tarOf([jsonEntry('manifest.json', { ...manifest, formatVersion: 2, novelty: true })]))
  await assert.rejects(
    opened(file),
    (error) => error instanceof BackupRefusal && error.reason === 'newer' && /newer Atelier/.test(error.message),
  )
})

test('a backup that is cut short anywhere, or changed in any byte, or goes on after its end, is refused', async () => {
  const noise = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 7919) % 251))
  const tar = await tarOf([first, bytesOf('keys/other.json', noise)])
  const packed = zstdCompressSync(tar, checked)
  const file = join(folder, 'broken.tar.zst')
  const isRefused = async (bytes: Buffer) => {
    await writeFile(file, bytes)
    await assert.rejects(opened(file), BackupRefusal)
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(packed.length - 1), async (length) => isRefused(packed.subarray(0, length))),
    { numRuns: 60 },
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = Buffer.from(packed)
      changed[at] = (changed[at] ?? 0) ^ mask
      // A few bits of the packed form mean nothing: the same bytes come out.
      if (!unpacksTo(changed, tar)) await isRefused(changed)
    }),
    { numRuns: 150 },
  )
  await isRefused(Buffer.concat([packed, Buffer.from('x')]))
  await isRefused(Buffer.concat([packed, packed]))
})

test('what is no backup at all is refused with a sentence that says so', async () => {
  const cases: [string, string | Buffer | null, RegExp][] = [
    ['text', 'hello', /not a whole backup/],
    ['empty', '', /not a whole backup/],
    ['zip', Buffer.from('PK\x03\x04 and so on'), /not a whole backup/],
    ['packed text', zstdCompressSync(Buffer.from('hello'.repeat(1000))), /not a whole backup/],
    ['missing', null, /There is no file/],
  ]
  for (const [name, bytes, sentence] of cases) {
    const file = join(folder, name)
    if (bytes !== null) await writeFile(file, bytes)
    await assert.rejects(opened(file), (error) => error instanceof BackupRefusal && sentence.test(error.message), name)
  }
  await assert.rejects(opened(folder), /is a folder/)
})

test('a backup that unpacks to a thousand times its size is read in pieces, and refused', async () => {
  const bomb = { name: 'keys/blobs.json', sizeBytes: 200 * 1024 * 1024, bytes: zeros(200) }
  const { tarEntry } = await import('./tar.ts')
  const pieces: Uint8Array[] = []
  for await (const piece of tarEntry(first)) pieces.push(piece)
  for await (const piece of tarEntry(bomb)) pieces.push(piece)
  assert.equal(await verdictOn(Buffer.concat(pieces)), 'damaged')
})

async function* zeros(megabytes: number): AsyncGenerator<Uint8Array> {
  const megabyte = Buffer.alloc(1024 * 1024)
  for (let count = 0; count < megabytes; count += 1) yield megabyte
}

function unpacksTo(packed: Buffer, tar: Buffer): boolean {
  try {
    return zstdDecompressSync(packed).equals(tar)
  } catch {
    return false
  }
}

const checked = { params: { 201: 1 } }

/** Of the header that begins there. */
function rewriteSum(tar: Buffer, at: number): void {
  let sum = 8 * 0x20
  for (let index = 0; index < 512; index += 1) if (index < 148 || index >= 156) sum += tar[at + index] ?? 0
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
}
