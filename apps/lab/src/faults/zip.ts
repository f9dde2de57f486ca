/** One text out of a zip, found as unzip finds it: by the directory at its end. */
import { inflateRawSync } from 'node:zlib'

const endSignature = 0x06054b50
const entrySignature = 0x02014b50

export function textInZip(zip: Buffer, path: string): string {
  let end = zip.length - 22
  while (end >= 0 && zip.readUInt32LE(end) !== endSignature) end -= 1
  if (end < 0) return 'no zip'
  let at = zip.readUInt32LE(end + 16)
  while (at + 46 <= zip.length && zip.readUInt32LE(at) === entrySignature) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)]
    const [name, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)]
    const entry = zip.toString('utf8', at + 46, at + 46 + name)
    if (entry === path || entry.endsWith(`/${path}`)) {
      const local = zip.readUInt32LE(at + 42)
      const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
      const bytes = zip.subarray(from, from + size)
      return (method === 0 ? bytes : inflateRawSync(bytes)).toString()
    }
    at += 46 + name + extra + comment
  }
  return 'not in the zip'
}
