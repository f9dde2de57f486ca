/** Files and folders from the desktop into the project, a few at a time. */
import { fileLimits } from '@atelier/protocol/files'
import { messageOf } from '../connection/api.ts'
import type { Dialogs } from '../layout/dialogs.ts'
import type { Notices } from '../layout/notices.ts'
import type { FileRequests } from './file-requests.ts'
import { type FilesStore, setEntries } from './files.ts'
import { whyNotName } from './names.ts'
import { type Entries, joinPath, withEntry } from './tree.ts'

/** A file and the path it shall have below the folder it is dropped on. */
export type Upload = { readonly path: string; readonly file: File }

const atOnce = 4
/** What a desktop keeps in folders without anybody having asked for it. */
const skipped = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini'])

/** All files of a drop, folders included. Must be called in the drop event: afterwards the browser forgets. */
export async function uploadsOfDrop(transfer: DataTransfer): Promise<readonly Upload[]> {
  const entries = [...transfer.items].flatMap((item) => (item.kind === 'file' ? [item.webkitGetAsEntry()] : []))
  if (entries.every((entry) => entry === null)) return uploadsOfList(transfer.files)
  const uploads: Upload[] = []
  for (const entry of entries) if (entry !== null) await collect(entry, '', uploads)
  return uploads
}

/** Of an `<input type="file">`, which names folders in `webkitRelativePath`. */
export const uploadsOfList = (files: FileList): readonly Upload[] =>
  [...files].map((file) => ({ path: (file.webkitRelativePath || file.name).normalize('NFC'), file }))

async function collect(entry: FileSystemEntry, folder: string, uploads: Upload[]): Promise<void> {
  if (uploads.length >= fileLimits.filesPerProject || skipped.has(entry.name)) return
  const path = joinPath(folder, entry.name.normalize('NFC'))
  if (entry.isFile)
    uploads.push({
      path,
      file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    })
  else {
    const reader = (entry as FileSystemDirectoryEntry).createReader()
    // A reader gives at most a hundred entries at a time.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      if (some.length === 0) break
      for (const each of some) await collect(each, path, uploads)
    }
  }
}

type UploadOptions = {
  readonly uploads: readonly Upload[]
  readonly folder: string
  readonly store: FilesStore
  readonly requests: FileRequests
  readonly dialogs: Dialogs
  readonly notices: Notices
}

export async function uploadAll({ uploads, folder, store, requests, dialogs, notices }: UploadOptions): Promise<void> {
  const { entries } = store.getState()
  const problems: string[] = []
  let wanted = uploads.filter(({ path, file }) => {
    const why =
      file.size > fileLimits.fileBytes
        ? `it is larger than ${fileLimits.fileBytes / 1024 / 1024} MB`
        : whyNotUpload(entries, folder, path)
    if (why !== null) problems.push(`“${path}”: ${why}`)
    return why === null
  })
  const existing = wanted.filter(({ path }) => entries.has(joinPath(folder, path)))
  if (existing.length > 0) {
    const answer = await dialogs.ask({
      title: existing.length === 1 ? `Replace “${existing[0]?.path}”?` : `Replace ${existing.length} files?`,
      detail: 'There are files with the same names here already.',
      confirm: 'Replace',
      danger: true,
      ...(wanted.length > existing.length ? { alternative: 'Skip these' } : {}),
    })
    if (answer === 'cancel') return
    if (answer === 'alternative') wanted = wanted.filter((upload) => !existing.includes(upload))
  }
  if (wanted.length > 0) await sendAll(wanted, folder, store, requests, notices, problems)
  if (problems.length > 0)
    notices.error(
      `${problems.length === 1 ? 'One file was' : `${problems.length} files were`} not uploaded. ${problems[0] ?? ''}`,
    )
}

async function sendAll(
  wanted: readonly Upload[],
  folder: string,
  store: FilesStore,
  requests: FileRequests,
  notices: Notices,
  problems: string[],
): Promise<void> {
  const counted = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`
  const notice = notices.progress(`Uploading ${counted(wanted.length)} …`)
  const queue = [...wanted]
  let done = 0
  let sent = 0
  const work = async (): Promise<void> => {
    for (let upload = queue.shift(); upload !== undefined; upload = queue.shift()) {
      try {
        const entry = await requests.write(joinPath(folder, upload.path), upload.file)
        setEntries(store, (entries) => withEntry(entries, entry))
        sent += 1
      } catch (error) {
        problems.push(`“${upload.path}”: ${messageOf(error)}`)
      }
      done += 1
      notice.update(`Uploading … ${done} of ${wanted.length}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  notice.end(`Uploaded ${counted(sent)}.`, sent < wanted.length)
}

/** A name that stands there already is a question, not a mistake. */
function whyNotUpload(entries: Entries, folder: string, path: string): string | null {
  const full = joinPath(folder, path)
  if (entries.get(full)?.kind === 'folder') return 'there is a folder with this name'
  return entries.has(full) ? null : whyNotName(entries, folder, path)
}
