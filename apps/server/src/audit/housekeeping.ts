/** Months of the audit log: made ahead of time, dropped as a whole when all in them is older than what is kept. */
import type { Log } from '@atelier/base/log'
import type { Database } from '@atelier/storage/db/database'

const everyMs = 6 * 3600_000
const dayMs = 24 * 3600_000

export type AuditKeeping = { readonly db: Database; readonly log: Log; readonly now: () => number; readonly keptDays: number }

/** Does it once, then every six hours; returns the function that stops it. */
export async function startAuditKeeping(options: AuditKeeping): Promise<() => void> {
  await keepAudit(options)
  const timer = setInterval(() => {
    keepAudit(options).catch((error: unknown) => options.log.warn('months of the audit log not kept in order', { error }))
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

export async function keepAudit({ db, log, now, keptDays }: AuditKeeping): Promise<void> {
  await db.transaction(async (queries) => {
    // Two servers that start at once would make the same month.
    await queries.query({ name: 'lock-audit-months', text: "SELECT pg_advisory_xact_lock(hashtext('audit months'), 0)" })
    await queries.query({
      name: 'make-audit-months',
      text: `SELECT make_audit_month((now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date) FROM generate_series(-1, 3) AS ahead`,
    })
  })
  const { rows } = await db.query<{ name: string }>({
    name: 'list-audit-months',
    text: `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_log'::regclass`,
  })
  const dropped: string[] = []
  for (const { name } of rows) {
    const endMs = endOfMonth(name)
    if (endMs === null || endMs > now() - keptDays * dayMs) continue
    await db.query({ name: `drop-${name}`, text: `DROP TABLE IF EXISTS ${name}` })
    dropped.push(name)
  }
  if (dropped.length > 0) log.info('old months of the audit log dropped', { months: dropped })
}

/** "audit_log_202611" ends when December begins. */
function endOfMonth(name: string): number | null {
  const [, year, month] = /^audit_log_(\d{4})(\d{2})$/.exec(name) ?? []
  return year === undefined || month === undefined ? null : Date.UTC(Number(year), Number(month))
}
