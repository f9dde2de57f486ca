/** Which documents this server has, by file and by project: also those that are being opened or closed just now. */
import type { OpenDocument } from './open-document.ts'

export type Entry = {
  readonly projectId: string
  path: string
  opening: Promise<OpenDocument>
  open: OpenDocument | null
  closing: Promise<void> | null
  /** The file was deleted while it was being opened. */
  isDeleted: boolean
  /** Closes it when nobody has come back. */
  timer: NodeJS.Timeout | null
}

export class DocumentTable {
  readonly #byFile = new Map<string, Entry>()
  readonly #byProject = new Map<string, Set<Entry>>()

  get size(): number {
    return this.#byFile.size
  }

  all(): Iterable<Entry> {
    return this.#byFile.values()
  }

  find(projectId: string, path: string): Entry | undefined {
    return this.#byFile.get(keyOf(projectId, path))
  }

  has(entry: Entry): boolean {
    return this.find(entry.projectId, entry.path) === entry
  }

  hasProject(projectId: string): boolean {
    return this.#byProject.has(projectId)
  }

  /** As they are now: it may be changed while somebody goes through them. */
  ofProject(projectId: string): readonly Entry[] {
    return [...(this.#byProject.get(projectId) ?? [])]
  }

  add(entry: Entry): void {
    this.#byFile.set(keyOf(entry.projectId, entry.path), entry)
    const all = this.#byProject.get(entry.projectId) ?? new Set()
    this.#byProject.set(entry.projectId, all.add(entry))
  }

  remove(entry: Entry): void {
    if (this.has(entry)) this.#byFile.delete(keyOf(entry.projectId, entry.path))
    const all = this.#byProject.get(entry.projectId)
    all?.delete(entry)
    if (all?.size === 0) this.#byProject.delete(entry.projectId)
  }

  move(entry: Entry, path: string): void {
    if (this.has(entry)) this.#byFile.delete(keyOf(entry.projectId, entry.path))
    entry.path = path
    this.#byFile.set(keyOf(entry.projectId, path), entry)
  }
}

const keyOf = (projectId: string, path: string): string => `${projectId}/${path}`
