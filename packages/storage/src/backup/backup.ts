/**
 * Backups: everything that people would miss, of one moment, in one file, while the server runs.
 *
 *   manifest ─ keys ─ tables, as COPY gives them ─ blobs, sealed as they lie ─ what it all was, and its SHA-256
 *
 * The order matters: blobs come after the snapshot of the tables, because a row never names a blob that was not there before it.
 */
import { readdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exists, type Written, writeBackup } from './backup-file.ts'
import { type BlobCounts, bytesOfBlobs, copyBlobs } from './copy-blobs.ts'
import { openSnapshot, type Snapshot, type TableCounts } from './dump.ts'
import { type BackupEnd, entryKind, formatVersion, hostFile, type Manifest, schemaOf } from './manifest.ts'
import { BackupRefusal } from './refusal.ts'
import type { Entry } from './tar.ts'

export type BackupOptions = {
  readonly connectionString: string
  /** Blobs in `blobs`, their keys in `keys`. */
  readonly dataFolder: string
  readonly file: string
  readonly atelier: string
  readonly contents: Manifest['contents']
  readonly withKeys: boolean
  readonly now: Date
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** `doneBytes` may pass `guessedBytes`: what is not yet copied is only guessed. */
export type Progress = { readonly doing: 'tables' | 'blobs'; readonly doneBytes: number; readonly guessedBytes: number }

export type MadeBackup = Written & {
  readonly file: string
  readonly schema: number
  readonly rows: number
  readonly blobs: number
  readonly missingBlobs: readonly string[]
  readonly missingBlobCount: number
}

/** @throws BackupRefusal when the person who hosts has to do something first; then there is no file */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { file, dataFolder } = options
  if ((await stat(file).catch(() => null)) !== null) throw exists(file)
  const blobFolder = join(dataFolder, 'blobs')
  await using stack = new AsyncDisposableStack()
  const snapshot = await openSnapshot(options.connectionString)
  stack.defer(() => snapshot.close().catch(() => {}))
  const blobBytes = options.contents === 'everything' ? await bytesOfBlobs(blobFolder) : 0
  await refuseFullDisk(dirname(file), blobBytes + snapshot.tableBytes / 4)
  const manifest: Manifest = {
    ...{ format: 'atelier backup', formatVersion, atelier: options.atelier, madeAt: options.now.toISOString() },
    ...{ contents: options.contents, withKeys: options.withKeys && options.contents === 'everything' },
    ...{ migrations: snapshot.migrations, tables: snapshot.tables, partitions: snapshot.partitions },
  }
  let end: Omit<BackupEnd, 'sha256'> | undefined
  const entries = async function* (): AsyncGenerator<Entry, Omit<BackupEnd, 'sha256'>> {
    end = yield* everything(options, snapshot, manifest, blobBytes)
    return end
  }
  const written = await writeBackup(file, manifest, entries(), options.signal)
  if (end === undefined) throw new Error('a backup that was written has an end')
  const rows = Object.values(end.rows).reduce((sum, count) => sum + count, 0)
  const { blobs, missingBlobs, missingBlobCount } = end
  return { ...written, file, schema: schemaOf(manifest), rows, blobs, missingBlobs, missingBlobCount }
}

async function* everything(
  { dataFolder, onProgress = () => {} }: BackupOptions,
  snapshot: Snapshot,
  { contents, withKeys }: Manifest,
  blobBytes: number,
): AsyncGenerator<Entry, Omit<BackupEnd, 'sha256'>> {
  const counts: TableCounts & BlobCounts = { rows: {}, tableBytes: 0, blobs: 0, blobBytes: 0 }
  const guessedBytes = snapshot.tableBytes + blobBytes
  if (withKeys) yield* smallFiles(join(dataFolder, 'keys'), 'keys')
  if (contents === 'everything') yield* smallFiles(dataFolder, 'host')
  for await (const entry of snapshot.copyTables(counts)) {
    yield entry
    onProgress({ doing: 'tables', doneBytes: counts.tableBytes, guessedBytes })
  }
  const missing = contents === 'everything' ? await snapshot.usedBlobs() : new Set<string>()
  if (contents === 'everything')
    for await (const entry of copyBlobs(join(dataFolder, 'blobs'), missing, counts)) {
      yield entry
      onProgress({ doing: 'blobs', doneBytes: counts.tableBytes + counts.blobBytes, guessedBytes })
    }
  const sequences = await snapshot.sequences()
  return { ...counts, sequences, missingBlobs: [...missing].slice(0, 20), missingBlobCount: missing.size }
}

async function* smallFiles(folder: string, kind: 'keys' | 'host'): AsyncGenerator<Entry> {
  const names = (await readdir(folder).catch(() => [])).filter((name) =>
    kind === 'host' ? name === hostFile : name.endsWith('.json'),
  )
  for (const name of names.sort()) {
    const bytes = await readFile(join(folder, name))
    entryKind(`${kind}/${name}`)
    yield { name: `${kind}/${name}`, sizeBytes: bytes.length, bytes }
  }
}

/** What it needs is a guess: who guesses wrong is told by the disk itself. */
export async function refuseFullDisk(folder: string, neededBytes: number): Promise<void> {
  const disk = await statfs(folder).catch((cause) => {
    throw new BackupRefusal('not-possible', `There is no folder ${folder}. Make it, or write to another place.`, { cause })
  })
  const freeBytes = disk.bavail * disk.bsize
  if (freeBytes >= neededBytes) return
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`
  throw new BackupRefusal(
    'no-room',
    `The disk of ${folder} has ${megabytes(freeBytes)} free, and about ${megabytes(neededBytes)} are needed. Make room, or take another place.`,
  )
}

/** The name that a backup gets when only its folder was given. It sorts by time. */
export const backupName = (now: Date): string => `atelier-${stampOf(now)}.tar.zst`
export const backupNames = /^atelier-\d{8}-\d{6}\.tar\.zst$/
export const stampOf = (now: Date): string => now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')

/** Removes the oldest files of the folder with such names, which sort by time; resolves with those it removed. */
export async function keepNewest(folder: string, count: number, names: RegExp): Promise<string[]> {
  const found = (await readdir(folder)).filter((name) => names.test(name)).sort()
  const old = found.slice(0, Math.max(0, found.length - count))
  for (const name of old) await rm(join(folder, name))
  return old
}
