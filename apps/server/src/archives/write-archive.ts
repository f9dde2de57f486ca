/**
 * A project, or a folder of it, as a zip file that is made while it is sent: one file at a time is read, when the reader wants more, so a project of
 * any size costs the same memory. Each file is as it is when its turn comes; when one cannot be read, the stream fails, so that
 * nobody takes half a project for a whole one.
 */
import { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import type { FileEntry } from '@atelier/protocol/files'
import { ZipFile } from 'yazl'
import type { Projects } from '../projects/projects.ts'

/** These are compressed already. */
const packedAlready = /\.(?:png|jpe?g|gif|webp|avif|mp[34]|webm|ogg|zip|gz|br|zst|xz|bz2|7z|jar|woff2?|pdf)$/i
/** Plain files and folders: nothing that is unpacked is executable or a link. */
const modes = { file: 0o100644, folder: 0o040755 } as const

/** `folder`: what lies in it, under its name; '' stands for the whole project. @throws Refusal not-found */
export async function writeArchive(projects: Projects, projectId: string, userId: string, folder: string): Promise<Readable> {
  const { items } = await projects.openTree(projectId, userId)
  const wanted = folder === '' ? items : items.filter(({ path }) => path === folder || path.startsWith(`${folder}/`))
  if (folder !== '' && !wanted.some(({ path, kind }) => path === folder && kind === 'folder')) throw noSuchFolder(folder)
  const above = folder.slice(0, folder.lastIndexOf('/') + 1)
  const zip = new ZipFile()
  const output = Readable.from(zip.outputStream as AsyncIterable<Buffer>, { objectMode: false })
  zip.on('error', (error: Error) => output.destroy(error))
  for (const entry of wanted) add(entry)
  zip.end()
  return output

  function add({ path, kind, updatedAt }: FileEntry): void {
    const mtime = new Date(updatedAt)
    const name = path.slice(above.length)
    if (kind === 'folder') zip.addEmptyDirectory(name, { mtime, mode: modes.folder })
    else
      zip.addReadStreamLazy(name, { mtime, mode: modes.file, compress: !packedAlready.test(path) }, (opened) => {
        projects.openFile(projectId, userId, path).then(
          ({ content }) => opened(null, Buffer.isBuffer(content) ? Readable.from([content]) : content),
          (error: Error) => opened(error, Readable.from([])),
        )
      })
  }
}

const noSuchFolder = (path: string): Refusal =>
  new Refusal('not-found', `There is no folder "${path}" in this project. A single file is read at its own address.`)
