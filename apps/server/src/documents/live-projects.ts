/**
 * Files and documents are one: whoever reads a file gets what is on the screens of those who edit it, whoever saves one changes their
 * text, with the smallest change that does it. What the rest of the server knows as `Projects` is this.
 */
import type { Readable } from 'node:stream'
import { documentLimits } from '@atelier/protocol/documents'
import { Refusal } from '@atelier/protocol/errors'
import { mayWrite } from '../access/access.ts'
import type { Saved } from '../projects/place-file.ts'
import type { Precondition } from '../projects/precondition.ts'
import type { Projects } from '../projects/projects.ts'
import { onlyLooking, tooManySaves } from '../projects/refusals.ts'
import type { Documents } from './documents.ts'
import { type FileText, textOfFile } from './file-text.ts'
import type { OpenDocument } from './open-document.ts'

export function liveProjects(projects: Projects, documents: Documents): Projects {
  const collector = new Collector()

  /** What somebody asks for who may not read the project makes nobody's work be written. */
  async function fileFor(projectId: string, userId: string, path?: string): Promise<void> {
    if (!documents.hasOpen(projectId)) return
    await projects.readProject(projectId, userId)
    await documents.fileAll(projectId, path)
  }

  /** Before anything is done to a text that others have open. */
  async function checkWriterOf(projectId: string, userId: string): Promise<void> {
    if (!mayWrite((await projects.readProject(projectId, userId)).role)) throw onlyLooking()
  }

  /** null: the document was closed meanwhile, and nothing is saved. */
  async function saveOpen(
    open: OpenDocument,
    [projectId, userId, path, content, precondition]: [string, string, string, Buffer | Readable, Precondition],
  ): Promise<Saved | null> {
    const shared = Buffer.isBuffer(content) ? sharedText(path, content) : null
    if (!Buffer.isBuffer(content) || shared === null) {
      await checkWriterOf(projectId, userId)
      // No text that can be edited together: it is a file like any other from now on.
      await documents.closeOne(projectId, path, 'The file was replaced by one that cannot be edited together.')
      return projects.saveFile(projectId, userId, path, content, precondition)
    }
    return open.room.alone(async () => {
      if (open.room.isClosed) return null
      await checkWriterOf(projectId, userId)
      await open.filing.fileNow()
      const saved = await projects.saveFile(projectId, userId, path, content, precondition)
      await open.filing.adopt(saved.entry.version, shared.text, shared.lineEnd, userId)
      const isAsSaved = open.filing.fileVersion === saved.entry.version
      return isAsSaved ? saved : { ...saved, entry: await projects.readEntry(projectId, userId, path) }
    })
  }

  return {
    ...projects,
    async openTree(projectId, userId) {
      await fileFor(projectId, userId)
      return projects.openTree(projectId, userId)
    },
    async readEntry(projectId, userId, path) {
      await fileFor(projectId, userId, path)
      return projects.readEntry(projectId, userId, path)
    },
    async readFile(projectId, userId, path) {
      await fileFor(projectId, userId, path)
      return projects.readFile(projectId, userId, path)
    },
    async openFile(projectId, userId, path) {
      await fileFor(projectId, userId, path)
      return projects.openFile(projectId, userId, path)
    },
    async readAllFiles(projectId, userId, mostBytes) {
      await fileFor(projectId, userId)
      return projects.readAllFiles(projectId, userId, mostBytes)
    },
    async forkProject(projectId, userId, wanted, key) {
      await fileFor(projectId, userId)
      return projects.forkProject(projectId, userId, wanted, key)
    },
    async saveFile(projectId, userId, path, content, precondition = 'none') {
      let body = content
      for (;;) {
        const open = await documents.findOpen(projectId, path)
        if (open === null || open.room.isClosed) return projects.saveFile(projectId, userId, path, body, precondition)
        if (!Buffer.isBuffer(body)) body = (await collector.collect(body)) ?? body
        const saved = await saveOpen(open, [projectId, userId, path, body, precondition])
        if (saved !== null) return saved
      }
    },
    async deletePath(projectId, userId, path, precondition) {
      // A version that was asked for is compared with what is on the screens.
      if (precondition !== undefined && precondition !== 'none') await fileFor(projectId, userId, path)
      return projects.deletePath(projectId, userId, path, precondition)
    },
    async deleteProject(projectId, userId) {
      await projects.deleteProject(projectId, userId)
      documents.closeProject(projectId, 'deleted', 'The project was deleted.')
    },
  }
}

function sharedText(path: string, bytes: Buffer): FileText | null {
  try {
    return textOfFile(path, bytes)
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

/** All bodies together that are being collected. Who sends slowly cannot fill the memory beyond this. */
const collectedBytesLimit = 64 * 1024 * 1024

class Collector {
  #collectedBytes = 0

  /** All of it. null: it is more than a document may have, and the stream begins anew. */
  async collect(content: Readable): Promise<Buffer | null> {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    try {
      for await (const chunk of content.iterator({ destroyOnReturn: false })) {
        const bytes = chunk as Buffer
        chunks.push(bytes)
        sizeBytes += bytes.length
        this.#collectedBytes += bytes.length
        if (this.#collectedBytes > collectedBytesLimit) throw tooManySaves()
        if (sizeBytes <= documentLimits.textBytes) continue
        content.unshift(Buffer.concat(chunks))
        return null
      }
      return Buffer.concat(chunks)
    } catch (cause) {
      if (cause instanceof Refusal) throw cause
      throw new Refusal('invalid-request', 'The body ended before all of it had come. Send it again.', { cause })
    } finally {
      this.#collectedBytes -= sizeBytes
    }
  }
}
