/**
 * Thinning out: of versions older than some days one per hour stays, of older ones one per day; and of a file that was deleted long ago
 * nothing. Named versions, and those in a snapshot, stay for ever.
 *
 *     shown ─► condemned (shown to nobody) ─(a day of grace)─► removed, when no delta needs it
 *
 * Both steps hold the project, as naming and making snapshots do, so nothing is condemned while somebody begins to refer to it.
 */
import type { Database } from '@atelier/storage/db/database'

export type Retention = {
  /** Every version is kept so long. */
  readonly allDays: number
  /** Then one per hour, until it is so old; then one per day. */
  readonly hourlyDays: number
  /** Deleted files can be brought back so long. */
  readonly deletedDays: number
}

export const graceHours = 24
/** Unnamed versions of one file; the oldest go. */
export const versionsPerFile = 2000

const isReferred = `(EXISTS (SELECT FROM version_names n WHERE n.project = $1 AND n.history = v.history AND n.version = v.version)
                     OR EXISTS (SELECT FROM snapshot_entries e WHERE e.history = v.history AND e.version = v.version))`

/** Resolves with how many versions were removed for good. */
export async function thinAll(db: Database, retention: Retention, nowMs: number): Promise<number> {
  const { rows } = await db.query<{ project: string }>({
    name: 'list-projects-with-versions',
    text: `SELECT id AS project FROM projects p WHERE EXISTS (SELECT FROM file_versions WHERE project = p.id)`,
  })
  let removed = 0
  for (const { project } of rows) removed += await thinProject(db, project, retention, nowMs)
  return removed
}

export function thinProject(db: Database, project: string, retention: Retention, nowMs: number): Promise<number> {
  const now = new Date(nowMs).toISOString()
  return db.transaction(async (queries) => {
    const taken = await queries.query({
      name: 'take-project-to-thin',
      text: 'SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE',
      values: [project],
    })
    if (taken.rowCount === 0) return 0
    await queries.query({
      name: 'condemn-versions',
      text: `UPDATE file_versions c SET condemned_at = $2::timestamptz
               FROM (SELECT v.history, v.version,
                            row_number() OVER (PARTITION BY v.history, CASE
                              WHEN v.at > $2::timestamptz - $3 * interval '1 day' THEN v.version::text
                              WHEN v.at > $2::timestamptz - $4 * interval '1 day' THEN date_trunc('hour', v.at)::text
                              ELSE date_trunc('day', v.at)::text || ' day' END ORDER BY v.version DESC) AS in_span,
                            row_number() OVER (PARTITION BY v.history ORDER BY v.version DESC) AS place,
                            d.deleted_at
                       FROM file_versions v LEFT JOIN deleted_files d ON d.project = v.project AND d.history = v.history
                      WHERE v.project = $1 AND v.condemned_at IS NULL AND NOT ${isReferred}) AS v
              WHERE c.project = $1 AND c.history = v.history AND c.version = v.version
                AND ((v.deleted_at IS NULL AND (v.in_span > 1 OR v.place > ${versionsPerFile}))
                     OR v.deleted_at <= $2::timestamptz - $5 * interval '1 day')`,
      values: [project, now, retention.allDays, retention.hourlyDays, retention.deletedDays],
    })
    await queries.query({
      name: 'forget-deleted-files',
      text: `DELETE FROM deleted_files d WHERE project = $1 AND deleted_at <= $2::timestamptz - $3 * interval '1 day'
                AND NOT EXISTS (SELECT FROM file_versions v WHERE v.project = $1 AND v.history = d.history AND v.condemned_at IS NULL)`,
      values: [project, now, retention.deletedDays],
    })
    const { rowCount } = await queries.query({
      name: 'remove-condemned-versions',
      text: `DELETE FROM file_versions v
              WHERE project = $1 AND condemned_at <= $2::timestamptz - ${graceHours} * interval '1 hour' AND NOT ${isReferred}
                AND NOT EXISTS (SELECT FROM file_versions d WHERE d.project = $1 AND d.history = v.history AND d.base = v.version)`,
      values: [project, now],
    })
    return rowCount
  })
}
