/** The same bytes in a buffer that is nobody else's, so that they can be given to another thread; large ones are not copied. */
export function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length ? new Uint8Array(buffer) : Uint8Array.from(bytes)
}
