import type { AuditLine } from '@atelier/protocol/audit'
import type { Queries } from '@atelier/storage/db/database'

export type NewLine = {
  readonly id: string
  readonly userId: string | null
  readonly via: string | null
  readonly action: string
  readonly projectId: string | null
  readonly object: string | null
  readonly result: 'done' | 'refused'
  readonly address: string | null
  readonly requestId: string | null
  /** A JSON object. */
  readonly details: string
}

export async function insertLine(queries: Queries, line: NewLine): Promise<void> {
  await queries.query({
    name: 'insert-audit-line',
    text: `INSERT INTO audit_log (id, user_id, via, action, project, object, result, address, request, details)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    values: [
      ...[line.id, line.userId, line.via, line.action, line.projectId, line.object, line.result],
      ...[line.address, line.requestId, line.details],
    ],
  })
}

export type LineFilter = {
  readonly user?: string | undefined
  readonly project?: string | undefined
  /** A whole action, or its noun: "project.rename", "project". */
  readonly action?: string | undefined
  readonly result?: 'done' | 'refused' | undefined
  readonly request?: string | undefined
  readonly address?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export type LinePlace = { readonly at: string; readonly id: string }

type LineRow = {
  readonly id: string
  readonly at: Date
  readonly user_id: string | null
  readonly user_name: string | null
  readonly via: string | null
  readonly action: string
  readonly project: string | null
  readonly object: string | null
  readonly result: 'done' | 'refused'
  readonly address: string | null
  readonly request: string | null
  readonly details: AuditLine['details']
}

const columns = `a.id, a.at, a.user_id, u.name AS user_name, a.via, a.action, a.project, a.object, a.result,
                 host(a.address) AS address, a.request, a.details`

/** Always with a beginning and an end of time, so that PostgreSQL goes through an index to them, and looks at no month outside of them. */
const pageOf = (scope: string): string => `
  SELECT ${columns} FROM audit_log a LEFT JOIN users u ON u.id = a.user_id
   WHERE ${scope} AND a.at >= $1 AND a.at < $2 AND (a.at, a.id) < ($3, $4::uuid)
     AND ($5::text IS NULL OR a.action = $5 OR starts_with(a.action, $5 || '.'))
     AND ($6::text IS NULL OR a.result = $6) AND ($7::uuid IS NULL OR a.request = $7) AND ($8::inet IS NULL OR a.address <<= $8)
     AND ($9::uuid IS NULL OR a.user_id = $9) AND ($10::uuid IS NULL OR a.project = $10)
   ORDER BY a.at DESC, a.id DESC LIMIT $11`

/** Of these the index is another one. */
const statements = {
  project: { name: 'list-audit-of-project', text: pageOf('a.project = $10') },
  user: { name: 'list-audit-of-user', text: pageOf('a.user_id = $9') },
  all: { name: 'list-audit', text: pageOf('true') },
} as const

/** The newest first. `after`: the last line of the page before. */
export async function listLines(
  queries: Queries,
  filter: LineFilter,
  page: { readonly after: LinePlace | null; readonly most: number },
): Promise<AuditLine[]> {
  const statement =
    filter.project !== undefined ? statements.project : filter.user !== undefined ? statements.user : statements.all
  const { rows } = await queries.query<LineRow>({
    ...statement,
    values: [
      ...[filter.since ?? '-infinity', filter.until ?? 'infinity'],
      ...[page.after?.at ?? 'infinity', page.after?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
      ...[filter.action ?? null, filter.result ?? null, filter.request ?? null, filter.address ?? null],
      ...[filter.user ?? null, filter.project ?? null, page.most],
    ],
  })
  return rows.map((row) => ({
    ...{ id: row.id, at: row.at.toISOString(), userId: row.user_id, userName: row.user_name, via: row.via },
    ...{ action: row.action, projectId: row.project, object: row.object, result: row.result },
    ...{ address: row.address, requestId: row.request, details: row.details },
  }))
}
