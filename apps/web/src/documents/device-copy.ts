/** What the server has not stored of one document, written down on the device, and taken away from there once it has. */
import type { Replica } from '@atelier/text/replica'
import type { KeptEdit, KeptEdits } from './kept-edits.ts'
import type { Replicas } from './replicas.ts'

/** Edits that the server has not stored by then are written to the device. */
const keepAfterMs = 300

export type DeviceCopyOptions = {
  readonly projectId: string
  readonly kept: KeptEdits
  readonly replicas: Replicas
  readonly replica: Replica
  /** What closed tabs have left behind of the file. */
  readonly leftBehind: readonly KeptEdit[]
  /** It was of another document, that is no more. */
  onOrphan(edit: KeptEdit): void
  /** Which file and document it is; null while that is not known. */
  place(): { readonly path: string; readonly documentId: string } | null
  /** What the replica held is written down, or could not be. Not told while there is another edit to be kept. */
  onWritten(isKept: boolean): void
}

export class DeviceCopy {
  readonly #options: DeviceCopyOptions
  #keeping: ReturnType<typeof setTimeout> | undefined
  /** Where the device may hold edits that this tab has to remove. */
  #documentId: string | null = null

  constructor(options: DeviceCopyOptions) {
    this.#options = options
  }

  keepLater(): void {
    this.#keeping ??= setTimeout(() => this.keepNow(), keepAfterMs)
  }

  keepNow(): void {
    this.stop()
    const { projectId, kept, replica, replicas, onWritten } = this.#options
    const place = this.#options.place()
    if (replica.isSaved || place === null) return
    const [unstored, text] = [replicas.unstored(replica), replica.text]
    this.#documentId = place.documentId
    void kept.keep({ projectId, ...place, unstored, text }).then((isKept) => {
      if (replica.isSaved || !isKept || this.#keeping === undefined) onWritten(isKept)
    })
  }

  /** Puts what closed tabs have left behind into the document, now that it is known which one it is; whether there was something. */
  bringBack(documentId: string): boolean {
    const { leftBehind, replicas, replica, onOrphan } = this.#options
    let isBack = false
    for (const edit of leftBehind)
      if (edit.documentId === documentId) {
        replicas.bringBack(replica, edit.unstored)
        isBack = true
      } else onOrphan(edit)
    if (isBack) this.#documentId = documentId
    return isBack
  }

  /** The server has everything. */
  forget(): void {
    const documentId = this.#documentId
    if (documentId === null) return
    this.#documentId = null
    void this.#options.kept.forget(documentId)
  }

  stop(): void {
    clearTimeout(this.#keeping)
    this.#keeping = undefined
  }
}
