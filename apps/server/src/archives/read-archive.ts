/**
 * The table of contents of an uploaded zip file, looked at as a whole before anything of it is unpacked. Nobody is trusted: names
 * that leave the project, links, doubles, encrypted files, more files or bytes than a project holds are refused, each with a
 * sentence. What a file claims to have when unpacked is what it may have: yauzl stops one that has more.
 */
import type { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import { checkPath, fileLimits } from '@atelier/protocol/files'
import { type Entry, fromFd, type ZipFile } from 'yauzl'

export type ArchivedFile = { readonly path: string; readonly sizeBytes: number; open(): Promise<Readable> }
export type Archive = {
  readonly files: readonly ArchivedFile[]
  /** Only those that no file makes by itself. */
  readonly folders: readonly string[]
  close(): void
}

/** What desktops put beside people's files. */
const leftOut = /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/
const fileType = { mask: 0o170000, none: 0, file: 0o100000, folder: 0o040000, link: 0o120000 } as const

/** Takes over the descriptor. `into`: a folder in whose names everything goes, or ''. @throws Refusal invalid-archive, invalid-path, too-large */
export async function readArchive(descriptor: number, into: string): Promise<Archive> {
  const zip = await openZip(descriptor)
  try {
    if (zip.entryCount > fileLimits.filesPerProject) throw tooManyFiles(zip.entryCount)
    const entries = await entriesOf(zip)
    return { ...sort(zip, entries, into), close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error
  }
}

function sort(zip: ZipFile, entries: readonly Entry[], into: string): Omit<Archive, 'close'> {
  const files = new Map<string, ArchivedFile>()
  const folders = new Set<string>()
  let bytes = 0
  for (const entry of entries) {
    if (leftOut.test(entry.fileName)) continue
    checkEntry(entry)
    const isFolder = entry.fileName.endsWith('/')
    const path = pathOf(entry, into)
    if (files.has(path) || (!isFolder && folders.has(path))) throw refuse(`it has "${path}" more than once`, 'Make it anew.')
    if (isFolder) {
      folders.add(path)
      continue
    }
    bytes += entry.uncompressedSize
    if (bytes > fileLimits.projectBytes) throw tooLarge()
    files.set(path, { path, sizeBytes: entry.uncompressedSize, open: () => openEntry(zip, entry) })
  }
  for (const path of files.keys())
    for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
      if (files.has(path.slice(0, cut)))
        throw refuse(`in it "${path.slice(0, cut)}" is a file and a folder at once`, 'Make it anew.')
      folders.delete(path.slice(0, cut))
    }
  return { files: [...files.values()], folders: [...folders].toSorted() }
}

function checkEntry(entry: Entry): void {
  const { fileName, generalPurposeBitFlag, externalFileAttributes, uncompressedSize, versionMadeBy, compressionMethod } = entry
  if (compressionMethod !== 0 && compressionMethod !== 8)
    throw refuse(`"${fileName}" in it is compressed in an unusual way`, 'Make it anew with the usual compression (deflate).')
  if ((generalPurposeBitFlag & 1) === 1) throw refuse(`"${fileName}" in it is encrypted`, 'Make it without a password.')
  // Only zip files that were made on Unix say what kind of file it is.
  const kind = versionMadeBy >> 8 === 3 ? (externalFileAttributes >>> 16) & fileType.mask : fileType.none
  if (kind === fileType.link)
    throw refuse(`"${fileName}" in it is a symbolic link`, 'Replace it by the file that it points to, and make the archive anew.')
  if (kind !== fileType.none && kind !== fileType.file && kind !== fileType.folder)
    throw refuse(`"${fileName}" in it is neither a file nor a folder`, 'Leave it out, and make the archive anew.')
  if (uncompressedSize > fileLimits.fileBytes)
    throw new Refusal(
      'too-large',
      `"${fileName}" in the archive has more than the ${fileLimits.fileBytes / 1024 / 1024} MB that a file may have. Nothing was imported; leave it out.`,
    )
}

/** macOS writes decomposed letters. */
function pathOf(entry: Entry, into: string): string {
  const name = entry.fileName.replace(/\/$/, '').normalize('NFC')
  try {
    return checkPath(into === '' ? name : `${into}/${name}`)
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    const shown = JSON.stringify(entry.fileName.slice(0, 200))
    throw new Refusal('invalid-path', `Nothing was imported, because of the name ${shown} in the archive: ${cause.message}`, {
      cause,
    })
  }
}

const openZip = (descriptor: number): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    fromFd(
      descriptor,
      { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true },
      (error: Error | null, zip) => (error === null ? resolve(zip) : reject(notReadable(error))),
    )
  })

/** The descriptor is closed by `close` alone. */
function entriesOf(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    zip.on('error', (error: Error) => reject(notReadable(error)))
    zip.on('end', () => resolve(entries))
    zip.on('entry', (entry: Entry) => {
      entries.push(entry)
      // The count at the end of the file may lie.
      if (entries.length > fileLimits.filesPerProject) reject(tooManyFiles(entries.length))
      else zip.readEntry()
    })
    zip.readEntry()
  })
}

const openEntry = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error: Error | null, stream) => (error === null ? resolve(stream) : reject(notReadable(error))))
  })

/** What is wrong with the bytes of an archive, as yauzl or zlib says it. */
export const notReadable = (cause: Error, path?: string): Refusal =>
  path === undefined
    ? refuse(`it cannot be read (${cause.message.slice(0, 200)})`, 'Make it anew, or send another one.', cause)
    : new Refusal(
        'invalid-archive',
        `The zip file was imported in part: "${path}" in it cannot be read (${cause.message.slice(0, 200)}). Make it anew, and import it once more.`,
        { cause },
      )

const refuse = (why: string, next: string, cause?: Error): Refusal =>
  new Refusal('invalid-archive', `The zip file was not imported: ${why}. ${next}`, cause === undefined ? {} : { cause })

const tooManyFiles = (count: number): Refusal =>
  new Refusal(
    'too-large',
    `The archive has ${count} entries or more; a project has at most ${fileLimits.filesPerProject}. Nothing was imported: leave out what can be made again, such as node_modules.`,
  )

const tooLarge = (): Refusal =>
  new Refusal(
    'too-large',
    `Unpacked, the archive has more than the ${fileLimits.projectBytes / 1024 / 1024} MB that a project may have. Nothing was imported: leave out what can be made again.`,
  )
