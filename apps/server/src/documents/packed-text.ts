/**
 * A stored text on its way to the text thread: one run of bytes, which is handed over instead of copied. Sent as they are, records
 * would each take along the 8 KB that their bytes happen to lie in.
 */
import type { Stored } from '@atelier/text/engine'

/** `lengths`: of the snapshot, then of each record. */
export type PackedText = { readonly bytes: Uint8Array<ArrayBuffer>; readonly lengths: readonly number[] }

export function packText({ snapshot, records }: Stored): PackedText {
  const parts = [snapshot, ...records]
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { bytes, lengths: parts.map(({ length }) => length) }
}

export function unpackText({ bytes, lengths }: PackedText): Stored {
  let at = 0
  const parts = lengths.map((length) => {
    at += length
    return bytes.subarray(at - length, at)
  })
  const [snapshot = new Uint8Array(), ...records] = parts
  return { snapshot, records }
}
