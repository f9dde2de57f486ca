/**
 * Takes an uploaded zip file into a project. It is kept as a file of ours until it is done, because its table of contents stands
 * at its end. Everything that can be refused is refused before the first file is written.
 */
import { randomUUID } from 'node:crypto'
import { openSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Refusal } from '@atelier/protocol/errors'
import { type ArchiveImported, fileLimits } from '@atelier/protocol/files'
import { mayWrite } from '../access/access.ts'
import type { Projects } from '../projects/projects.ts'
import { onlyLooking } from '../projects/refusals.ts'
import { type Archive, type ArchivedFile, notReadable, readArchive } from './read-archive.ts'

export type Conflicts = 'refuse' | 'replace' | 'keep'

/** An archive is smaller than what is in it, or hardly larger. */
export const archiveBytesLimit = fileLimits.projectBytes + 16 * 1024 * 1024
const importsAtOnce = 4
/** Small files are committed together, as many as are at hand; large ones take time and room of their own. */
const atOnce = { small: 64, large: 8 } as const
const smallBytes = 32 * 1024

export type Importer = {
  /** @throws Refusal */
  import(body: Readable, target: ImportTarget): Promise<ArchiveImported>
}

export type ImportTarget = {
  readonly projectId: string
  readonly userId: string
  /** A folder that everything goes into, or ''. */
  readonly into: string
  /** What becomes of files that are there already. */
  readonly conflicts: Conflicts
}

/** Is told what will be imported, before the first file is written: what follows is many transactions. */
export type Note = (target: ImportTarget, what: { readonly files: number; readonly folders: number }) => Promise<void>

/** `folder` is ours alone; what an earlier server left in it is removed. */
export async function createImporter(projects: Projects, folder: string, note: Note = async () => {}): Promise<Importer> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let running = 0

  return {
    async import(body, target) {
      if (running >= importsAtOnce) throw tooManyImports()
      running += 1
      const file = join(folder, randomUUID())
      try {
        // Who may not see or change the project learns so before a byte is kept.
        const { role } = await projects.readProject(target.projectId, target.userId)
        if (!mayWrite(role)) throw onlyLooking()
        const archive = await readArchive(await receive(body, file), target.into)
        try {
          return await unpack(projects, archive, target, note)
        } finally {
          archive.close()
        }
      } finally {
        running -= 1
        await rm(file, { force: true })
      }
    },
  }
}

/** Answers with a descriptor to read from. */
async function receive(body: Readable, path: string): Promise<number> {
  const written = await open(path, 'wx', 0o600)
  let bytes = 0
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > archiveBytesLimit) throw archiveTooLarge()
      yield chunk
    }
  }
  // The connection stays open when we stop reading, so that the refusal can be read.
  await pipeline(body.iterator({ destroyOnReturn: false }), counted, written.createWriteStream())
  return openSync(path, 'r')
}

async function unpack(projects: Projects, archive: Archive, target: ImportTarget, note: Note): Promise<ArchiveImported> {
  const { projectId, userId, conflicts } = target
  const { items } = await projects.openTree(projectId, userId)
  const there = new Map(items.map((entry) => [entry.path, entry]))
  const [fresh, doubles] = [[] as ArchivedFile[], [] as ArchivedFile[]]
  for (const file of archive.files) (there.has(file.path) ? doubles : fresh).push(file)
  if (conflicts === 'refuse' && doubles[0] !== undefined) throw existsAlready(doubles)
  const wanted = conflicts === 'replace' ? [...fresh, ...doubles] : fresh
  const used = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const replaced = conflicts === 'replace' ? doubles.reduce((sum, { path }) => sum + (there.get(path)?.sizeBytes ?? 0), 0) : 0
  if (used - replaced + wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > fileLimits.projectBytes) throw noRoom()
  const missingFolders = archive.folders.filter((path) => !there.has(path))
  await note(target, { files: wanted.length, folders: missingFolders.length })
  for (const path of missingFolders) await projects.createFolder(projectId, userId, path).catch(ignoreExisting)
  const precondition = conflicts === 'replace' ? 'none' : 'absent'
  const save = (file: ArchivedFile) =>
    projects.saveFile(projectId, userId, file.path, Readable.from(contentOf(file), { objectMode: false }), precondition)
  const isSmall = ({ sizeBytes }: ArchivedFile): boolean => sizeBytes <= smallBytes
  await forEach(wanted.filter(isSmall), atOnce.small, save)
  await forEach(
    wanted.filter((file) => !isSmall(file)),
    atOnce.large,
    save,
  )
  return {
    ...{ files: wanted.length, folders: missingFolders.length },
    kept: conflicts === 'keep' ? doubles.map(({ path }) => path) : [],
  }
}

/** Several at once, and none begun after one has failed; all have ended when this does. */
async function forEach(
  files: readonly ArchivedFile[],
  lanes: number,
  work: (file: ArchivedFile) => Promise<unknown>,
): Promise<void> {
  const rest = files.values()
  const failures: unknown[] = []
  const lane = async (): Promise<void> => {
    for (const file of rest) {
      if (failures.length > 0) return
      await work(file).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failures.length > 0) throw failures[0]
}

/** A file whose bytes are broken is the archive's fault, not that of a lost connection. */
async function* contentOf(file: ArchivedFile): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of await file.open()) yield chunk
  } catch (error) {
    throw error instanceof Error && !(error instanceof Refusal) ? notReadable(error, file.path) : error
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Refusal) || error.code !== 'already-exists') throw error
}

const existsAlready = (files: readonly ArchivedFile[]): Refusal =>
  new Refusal(
    'already-exists',
    `${files.length === 1 ? 'One file' : `${files.length} files`} of the archive exist${files.length === 1 ? 's' : ''} already, "${files[0]?.path}" first. Nothing was imported: choose to replace or to keep them, or another folder.`,
  )

const noRoom = (): Refusal =>
  new Refusal(
    'too-large',
    'The project has no room for all that is in the archive. Nothing was imported; delete what is not needed.',
  )

export const archiveTooLarge = (): Refusal =>
  new Refusal('too-large', `An archive has at most ${Math.floor(archiveBytesLimit / 1024 / 1024)} MB. Nothing was imported.`)

const tooManyImports = (): Refusal =>
  new Refusal('too-many-requests', 'Other archives are being imported. Send this one again in a moment.', {
    retryAfterSeconds: 5,
  })
