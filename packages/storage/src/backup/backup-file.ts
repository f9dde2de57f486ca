/** A backup as one file: entries in a tar, packed with zstd, whole or not there. It holds secrets: only its owner may read it. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress, zstdCompressSync } from 'node:zlib'
import { type BackupEnd, endName, type Manifest, manifestName, mostJsonBytes, parseManifest } from './manifest.ts'
import { BackupRefusal } from './refusal.ts'
import { type Entry, TarReader, tarEnd, tarEntry } from './tar.ts'

const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 }

export type Written = { readonly sizeBytes: number; readonly sha256: string }

/**
 * Writes the file under another name and gives it its own when all of it is on the disk. `entries` is read as fast as it can be
 * written, and returns what the end says. @throws BackupRefusal when something has the name already, or when the disk is full
 */
export async function writeBackup(
  file: string,
  manifest: Manifest,
  entries: AsyncGenerator<Entry, Omit<BackupEnd, 'sha256'>>,
  signal: AbortSignal,
): Promise<Written> {
  const unfinished = join(dirname(file), `.${basename(file)}.${process.pid}.unfinished`)
  const sum = createHash('sha256')
  let sizeBytes = 0
  const counting = new Transform({
    transform(bytes: Buffer, _, done) {
      sum.update(bytes)
      sizeBytes += bytes.length
      done(null, bytes)
    },
  })
  try {
    const plain = Readable.from(tarOf(manifest, entries), { objectMode: false })
    await pipeline(plain, createZstdCompress({ params }), counting, createWriteStream(unfinished, { flags: 'wx', mode: 0o600 }), {
      signal,
    })
    await syncPath(unfinished)
    await publish(unfinished, file)
    return { sizeBytes, sha256: sum.digest('hex') }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new BackupRefusal(
        'no-room',
        `The disk of ${dirname(file)} is full; nothing was kept. Make room, or write to another place with --to.`,
      )
    throw mayNotWrite(error, dirname(file)) ?? error
  } finally {
    await rm(unfinished, { force: true }).catch(() => {})
  }
}

/** null: it is something else. */
export function mayNotWrite(error: unknown, folder: string): BackupRefusal | null {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') return null
  const why = code === 'EROFS' ? 'the disk of it is mounted read-only' : 'the account that this runs as may not write there'
  return new BackupRefusal(
    'not-possible',
    `Nothing can be written into ${folder}: ${why}. Give another place with --to, or allow it.`,
    { cause: error },
  )
}

async function* tarOf(manifest: Manifest, entries: AsyncGenerator<Entry, Omit<BackupEnd, 'sha256'>>): AsyncGenerator<Uint8Array> {
  const sum = createHash('sha256')
  async function* summed(entry: Entry): AsyncGenerator<Uint8Array> {
    for await (const piece of tarEntry(entry)) {
      sum.update(piece)
      yield piece
    }
  }
  yield* summed(jsonEntry(manifestName, manifest))
  try {
    for (;;) {
      const { value, done } = await entries.next()
      if (done) {
        yield* tarEntry(jsonEntry(endName, { ...value, sha256: sum.digest('hex') }))
        yield tarEnd()
        return
      }
      yield* summed(value)
    }
  } finally {
    // Whoever gives up in the middle of it gives the entries up too.
    await entries.return(undefined as never).catch(() => {})
  }
}

function jsonEntry(name: string, json: object): Entry {
  const bytes = Buffer.from(`${JSON.stringify(json)}\n`)
  return { name, sizeBytes: bytes.length, bytes }
}

/** A link, unlike a rename, never replaces what is there; where there are no links, a look must do. */
async function publish(unfinished: string, file: string): Promise<void> {
  try {
    await link(unfinished, file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EEXIST' || (await stat(file).catch(() => null)) !== null) throw exists(file)
    await rename(unfinished, file)
  }
  await syncPath(dirname(file))
}

export const exists = (file: string): BackupRefusal =>
  new BackupRefusal('occupied', `${file} is there already, and a backup replaces nothing. Give another name with --to.`)

async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

export type OpenedBackup = { readonly manifest: Manifest; readonly entries: TarReader; close(): void }

/** Reads the manifest; the entries behind it are the caller's to read. @throws BackupRefusal when this is no backup */
export async function openBackup(file: string): Promise<OpenedBackup> {
  const stream = createReadStream(file, { highWaterMark: 256 * 1024 })
  const plain = stream.pipe(createZstdDecompress())
  stream.on('error', (error) => plain.destroy(error))
  const entries = new TarReader(explained(plain, file, () => plain.bytesWritten))
  const close = (): void => {
    stream.destroy()
    plain.destroy()
  }
  try {
    const first = await entries.next()
    if (first?.name !== manifestName) throw new BackupRefusal('damaged', `${file} is no backup of Atelier.`)
    return { manifest: parseManifest(await entries.whole(first.sizeBytes, mostJsonBytes)), entries, close }
  } catch (error) {
    close()
    throw error
  }
}

async function* explained(plain: AsyncIterable<Uint8Array>, file: string, readBytes: () => number): AsyncGenerator<Uint8Array> {
  try {
    yield* plain
    // Whoever unpacks does not look at what follows the end of the packed bytes.
    if (!(await isNothing(file, readBytes())))
      throw new BackupRefusal('damaged', `${file} is not what was written: something follows its end.`)
  } catch (cause) {
    throw asRefusal(cause, file)
  }
}

/** Whether from there on the file holds nothing, or the empty frame that Node's packer may end with. */
async function isNothing(file: string, from: number): Promise<boolean> {
  await using handle = await open(file, 'r')
  const rest = Buffer.alloc(64)
  const { bytesRead } = await handle.read(rest, { position: from })
  return bytesRead === 0 || rest.subarray(0, bytesRead).equals(emptyFrame)
}

const emptyFrame = zstdCompressSync(Buffer.alloc(0), { params })

function asRefusal(cause: unknown, file: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOENT') return new BackupRefusal('not-possible', `There is no file ${file}.`, { cause })
  if (code === 'EISDIR')
    return new BackupRefusal('not-possible', `${file} is a folder. Give the file that "atelier backup" wrote.`, { cause })
  if (code === 'EACCES')
    return new BackupRefusal('not-possible', `${file} may not be read. Only who made a backup, and root, may.`, { cause })
  if (/^(ZSTD|Z_|ERR_ZLIB|ERR_ZSTD)/i.test(code))
    return new BackupRefusal('damaged', `${file} is not a whole backup: it is cut short, damaged, or something else.`, { cause })
  return cause
}
