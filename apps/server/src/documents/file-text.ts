/** A file as a text to be edited together: line ends are "\n" inside, and as they were when it is put back. */
import { isUtf8 } from 'node:buffer'
import { documentLimits } from '@atelier/protocol/documents'
import { Refusal } from '@atelier/protocol/errors'

export type LineEnd = 'lf' | 'crlf'
export type FileText = { readonly text: string; readonly lineEnd: LineEnd }

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** @throws Refusal too-large, unsupported-media-type */
export function textOfFile(path: string, bytes: Buffer): FileText {
  if (bytes.length > documentLimits.textBytes) throw fileTooLargeToShare(path)
  if (bytes.includes(0) || !isUtf8(bytes))
    throw new Refusal(
      'unsupported-media-type',
      `"${path}" is not text in UTF-8, so it cannot be edited together. Read and save it as a whole.`,
    )
  const text = decoder.decode(bytes)
  return { text: text.replace(/\r\n?/g, '\n'), lineEnd: lineEndOf(text) }
}

export const fileTooLargeToShare = (path: string): Refusal =>
  new Refusal(
    'too-large',
    `"${path}" has more than ${documentLimits.textBytes / 1024 / 1024} MB, too much to be edited together. Read and save it as a whole.`,
  )

export function fileOfText(text: string, lineEnd: LineEnd): Buffer {
  return Buffer.from(lineEnd === 'crlf' ? text.replace(/\n/g, '\r\n') : text)
}

/** What most lines end with. */
function lineEndOf(text: string): LineEnd {
  const pairs = text.match(/\r\n/g)?.length ?? 0
  if (pairs === 0) return 'lf'
  const feeds = text.match(/\n/g)?.length ?? 0
  return pairs * 2 > feeds ? 'crlf' : 'lf'
}
