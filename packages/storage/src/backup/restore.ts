/**
 * From a backup to a data folder that a server can start on. The file is read twice: once to see that it is whole and may be restored
 * here, then into `DATA/restoring`, checked again as it is read. Only when all of it is there does anything of before go out of the way.
 */
import { chmod, copyFile, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileLock } from '@atelier/base/file-lock'
import { silentLog } from '@atelier/base/log'
import { DatabaseRefusal } from '../db/database-refusal.ts'
import { lockFolder } from '../db/embedded/folder-lock.ts'
import { openEmbeddedPostgres } from '../db/embedded-postgres.ts'
import { type Migration, missingAfter } from '../db/migrations.ts'
import { refuseFullDisk } from './backup.ts'
import { openBackup } from './backup-file.ts'
import { Loader } from './load.ts'
import { entryKind, type Manifest, mostJsonBytes, parseEnd, schemaOf } from './manifest.ts'
import { BackupRefusal } from './refusal.ts'
import { abandonRestoring, beginRestoring, giveToOwner, type Part, swap, syncFolder } from './restoring.ts'
import type { TarReader } from './tar.ts'
import { blobKeys, type VerifiedBackup, verifyBackup } from './verify.ts'

export type RestoreOptions = {
  readonly file: string
  readonly dataFolder: string
  /** Of the server; null: its embedded PostgreSQL. */
  readonly databaseUrl: string | null
  readonly keyFile?: string | undefined
  /** What is there goes out of the way; otherwise only what is empty is restored into. */
  readonly replaces: boolean
  readonly migrations: readonly Migration[]
  /** Who does it, for the audit log of what is restored: an account of a machine. */
  readonly operator: string
  readonly now: Date
  readonly signal: AbortSignal
  readonly onProgress?: (progress: { readonly doing: 'checking' | 'restoring'; readonly readBytes: number }) => void
}

export type Restored = {
  readonly manifest: Manifest
  readonly rows: number
  readonly blobs: number
  /** How many migrations were applied to the rows after they were read. */
  readonly migrated: number
  /** Where what was there before is now; null when nothing was. */
  readonly aside: string | null
}

/** @throws BackupRefusal, DatabaseRefusal; then everything is as it was before */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, keyFile, dataFolder, signal, onProgress = () => {} } = options
  const verified = await verifyBackup({
    ...{ file, keyFile, signal },
    onProgress: (readBytes) => onProgress({ doing: 'checking', readBytes }),
  })
  const later = migrationsAfter(verified.manifest, options.migrations)
  refuseMissingKeys(verified)
  await mkdir(dataFolder, { recursive: true, mode: 0o711 })
  // As the server does it: under root the database has an account of its own, which must be able to pass through.
  if (process.geteuid?.() === 0) await chmod(dataFolder, ((await stat(dataFolder)).mode & 0o777) | 0o011)
  await using stack = new AsyncDisposableStack()
  const lock = await lockWholeFolder(options, verified.manifest)
  stack.defer(() => lock?.release())
  const { end } = verified
  await refuseFullDisk(dataFolder, end.blobBytes + (options.databaseUrl === null ? end.tableBytes * 1.5 + spareBytes : 0))
  const parts = await stage(options, verified, later)
  await giveToOwner(dataFolder)
  const aside = await swap(dataFolder, parts, options.now)
  const rows = Object.values(end.rows).reduce((sum, count) => sum + count, 0)
  return { manifest: verified.manifest, rows, blobs: end.blobs, migrated: later.length, aside }
}

/** An empty cluster, and PostgreSQL's log of what is loaded. */
const spareBytes = 300 * 1024 * 1024

/** @throws BackupRefusal when it was made by an Atelier that is newer, or that had other migrations */
function migrationsAfter(manifest: Manifest, migrations: readonly Migration[]): Migration[] {
  try {
    return missingAfter(manifest.migrations, migrations)
  } catch (cause) {
    if (!(cause instanceof DatabaseRefusal)) throw cause
    const newest = Math.max(0, ...migrations.map(({ number }) => number))
    if (schemaOf(manifest) <= newest)
      throw new BackupRefusal('newer', `This backup cannot be restored here. ${cause.message}`, { cause })
    throw new BackupRefusal(
      'newer',
      `This backup was made by a newer Atelier (${manifest.atelier}): its tables have version ${schemaOf(manifest)}, and this one knows only up to ${newest}. Restore it with the newer Atelier. Nothing was changed.`,
      { cause },
    )
  }
}

function refuseMissingKeys({ manifest, end, blobsRead, damagedBlobs }: VerifiedBackup): void {
  if (manifest.contents === 'everything' && end.blobs > 0 && !blobsRead)
    throw new BackupRefusal(
      'no-keys',
      'This backup was made without its keys, and without them no large file in it can be read. Give the file they are in: --keys FILE (it was DATA/keys/blobs.json).',
    )
  if (damagedBlobs.length > 0)
    throw new BackupRefusal(
      'damaged',
      `${damagedBlobs.length} of the large files in this backup cannot be read with its keys, first ${damagedBlobs[0]}. Give the right keys (--keys FILE), or another backup. Nothing was changed.`,
    )
}

