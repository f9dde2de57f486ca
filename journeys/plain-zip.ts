/** A zip file of small texts, stored as they are: what a person would drop on the page, without a packer. */
import { crc32 } from 'node:zlib'

export function plainZip(files: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const [locals, entries] = [[] as Buffer[], [] as Buffer[]]
  let offset = 0
  for (const [path, content] of Object.entries(files)) {
    const [name, bytes] = [Buffer.from(path), Buffer.from(content)]
    const sizes = Buffer.alloc(12)
    sizes.writeUInt32LE(crc32(bytes), 0)
    sizes.writeUInt32LE(bytes.length, 4)
    sizes.writeUInt32LE(bytes.length, 8)
    // Version 2.0, names in UTF-8, stored, no time.
    const common = Buffer.concat([Buffer.from([20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]), sizes, Buffer.from([name.length, 0, 0, 0])])
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, bytes])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    entries.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), common, tail, name]))
    locals.push(local)
    offset += local.length
  }
  const contents = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(contents.length, 12)
  end.writeUInt32LE(offset, 16)
  return new Uint8Array(Buffer.concat([...locals, contents, end]))
}
