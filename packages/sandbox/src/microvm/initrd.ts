/**
 * The guest's first files: an init script, one static program (busybox) and the kernel modules that reach the disks. An archive
 * in the kernel's own format ("newc" cpio), uncompressed, because unpacking is what an emulated processor is slowest at; the same inputs give
 * the same bytes, so that a template can be told by them.
 * Source: https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 */

export type ArchiveEntry = { readonly path: string; readonly mode: number; readonly content: Uint8Array }

const TYPE = { folder: 0o040000, file: 0o100000 } as const

export const folderEntry = (path: string): ArchiveEntry => ({ path, mode: TYPE.folder | 0o755, content: new Uint8Array() })

export const fileEntry = (path: string, content: Uint8Array, isExecutable = false): ArchiveEntry => ({
  path,
  mode: TYPE.file | (isExecutable ? 0o755 : 0o644),
  content,
})

/** Entries in the order given: folders before what lies in them. */
export function archive(entries: readonly ArchiveEntry[]): Buffer {
  const end: ArchiveEntry = { path: 'TRAILER!!!', mode: 0, content: new Uint8Array() }
  return Buffer.concat([...entries, end].flatMap((entry, index) => encode(entry, index + 1)))
}

function encode({ path, mode, content }: ArchiveEntry, inode: number): Buffer[] {
  const name = Buffer.from(`${path}\0`)
  const links = (mode & TYPE.folder) === TYPE.folder ? 2 : 1
  // inode, mode, user, group, links, time, size, four device numbers, length of the name, checksum
  const fields = [inode, mode, 0, 0, links, 0, content.byteLength, 0, 0, 0, 0, name.byteLength, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, name, padding(header.byteLength + name.byteLength), Buffer.from(content), padding(content.byteLength)]
}

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4)