/** The lock that a server with the embedded database would have, so that none starts meanwhile. */
async function lockWholeFolder(
  { dataFolder, replaces, databaseUrl }: RestoreOptions,
  { contents }: Manifest,
): Promise<FileLock | null> {
  const there = await readdir(dataFolder)
  const hasDatabase = there.includes('postgres') && (await isThere(join(dataFolder, 'postgres', 'cluster')))
  const hasBlobs =
    there.includes('blobs') && (await readdir(join(dataFolder, 'blobs'))).some((name) => /^[0-9a-f]{2}$/.test(name))
  const lock = there.includes('postgres') ? await lockFolder(join(dataFolder, 'postgres')) : null
  const isOccupied = (databaseUrl === null && hasDatabase) || (contents === 'everything' && hasBlobs)
  if (!isOccupied || replaces) return lock
  await lock?.release()
  throw new BackupRefusal(
    'occupied',
    `There is data in ${dataFolder} already. Give an empty folder with --data, or --replace: what is there is then kept beside it, and can be deleted later.`,
  )
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null

/** Everything into `DATA/restoring`, and the rows into the server's database when that is elsewhere. Resolves with what has to be put in place. */
async function stage(options: RestoreOptions, { manifest }: VerifiedBackup, later: readonly Migration[]): Promise<Part[]> {
  const { dataFolder, databaseUrl, migrations, replaces } = options
  const folder = await beginRestoring(dataFolder)
  try {
    await using stack = new AsyncDisposableStack()
    let connectionString = databaseUrl
    if (connectionString === null) {
      const postgres = await openEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silentLog })
      stack.defer(() => postgres.stop())
      connectionString = postgres.connectionString
    }
    const before = migrations.filter(({ number }) => manifest.migrations.some((each) => each.number === number))
    const loader = await Loader.open(connectionString, manifest, { before, later, replaces: replaces && databaseUrl !== null })
    stack.defer(() => loader.close())
    if (manifest.contents === 'everything') {
      await mkdir(join(folder, 'blobs'), { mode: 0o700 })
      await mkdir(join(folder, 'keys'), { mode: 0o700 })
      if (options.keyFile !== undefined) await copyKeys(options.keyFile, join(folder, 'keys', blobKeys))
    }
    await readInto(folder, loader, options)
    const hasLanguages = await isThere(join(folder, 'languages.json'))
    return [
      ...(databaseUrl === null ? (['postgres'] as const) : []),
      ...(manifest.contents === 'everything' ? (['blobs', 'keys'] as const) : []),
      ...(hasLanguages ? (['languages.json'] as const) : []),
    ]
  } catch (error) {
    await abandonRestoring(dataFolder)
    throw error
  }
}

async function readInto(folder: string, loader: Loader, options: RestoreOptions): Promise<void> {
  const { file, signal, operator, replaces, onProgress = () => {} } = options
  const { entries, close } = await openBackup(file)
  try {
    for (let entry = await entries.next(); entry !== null; entry = await entries.next()) {
      signal.throwIfAborted()
      const what = entryKind(entry.name)
      if (what.kind === 'end') {
        const { sumBefore } = entries
        const end = parseEnd(await entries.whole(entry.sizeBytes, mostJsonBytes))
        if (end.sha256 !== sumBefore)
          throw new BackupRefusal('damaged', `${file} changed while it was read. Nothing was changed here.`)
        await syncTree(folder)
        await loader.finish(end, { operator, replaces })
        return
      }
      await takeEntry(folder, loader, entries, what)
      onProgress({ doing: 'restoring', readBytes: entries.readBytes })
    }
    throw new BackupRefusal('damaged', `${file} is not a whole backup: its end is missing.`)
  } finally {
    close()
  }
}

type Taken = Exclude<ReturnType<typeof entryKind>, { kind: 'end' }>

async function takeEntry(folder: string, loader: Loader, entries: TarReader, what: Taken): Promise<void> {
  switch (what.kind) {
    case 'table':
      return await loader.take(what.table, entries.bytes())
    case 'key':
      return await write(join(folder, 'keys'), what.file, entries.bytes())
    case 'host':
      return await write(folder, what.file, entries.bytes())
    case 'blob':
      return await write(join(folder, 'blobs', what.sha256.slice(0, 2)), what.sha256, entries.bytes())
  }
}

/** A name that comes twice is replaced: it was counted and summed like the others. */
async function write(folder: string, name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await using handle = await open(join(folder, name), 'w', 0o600)
  for await (const piece of bytes) await handle.writeFile(piece)
  await handle.datasync()
}

async function copyKeys(from: string, to: string): Promise<void> {
  await rm(to, { force: true })
  await copyFile(from, to)
  await chmod(to, 0o600)
}

async function syncTree(folder: string): Promise<void> {
  for (const name of ['blobs', 'keys']) {
    const below = join(folder, name)
    for (const shard of await readdir(below).catch(() => [])) if (!shard.includes('.')) await syncFolder(join(below, shard))
    if (await isThere(below)) await syncFolder(below)
  }
  await syncFolder(folder)
}
