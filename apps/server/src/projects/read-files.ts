/** Files as they are now: the tree, one of them, all of them. */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { checkPath, type FileEntry } from '@atelier/protocol/files'
import { BlobFault, type Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import { readContent } from './content.ts'
import { type FoundFile, findEntry, findFile, readAllContents, readSomeContents, readTree } from './file-rows.ts'
import type { ProjectFile, Projects } from './projects.ts'
import { noSuchEntry, noSuchFile, noSuchProject, onlyLooking, projectTooLargeToRead, refuse } from './refusals.ts'

/** What `readAllFiles` reads at most unless told otherwise. */
const readAllLimit = 64 * 1024 * 1024

type FileReading = Pick<Projects, 'openTree' | 'readEntry' | 'readFile' | 'openFile' | 'readAllFiles' | 'readFiles'>

export function createFileReading(db: Database, blobs: Blobs, log: Log): FileReading {
  async function findFileOf(projectId: string, userId: string, path: string): Promise<FoundFile> {
    const found = await findFile(db.as(userId), projectId, userId, checkPath(path))
    if (found === 'no-project') throw noSuchProject()
    if (found === null) throw noSuchFile(path)
    return found
  }

  return {
    openTree: async (projectId, userId) => ({
      items: (await readTree(db.as(userId), projectId, userId)) ?? refuse(noSuchProject()),
    }),
    async readEntry(projectId, userId, path) {
      const found = await findEntry(db.as(userId), projectId, userId, checkPath(path))
      if (found === 'no-project') throw noSuchProject()
      return found ?? refuse(noSuchEntry(path))
    },
    async readFile(projectId, userId, path) {
      const { entry, content } = await findFileOf(projectId, userId, path)
      return { entry, content: await faultNamed(entry, () => readContent(content, blobs)) }
    },
    async openFile(projectId, userId, path) {
      const { entry, content } = await findFileOf(projectId, userId, path)
      if (content.stored !== null) return { entry, content: await readContent(content, blobs) }
      const { stream } = await faultNamed(entry, () => blobs.read(content.sha.toString('hex')))
      return { entry, content: stream }
    },
    async readAllFiles(projectId, userId, mostBytes = readAllLimit) {
      const found = await readAllContents(db.as(userId), projectId, userId, mostBytes)
      if (found === 'no-project') throw noSuchProject()
      if (found === 'read-only') throw onlyLooking()
      if (found === 'too-large') throw projectTooLargeToRead(mostBytes)
      const files: ProjectFile[] = []
      for (const { entry, content } of found) {
        const bytes = await faultNamed(entry, () => readContent(content, blobs))
        files.push({ path: entry.path, content: bytes, version: entry.version, sha256: content.sha.toString('hex') })
      }
      return files
    },
    async *readFiles(projectId, userId, paths, mostBytes) {
      const found = await readSomeContents(db.as(userId), projectId, userId, paths, mostBytes)
      if (found === 'no-project') throw noSuchProject()
      for (const { entry, content } of found) {
        const bytes = await readContent(content, blobs).catch((error: unknown) => {
          if (!(error instanceof BlobFault)) throw error
          log.error('a file cannot be read', { project: projectId, path: entry.path, error })
          return null
        })
        yield { path: entry.path, content: bytes, version: entry.version, sha256: content.sha.toString('hex') }
      }
    },
  }
}

/** Our disk failed, not the user: say which file, and keep the fault as the cause for the log. */
async function faultNamed<Result>(entry: FileEntry, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof BlobFault)) throw cause
    throw new Refusal(
      'internal',
      `The content of "${entry.path}" is ${cause.reason} on the server's disk. Tell the person who hosts; saving the file again from a copy of yours repairs it.`,
      { cause },
    )
  }
}
