/** What the server puts into the editor page, so that the first screen needs no second request. */
import type { FileEntry } from './files.ts'
import type { Language } from './languages.ts'
import type { Project } from './projects.ts'
import type { ServerStatus } from './server-status.ts'

/** Largest file whose text comes with the page, bytes; a larger one is fetched by the page itself. */
export const bootTextLimit = 256 * 1024

/** A file or folder without what only scripts need: a tree of thousands must stay small. */
export type BootEntry = Pick<FileEntry, 'path' | 'kind' | 'sizeBytes' | 'version'>

export type PageBoot = {
  readonly project: Project
  readonly tree: readonly BootEntry[]
  /** The file that is open. `text` null: not sent along (binary, or larger than `bootTextLimit`). The text itself stands in the page’s textarea. */
  readonly file: { readonly path: string; readonly version: number; readonly hasText: boolean } | null
  /** The path that was asked for and is not there. */
  readonly missingPath: string | null
  readonly languages: readonly Language[]
  readonly status: ServerStatus
}
