/** History: what files were. Versions of a file, files that are gone, and snapshots of a whole project. */
import { z } from 'zod'
import { pageOf } from './pages.ts'

export const historyLimits = {
  /** Characters of the name of a version or a snapshot. */
  nameLength: 100,
  /** Snapshots of one project; the oldest automatic ones make room. */
  snapshotsPerProject: 200,
  /** Deleted files that are listed, the latest. */
  deletedListed: 500,
  /** Who wrote which line is told for texts up to here, from as many of the latest versions. */
  blameBytes: 1024 * 1024,
  blameVersions: 200,
} as const

export const HistoryName = z
  .string()
  .trim()
  .min(1)
  .max(historyLimits.nameLength)
  .refine(
    (name) => !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/u.test(name),
    'is one line of visible text',
  )

export const HistoryAuthor = z.object({ id: z.uuid(), name: z.string() }).meta({ id: 'HistoryAuthor' })
export type HistoryAuthor = z.infer<typeof HistoryAuthor>

const author = HistoryAuthor.nullable().describe('null: nobody knows, as for the files of a template')

export const FileVersion = z
  .object({
    version: z.int(),
    at: z.iso.datetime(),
    author,
    sizeBytes: z.int(),
    sha256: z.string(),
    name: z.string().nullable().describe('What somebody named it'),
    isCurrent: z.boolean().describe('It is what the file has now'),
  })
  .meta({ id: 'FileVersion' })
export type FileVersion = z.infer<typeof FileVersion>

/** Newest first. `file` names the history, whatever path the file has, or had when it was deleted. */
export const FileVersionPage = pageOf(FileVersion).extend({ file: z.int(), path: z.string() }).meta({ id: 'FileVersionPage' })
export type FileVersionPage = z.infer<typeof FileVersionPage>

export const DeletedFile = z
  .object({
    file: z.int(),
    path: z.string(),
    version: z.int().describe('The last one'),
    sizeBytes: z.int(),
    deletedAt: z.iso.datetime(),
    deletedBy: author,
  })
  .meta({ id: 'DeletedFile' })
export type DeletedFile = z.infer<typeof DeletedFile>
export const DeletedFileList = z.object({ items: z.array(DeletedFile) }).meta({ id: 'DeletedFileList' })
export type DeletedFileList = z.infer<typeof DeletedFileList>

/** Keeps a version for good. */
export const VersionNaming = z
  .strictObject({
    path: z.string(),
    version: z.int().min(1),
    name: HistoryName.nullable().describe(
      'null: takes the name away, if there is one, and keeps what the file has now as a version of its own',
    ),
  })
  .meta({ id: 'VersionNaming' })
export type VersionNaming = z.infer<typeof VersionNaming>

export const VersionRestoration = z
  .strictObject({
    path: z.string().describe('The file; of a deleted one, where it comes back'),
    version: z.int().min(1).optional().describe('Of a deleted file: the last one when it is left out'),
    file: z.int().min(1).optional().describe('A deleted file'),
  })
  .meta({ id: 'VersionRestoration' })
export type VersionRestoration = z.infer<typeof VersionRestoration>

export const Snapshot = z
  .object({
    id: z.uuid(),
    name: z.string(),
    author,
    at: z.iso.datetime(),
    automatic: z.boolean().describe('Made by the server before the whole project was restored'),
    files: z.int(),
  })
  .meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof Snapshot>
export const SnapshotList = z.object({ items: z.array(Snapshot) }).meta({ id: 'SnapshotList' })
export type SnapshotList = z.infer<typeof SnapshotList>
export const SnapshotCreation = z.strictObject({ name: HistoryName }).meta({ id: 'SnapshotCreation' })
export type SnapshotCreation = z.infer<typeof SnapshotCreation>

export const SnapshotRestored = z
  .object({
    before: Snapshot.describe('What the project was until now; restoring that takes it all back'),
    written: z.int().describe('Files that changed or came back'),
    removed: z.int().describe('Files that are gone; they are among the deleted ones'),
  })
  .meta({ id: 'SnapshotRestored' })
export type SnapshotRestored = z.infer<typeof SnapshotRestored>

/** Who wrote the lines of a file, as runs of lines from its first to its last. */
export const LineAuthors = z
  .object({
    version: z.int().describe('Of the file that is meant'),
    runs: z.array(
      z.object({
        lines: z.int(),
        version: z.int().nullable().describe('That brought the lines; null: an older one than is kept'),
        at: z.iso.datetime().nullable(),
        author,
      }),
    ),
  })
  .meta({ id: 'LineAuthors' })
export type LineAuthors = z.infer<typeof LineAuthors>
