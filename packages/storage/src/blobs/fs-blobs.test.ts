import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { blobsContract, chunksOf, megabyte, shaOf } from './blobs.contract.ts'
import { BlobFault } from './blobs.ts'
import { openFsBlobs } from './fs-blobs.ts'
import { KeyringRefusal } from './keyring.ts'

async function temporaryFolder() {
  const root = await mkdtemp(join(tmpdir(), 'atelier-blobs-'))
  const options = { folder: join(root, 'blobs'), keyFile: join(root, 'keys', 'blobs.json'), now: Date.now }
  const pathOf = (sha256: string) => join(options.folder, sha256.slice(0, 2), sha256)
  return { ...options, options, pathOf, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

blobsContract('files', async (now) => {
  const place = await temporaryFolder()
  return { blobs: await openFsBlobs({ ...place.options, now }), [Symbol.asyncDispose]: place[Symbol.asyncDispose] }
})

const isFault = (reason: BlobFault['reason']) => (error: unknown) => error instanceof BlobFault && error.reason === reason

test('nothing of the plain content can be found on the disk', async () => {
  await using place = await temporaryFolder()
  const blobs = await openFsBlobs(place.options)
  const secret = Buffer.from('the secret of the house '.repeat(10_000))
  const { sha256 } = await blobs.put(chunksOf(secret), megabyte)
  assert.ok(!(await readFile(place.pathOf(sha256))).includes('secret'))
})

test('the key file and the blobs are for the eyes of the server only', async () => {
  await using place = await temporaryFolder()
  const blobs = await openFsBlobs(place.options)
  const { sha256 } = await blobs.put(chunksOf(randomBytes(10)), megabyte)
  assert.equal((await stat(place.keyFile)).mode & 0o777, 0o600)
  assert.equal((await stat(place.pathOf(sha256))).mode & 0o777, 0o600)
  assert.equal((await stat(place.folder)).mode & 0o777, 0o700)
})

test('a blob with a single changed bit, wherever it is, is refused as damaged', async () => {
  await using place = await temporaryFolder()
  const blobs = await openFsBlobs(place.options)
  const { sha256 } = await blobs.put(chunksOf(randomBytes(70_000)), megabyte)
  const whole = await readFile(place.pathOf(sha256))
  for (const at of [0, 9, 20, 33, 50, 60, 40_000, 65_600, whole.length - 1]) {
    const changed = Buffer.from(whole)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    await writeFile(place.pathOf(sha256), changed)
    await assert.rejects(blobs.readAll(sha256), isFault('damaged'), `byte ${at}`)
  }
})

test('a blob that is cut short or has grown is refused before its first byte', async () => {
  await using place = await temporaryFolder()
  const blobs = await openFsBlobs(place.options)
  const { sha256 } = await blobs.put(chunksOf(randomBytes(70_000)), megabyte)
  const whole = await readFile(place.pathOf(sha256))
  for (const bytes of [
    whole.subarray(0, 0),
    whole.subarray(0, 30),
    whole.subarray(0, -1),
    Buffer.concat([whole, Buffer.alloc(1)]),
  ]) {
    await writeFile(place.pathOf(sha256), bytes)
    await assert.rejects(blobs.read(sha256), isFault('damaged'))
  }
})

test('one blob in the place of another is refused before its first byte', async () => {
  await using place = await temporaryFolder()
  const blobs = await openFsBlobs(place.options)
  const [one, other] = [randomBytes(70_000), randomBytes(70_000)]
  for (const bytes of [one, other]) await blobs.put(chunksOf(bytes), megabyte)
  await rename(place.pathOf(shaOf(other)), place.pathOf(shaOf(one)))
  await assert.rejects(blobs.read(shaOf(one)), isFault('damaged'))
})

test('a blob whose length shows that it is damaged is healed by putting its content again', async () => {
  await using place = await temporaryFolder()
  const blobs = await openFsBlobs(place.options)
  const bytes = randomBytes(1000)
  const { sha256 } = await blobs.put(chunksOf(bytes), megabyte)
  await writeFile(place.pathOf(sha256), 'broken')
  await blobs.put(chunksOf(bytes), megabyte)
  assert.deepEqual(await blobs.readAll(sha256), bytes)
})

test('after a key was replaced, new blobs take the new key and old ones are still read', async () => {
  await using place = await temporaryFolder()
  const old = randomBytes(1000)
  await (await openFsBlobs(place.options)).put(chunksOf(old), megabyte)
  const ring = JSON.parse(await readFile(place.keyFile, 'utf8')) as { keys: Record<string, string> }
  const keys = { ...ring.keys, '00112233aabbccdd': randomBytes(32).toString('base64') }
  await writeFile(place.keyFile, JSON.stringify({ current: '00112233aabbccdd', keys }))
  const blobs = await openFsBlobs(place.options)
  const fresh = randomBytes(1000)
  const { sha256 } = await blobs.put(chunksOf(fresh), megabyte)
  assert.deepEqual(await blobs.readAll(shaOf(old)), old)
  assert.deepEqual(await blobs.readAll(sha256), fresh)
  assert.equal((await readFile(place.pathOf(sha256))).toString('hex', 8, 16), '00112233aabbccdd')
})

test('when blobs exist and their keys are gone or damaged, the store does not open and says what to restore', async () => {
  await using place = await temporaryFolder()
  await (await openFsBlobs(place.options)).put(chunksOf(randomBytes(10)), megabyte)
  await writeFile(place.keyFile, '{"current":"x","keys":{}}')
  await assert.rejects(openFsBlobs(place.options), KeyringRefusal)
  await rm(place.keyFile)
  await assert.rejects(openFsBlobs(place.options), /Restore that file from a backup/)
})

test('after kill -9 in the middle of many writes, what was acknowledged is whole and no part of anything is left', async () => {
  await using place = await temporaryFolder()
  for (let cycle = 0; cycle < 4; cycle++) {
    const acknowledged = await writeUntilKilled(place.options, 5)
    assert.ok(acknowledged.length >= 5)
    const blobs = await openFsBlobs(place.options)
    for (const sha256 of acknowledged) assert.equal(shaOf(await blobs.readAll(sha256)), sha256)
    const names = (await readdir(place.folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    for (const { name } of names) assert.equal(shaOf(await blobs.readAll(name)), name, 'every name stands for its whole content')
  }
})

/** Starts a process that puts blobs and prints each one that was acknowledged; kills it after some. */
async function writeUntilKilled(options: { folder: string; keyFile: string }, wanted: number): Promise<string[]> {
  const writer = join(import.meta.dirname, 'fixtures', 'blob-writer.ts')
  const child: ChildProcess = spawn(process.execPath, [writer, options.folder, options.keyFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  if (child.stdout === null) throw new Error('the writer has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === wanted) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return acknowledged
}
