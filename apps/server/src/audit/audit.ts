/**
 * Writing the audit log. `recordAudit` takes the `Queries` of the transaction that makes the change, so that either both are committed or
 * neither is. From where, by which request and with which token it was asked is added here (origin.ts).
 *
 * What people type and save has its own record, the history of each file: docs/decisions/0028-quotas-and-audit.md.
 */
import type { Queries } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import { insertLine } from './audit-rows.ts'
import { presentOrigin } from './origin.ts'

export type AuditEntry = {
  /** A noun and a verb: `project.rename`. */
  readonly action: `${string}.${string}`
  /** Who did it; null: nobody who is known, or the server itself. */
  readonly userId: string | null
  /** The project that it concerns; its owner sees the line. */
  readonly projectId?: string | null
  /** What it was done to, when that is not the project itself: an id, or a path. */
  readonly object?: string | null
  /** What else a reader wants to know. Never a secret. */
  readonly details?: Readonly<Record<string, string | number | boolean | null | undefined>>
  /** Without it: done. */
  readonly result?: 'done' | 'refused'
}

/** One line, as a part of `queries`. */
export async function recordAudit(queries: Queries, entry: AuditEntry): Promise<void> {
  const { address, requestId, via } = presentOrigin()
  await insertLine(queries, {
    ...{ id: uuidv7(), userId: entry.userId, via, action: entry.action, projectId: entry.projectId ?? null },
    object: entry.object == null ? null : written(entry.object),
    result: entry.result ?? 'done',
    ...{ address, requestId },
    details: JSON.stringify(
      Object.fromEntries(
        Object.entries(entry.details ?? {})
          .slice(0, detailsAtMost)
          .map(([name, value]) => [name, typeof value === 'string' ? written(value) : value]),
      ),
    ),
  })
}

const detailsAtMost = 20
/** In code points. */
const textLength = 300

/** One line of text that PostgreSQL takes, without what looks like a token of ours: should a caller ever pass one, it is not kept. */
function written(text: string): string {
  const plain = text
    .slice(0, 4 * textLength)
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would begin a line of their own
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd')
    .replace(/\batl_[a-z]_[A-Za-z0-9_-]+/g, 'atl_…')
  return [...plain].slice(0, textLength).join('')
}
