/**
 * Whether the owner of a project has room for what is typed in it. It is stored before anybody could ask, and never refused afterwards. Once
 * there is more than the owner's tier allows, the texts of their projects are for reading, until there is room again.
 *
 *   room ──filed, and it is too much──▶ full: looked at again every few seconds ──there is room──▶ members come again, with what they kept
 */
import type { Log } from '@atelier/base/log'
import type { StorageUse } from '../quotas/storage-use.ts'
import type { FileWriter } from './file-writer.ts'
import type { Room } from './room.ts'

export type OwnerRoomParts = {
  readonly projectId: string
  readonly room: Room
  /** Without it nobody has a quota. */
  readonly storage: Pick<StorageUse, 'noteGrown' | 'excess'> | undefined
  readonly lookEveryMs?: number | undefined
  readonly log: Log
}

const lookEveryMs = 5_000

export class OwnerRoom {
  readonly #parts: OwnerRoomParts
  #isFull = false
  #isClosed = false
  #looking: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(parts: OwnerRoomParts) {
    this.#parts = parts
  }

  /** The same writer; what its files grow by is room that is taken. */
  counting(writer: FileWriter): FileWriter {
    return {
      file: async (what) => {
        const filing = await writer.file(what)
        if (filing.outcome !== 'filed') return filing
        if (filing.grownBytes > 0) this.#parts.storage?.noteGrown(this.#parts.projectId, filing.grownBytes)
        this.look()
        return filing
      },
    }
  }

  /** What it finds comes later: nobody waits for it. */
  look(): void {
    const { storage, log, projectId } = this.#parts
    if (storage === undefined || this.#isClosed) return
    this.#looking ??= this.#look(storage)
      .catch((error: unknown) => log.warn('room for a text not looked for', { project: projectId, error }))
      .finally(() => {
        this.#looking = null
        clearTimeout(this.#timer)
        if (this.#isFull && !this.#isClosed) this.#timer = setTimeout(() => this.look(), this.#parts.lookEveryMs ?? lookEveryMs)
      })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async #look(storage: Pick<StorageUse, 'excess'>): Promise<void> {
    const { room, projectId } = this.#parts
    const excess = await storage.excess(projectId)
    if (this.#isClosed || room.isClosed || (excess !== null) === this.#isFull) return
    this.#isFull = excess !== null
    // What was refused meanwhile is sent by whoever enters anew, and by nobody else.
    if (excess === null)
      for (const member of [...room.members]) if (member.mayWrite) room.dismiss(member, 'again', 'There is room for more again.')
    room.access.setStorageFull(excess)
  }
}
