/** Reading the audit log: a page, or all that fits a filter as a stream, which reads one page after the other as fast as it is taken. */

import { Readable } from 'node:stream'
import type { AuditLine, AuditPage } from '@atelier/protocol/audit'
import type { Queries } from '@atelier/storage/db/database'
import { cursorAfter, parseCursor } from '../http/page-cursor.ts'
import { type LineFilter, type LinePlace, listLines } from './audit-rows.ts'

/** Lines that a stream reads at a time. */
const streamedLines = 1000

export async function readAuditPage(
  queries: Queries,
  filter: LineFilter,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<AuditPage> {
  const after = cursor === undefined ? null : parseCursor(cursor)
  const found = await listLines(queries, filter, { after, most: limit + 1 })
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: found.length > limit && last !== undefined ? cursorAfter(last) : null }
}

async function* linesOf(queries: Queries, filter: LineFilter): AsyncGenerator<readonly AuditLine[]> {
  for (let after: LinePlace | null = null; ; ) {
    const lines: AuditLine[] = await listLines(queries, filter, { after, most: streamedLines })
    if (lines.length > 0) yield lines
    const last = lines.at(-1)
    if (lines.length < streamedLines || last === undefined) return
    after = last
  }
}

/** One JSON object a line. */
export function auditAsJsonLines(queries: Queries, filter: LineFilter): Readable {
  return Readable.from(
    (async function* () {
      for await (const lines of linesOf(queries, filter)) yield lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    })(),
    { objectMode: false },
  )
}

const columns = [
  ...['at', 'id', 'userId', 'userName', 'via', 'action', 'projectId', 'object', 'result', 'address', 'requestId', 'details'],
] as const satisfies readonly (keyof AuditLine)[]

/** RFC 4180, with a first row of names. */
export function auditAsCsv(queries: Queries, filter: LineFilter): Readable {
  return Readable.from(
    (async function* () {
      yield `${columns.join(',')}\r\n`
      for await (const lines of linesOf(queries, filter)) yield lines.map(rowOf).join('')
    })(),
    { objectMode: false },
  )
}

const rowOf = (line: AuditLine): string =>
  `${columns.map((name) => cellOf(name === 'details' ? JSON.stringify(line.details) : (line[name] ?? ''))).join(',')}\r\n`

/** A spreadsheet would take a cell that begins so for a formula and run it: the apostrophe makes it text (OWASP, CSV injection). */
export function cellOf(text: string): string {
  const plain = /^[\s]*[=+\-@\t\r|%]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(plain) || plain !== plain.trim() ? `"${plain.replaceAll('"', '""')}"` : plain
}
