/**
 * How a blob lies on the disk: AES-256-GCM in pieces, so that it can be written and read as a stream and every piece is
 * authenticated before it is used (the construction of Tink's "AES-GCM-HKDF streaming").
 *
 *   header  magic 8 · key id 8 · salt 16 · plain size 8 · tag 16
 *   piece   up to 64 KiB of ciphertext · tag 16          (as many as the size says, the last one shorter)
 *
 * Each blob has a key of its own: HKDF-SHA256 of the master key and its salt. So nonces can be plain counters: byte 0 tells header (1) from
 * pieces (0), the last four bytes count the pieces. The header's tag also covers the SHA-256 of the content: a blob under another
 * blob's name, of another length or with pieces exchanged is refused before its first byte is handed out.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { MasterKey } from './keyring.ts'

export const pieceBytes = 64 * 1024
export const tagBytes = 16
export const headerBytes = 8 + 8 + 16 + 8 + tagBytes
export const saltBytes = 16

const magic = Buffer.from('ATLBLOB1')
const algorithm = 'aes-256-gcm'

export type Header = { readonly keyId: string; readonly salt: Buffer; readonly sizeBytes: number }

export const pieceCount = (sizeBytes: number): number => Math.ceil(sizeBytes / pieceBytes)
export const sealedBytes = (sizeBytes: number): number => headerBytes + sizeBytes + pieceCount(sizeBytes) * tagBytes

export const blobKey = (master: MasterKey, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', master.key, salt, 'atelier blob', 32))

export function sealPiece(key: Buffer, index: number, plain: Uint8Array): Buffer[] {
  const cipher = createCipheriv(algorithm, key, nonce(0, index))
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()]
}

/** Throws when the piece is not the one that was sealed. */
export function openPiece(key: Buffer, index: number, sealed: Buffer): Buffer {
  const end = sealed.length - tagBytes
  if (end < 0) throw new Error('the piece is cut short')
  const decipher = createDecipheriv(algorithm, key, nonce(0, index)).setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  decipher.final()
  return plain
}

export function sealHeader(key: Buffer, header: Header, sha256: string): Buffer {
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(header.sizeBytes))
  const open = Buffer.concat([magic, Buffer.from(header.keyId, 'hex'), header.salt, size])
  const cipher = createCipheriv(algorithm, key, nonce(1, 0))
  cipher.setAAD(Buffer.concat([open, Buffer.from(sha256, 'hex')]))
  cipher.final()
  return Buffer.concat([open, cipher.getAuthTag()])
}

/** Reads what a header says, not yet whether it is genuine: see `checkHeader`. */
export function parseHeader(bytes: Buffer): Header {
  if (bytes.length < headerBytes) throw new Error('the header is cut short')
  if (!bytes.subarray(0, 8).equals(magic)) throw new Error('it does not begin like a blob')
  return {
    keyId: bytes.toString('hex', 8, 16),
    salt: Buffer.from(bytes.subarray(16, 32)),
    sizeBytes: Number(bytes.readBigUInt64BE(32)),
  }
}

/** Throws when the header was not sealed with this key for this content. */
export function checkHeader(key: Buffer, bytes: Buffer, sha256: string): void {
  const decipher = createDecipheriv(algorithm, key, nonce(1, 0)).setAuthTag(bytes.subarray(headerBytes - tagBytes, headerBytes))
  decipher.setAAD(Buffer.concat([bytes.subarray(0, headerBytes - tagBytes), Buffer.from(sha256, 'hex')]))
  decipher.final()
}

function nonce(part: 0 | 1, index: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes[0] = part
  bytes.writeUInt32BE(index, 8)
  return bytes
}
