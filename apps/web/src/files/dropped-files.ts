/**
 * What somebody drops, pastes or chooses: files and folders of their disk. A browser lets us look at a drop only while its event lasts, so
 * its entries are taken at once; what is in folders is read afterwards.
 */
import { fileLimits } from '@atelier/protocol/files'
import { joinPath } from './tree.ts'

/** A file and the path it shall have below the folder it is dropped on. */
export type Upload = { readonly path: string; readonly file: File }

export type Brought = {
  readonly uploads: readonly Upload[]
  /** Those in which nothing is. */
  readonly emptyFolders: readonly string[]
  /** What could not be taken, a sentence each. */
  readonly problems: readonly string[]
}

/** What a desktop keeps in folders without anybody having asked for it. */
const leftOut = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini'])

/** Call it in the event itself. */
export function takeDrop(transfer: DataTransfer): Promise<Brought> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file')
  const entries = items.map((item) => item.webkitGetAsEntry())
  // A picture from the clipboard is a file that lies nowhere.
  const loose = items.flatMap((item, index) => (entries[index] === null ? (item.getAsFile() ?? []) : []))
  return readEntries(
    entries.filter((entry) => entry !== null),
    broughtOf(loose),
  )
}

/** Of an `<input type="file">` or a paste; an input for folders names them in `webkitRelativePath`. */
export const broughtOf = (files: Iterable<File>): Brought => ({
  uploads: [...files]
    .filter(({ name }) => !leftOut.has(name))
    .map((file) => ({ path: (file.webkitRelativePath || file.name).normalize('NFC'), file })),
  emptyFolders: [],
  problems: [],
})

async function readEntries(entries: readonly FileSystemEntry[], { uploads }: Brought): Promise<Brought> {
  const brought = { uploads: [...uploads], emptyFolders: [] as string[], problems: [] as string[] }
  let isFull = false
  const visit = async (entry: FileSystemEntry, folder: string): Promise<void> => {
    if (isFull || leftOut.has(entry.name)) return
    if (brought.uploads.length >= fileLimits.filesPerProject) {
      isFull = true
      brought.problems.push(
        `A project has at most ${fileLimits.filesPerProject} files: the rest of what you dropped was left out.`,
      )
      return
    }
    const path = joinPath(folder, entry.name.normalize('NFC'))
    try {
      if (isFile(entry)) brought.uploads.push({ path, file: await fileOf(entry) })
      else {
        const inside = await childrenOf(entry as FileSystemDirectoryEntry)
        if (inside.length === 0) brought.emptyFolders.push(path)
        for (const each of inside) await visit(each, path)
      }
    } catch {
      brought.problems.push(`“${path}”: your browser could not read it.`)
    }
  }
  for (const entry of entries) await visit(entry, '')
  return brought
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject))

async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const children: FileSystemEntry[] = []
  // A reader gives at most a hundred entries at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return children
    children.push(...some)
  }
}
