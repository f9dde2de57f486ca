/** The statements on exports. Who may set one was looked at before. */
import type { GitExportState } from '@atelier/protocol/git'
import type { Queries } from '@atelier/storage/db/database'

type Row = {
  target: 'remote' | 'folder'
  url: string | null
  branch: string | null
  every_minutes: number
  next_at: Date
  last_success_at: Date | null
  last_error: string | null
}

const stateOf = (row: Row): GitExportState => ({
  ...{ target: row.target, url: row.url, branch: row.branch, everyMinutes: row.every_minutes, lastError: row.last_error },
  lastSuccessAt: row.last_success_at?.toISOString() ?? null,
  nextAt: row.next_at.toISOString(),
})

const columns = 'target, url, branch, every_minutes, next_at, last_success_at, last_error'

export async function findExport(queries: Queries, project: string): Promise<GitExportState | null> {
  const { rows } = await queries.query<Row>({
    name: 'git-find-export',
    text: `SELECT ${columns} FROM git_exports WHERE project = $1`,
    values: [project],
  })
  return rows[0] === undefined ? null : stateOf(rows[0])
}

export type ExportToPut = {
  readonly project: string
  readonly setBy: string
  readonly target: 'remote' | 'folder'
  readonly url: string | null
  readonly branch: string | null
  readonly everyMinutes: number
}

/** It is due at once. */
export async function putExport(queries: Queries, put: ExportToPut): Promise<GitExportState> {
  const { rows } = await queries.query<Row>({
    name: 'git-put-export',
    text: `INSERT INTO git_exports (project, set_by, target, url, branch, every_minutes) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (project) DO UPDATE SET set_by = excluded.set_by, target = excluded.target, url = excluded.url,
             branch = excluded.branch, every_minutes = excluded.every_minutes, next_at = now(), last_error = NULL, failures = 0
           RETURNING ${columns}`,
    values: [put.project, put.setBy, put.target, put.url, put.branch, put.everyMinutes],
  })
  if (rows[0] === undefined) throw new Error('an export was put and is not there')
  return stateOf(rows[0])
}

export async function deleteExport(queries: Queries, project: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'git-delete-export',
    text: 'DELETE FROM git_exports WHERE project = $1',
    values: [project],
  })
  return rowCount > 0
}

export type DueExport = ExportToPut & { readonly failures: number }

/** Those that are due, the longest waiting first. Nobody else takes them for ten minutes: a server that dies meanwhile loses nothing. */
export async function leaseDueExports(queries: Queries, most: number): Promise<DueExport[]> {
  const { rows } = await queries.query<Row & { project: string; set_by: string; failures: number }>({
    name: 'git-lease-exports',
    text: `UPDATE git_exports e SET next_at = now() + interval '10 minutes'
             FROM (SELECT project FROM git_exports WHERE next_at <= now() ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS due
            WHERE e.project = due.project RETURNING e.project, e.set_by, e.failures, ${columns.replace(/\b(\w+)/g, 'e.$1')}`,
    values: [most],
  })
  return rows.map((row) => ({
    ...{ project: row.project, setBy: row.set_by, target: row.target, url: row.url, branch: row.branch },
    ...{ everyMinutes: row.every_minutes, failures: row.failures },
  }))
}

/** `error` null: it went well. */
export async function noteExport(queries: Queries, project: string, error: string | null, nextInMinutes: number): Promise<void> {
  await queries.query({
    name: 'git-note-export',
    text: `UPDATE git_exports SET next_at = now() + $3 * interval '1 minute', last_error = $2,
                  failures = CASE WHEN $2::text IS NULL THEN 0 ELSE failures + 1 END,
                  last_success_at = CASE WHEN $2::text IS NULL THEN now() ELSE last_success_at END
            WHERE project = $1`,
    values: [project, error, nextInMinutes],
  })
}
