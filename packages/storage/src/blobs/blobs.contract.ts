/** What every driver of blobs promises. A driver's test file calls this once. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { BlobFault, type Blobs, BlobTooLarge } from './blobs.ts'

export const megabyte = 1024 * 1024

export type OpenedBlobs = { readonly blobs: Blobs; [Symbol.asyncDispose](): Promise<void> }

/** The bytes, cut into chunks of the given size. */
export async function* chunksOf(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export const shaOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** `open` gives an empty store that takes the time from `now`. */
export function blobsContract(driver: string, open: (now: () => number) => Promise<OpenedBlobs>): void {
  const clock = { ms: Date.UTC(2026, 0, 1), now: () => clock.ms }

  test(`${driver}: what was put is read back under its SHA-256, whatever its length`, async () => {
    await using opened = await open(clock.now)
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const bytes = randomBytes(length)
      assert.deepEqual(await opened.blobs.put(chunksOf(bytes), megabyte), { sha256: shaOf(bytes), sizeBytes: length })
      assert.deepEqual(await opened.blobs.readAll(shaOf(bytes)), bytes)
      const { sizeBytes, stream } = await opened.blobs.read(shaOf(bytes))
      assert.equal(sizeBytes, length)
      assert.deepEqual(Buffer.concat(await stream.toArray()), bytes)
    }
  })

  test(`${driver}: contents survive whatever way they are cut into chunks`, async () => {
    await using opened = await open(clock.now)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 }), async (chunks) => {
        const whole = Buffer.concat(chunks)
        const { sha256 } = await opened.blobs.put(
          (async function* () {
            yield* chunks
          })(),
          megabyte,
        )
        assert.deepEqual(await opened.blobs.readAll(sha256), whole)
      }),
      { numRuns: 25 },
    )
  })

  test(`${driver}: the same content put at the same time by many is kept and can be read`, async () => {
    await using opened = await open(clock.now)
    const bytes = randomBytes(150_000)
    const infos = await Promise.all(Array.from({ length: 8 }, () => opened.blobs.put(chunksOf(bytes), megabyte)))
    assert.deepEqual(new Set(infos.map((info) => info.sha256)), new Set([shaOf(bytes)]))
    assert.deepEqual(await opened.blobs.readAll(shaOf(bytes)), bytes)
  })

  test(`${driver}: more bytes than allowed are refused, and the content is not kept`, async () => {
    await using opened = await open(clock.now)
    const bytes = randomBytes(100_001)
    await assert.rejects(opened.blobs.put(chunksOf(bytes), 100_000), BlobTooLarge)
    await assert.rejects(opened.blobs.readAll(shaOf(bytes)), BlobFault)
  })

  test(`${driver}: a source that fails keeps nothing and its error comes through`, async () => {
    await using opened = await open(clock.now)
    const bytes = randomBytes(100_000)
    const failing = async function* () {
      yield* chunksOf(bytes)
      throw new Error('the client went away')
    }
    await assert.rejects(opened.blobs.put(failing(), megabyte), /the client went away/)
    await assert.rejects(opened.blobs.readAll(shaOf(bytes)), BlobFault)
  })

  test(`${driver}: a blob that was never put, or is no SHA-256 at all, is a clear fault`, async () => {
    await using opened = await open(clock.now)
    for (const name of [shaOf(Buffer.from('nobody put me')), '../../etc/passwd', ''])
      await assert.rejects(
        async () => opened.blobs.read(name),
        (error) => error instanceof BlobFault && error.reason === 'missing',
      )
  })

  test(`${driver}: a sweep removes only what is unused and old enough`, async () => {
    await using opened = await open(clock.now)
    const [used, unused] = [randomBytes(1000), randomBytes(1000)]
    for (const bytes of [used, unused]) await opened.blobs.put(chunksOf(bytes), megabyte)
    const usedAmong = async (asked: readonly string[]) => new Set(asked.filter((sha) => sha === shaOf(used)))
    clock.ms += 59_000
    assert.equal(await opened.blobs.sweep(usedAmong, 60_000), 0)
    clock.ms += 2000
    assert.equal(await opened.blobs.sweep(usedAmong, 60_000), 1)
    assert.deepEqual(await opened.blobs.readAll(shaOf(used)), used)
    await assert.rejects(opened.blobs.readAll(shaOf(unused)), BlobFault)
  })

  test(`${driver}: a content that is put again while a sweep is under way stays`, async () => {
    await using opened = await open(clock.now)
    const bytes = randomBytes(1000)
    await opened.blobs.put(chunksOf(bytes), megabyte)
    clock.ms += 61_000
    const usedAmong = async () => {
      await opened.blobs.put(chunksOf(bytes), megabyte)
      return new Set<string>()
    }
    assert.equal(await opened.blobs.sweep(usedAmong, 60_000), 0)
    assert.deepEqual(await opened.blobs.readAll(shaOf(bytes)), bytes)
  })
}
