/**
 * A project as a zip file that is made while it is sent: one file at a time is read, when the reader wants more, so a project of
 * any size costs the same memory. Each file is as it is when its turn comes; when one cannot be read, the stream fails, so that
 * nobody takes half a project for a whole one.
 */
import { Readable } from 'node:stream'
import type { FileEntry } from '@atelier/protocol/files'
import { ZipFile } from 'yazl'
import type { Projects } from '../projects/projects.ts'

/** These are compressed already. */
const packedAlready = /\.(?:png|jpe?g|gif|webp|avif|mp[34]|webm|ogg|zip|gz|br|zst|xz|bz2|7z|jar|woff2?|pdf)$/i
/** Plain files and folders: nothing that is unpacked is executable or a link. */
const modes = { file: 0o100644, folder: 0o040755 } as const

export async function writeArchive(projects: Projects, projectId: string, userId: string): Promise<Readable> {
  const { items } = await projects.openTree(projectId, userId)
  const zip = new ZipFile()
  const output = Readable.from(zip.outputStream as AsyncIterable<Buffer>, { objectMode: false })
  zip.on('error', (error: Error) => output.destroy(error))
  for (const entry of items) add(entry)
  zip.end()
  return output

  function add({ path, kind, updatedAt }: FileEntry): void {
    const mtime = new Date(updatedAt)
    if (kind === 'folder') zip.addEmptyDirectory(path, { mtime, mode: modes.folder })
    else
      zip.addReadStreamLazy(path, { mtime, mode: modes.file, compress: !packedAlready.test(path) }, (opened) => {
        projects.openFile(projectId, userId, path).then(
          ({ content }) => opened(null, Buffer.isBuffer(content) ? Readable.from([content]) : content),
          (error: Error) => opened(error, Readable.from([])),
        )
      })
  }
}
