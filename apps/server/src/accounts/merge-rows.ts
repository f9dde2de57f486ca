/** What moves when the guest of a browser signs in to an account that exists: everything that the guest owns or has joined. */
import type { Queries } from '@atelier/storage/db/database'

/** How many projects it has, its own and those it is in; null when it is no guest. */
export async function countGuestProjects(queries: Queries, userId: string): Promise<number | null> {
  const { rows } = await queries.query<{ count: number }>({
    name: 'count-guest-projects',
    text: `SELECT ((SELECT count(*) FROM projects WHERE owner = u.id) + (SELECT count(*) FROM project_members WHERE user_id = u.id))::int AS count
             FROM users u WHERE u.id = $1 AND u.kind = 'guest'`,
    values: [userId],
  })
  return rows[0]?.count ?? null
}

/** Gives it all to the account and removes the guest. Returns the ids of the projects concerned. */
export async function mergeGuest(queries: Queries, guestId: string, accountId: string): Promise<string[]> {
  const values = [guestId, accountId]
  // Whoever makes a project or joins one holds the user's row: nothing new comes in behind our back.
  const { rowCount } = await queries.query({
    name: 'merge-lock-guest',
    text: `SELECT 1 FROM users WHERE id = $1 AND kind = 'guest' FOR UPDATE`,
    values: [guestId],
  })
  if (rowCount === 0) return []
  // In the order in which saves lock them, so that nobody waits for each other.
  await queries.query({
    name: 'merge-lock-projects',
    text: `SELECT 1 FROM projects WHERE owner = $1 OR id IN (SELECT project FROM project_members WHERE user_id = $1)
            ORDER BY id FOR NO KEY UPDATE`,
    values: [guestId],
  })
  const owned = await queries.query<{ id: string }>({
    name: 'merge-projects',
    text: 'UPDATE projects SET owner = $2 WHERE owner = $1 RETURNING id',
    values,
  })
  const joined = await queries.query<{ project: string }>({
    name: 'merge-memberships',
    text: `INSERT INTO project_members AS m (project, user_id, role, joined_at)
           SELECT g.project, $2, g.role, g.joined_at FROM project_members g JOIN projects p ON p.id = g.project
            WHERE g.user_id = $1 AND p.owner <> $2
           ON CONFLICT (project, user_id) DO UPDATE SET role = 'editor' WHERE excluded.role = 'editor' AND m.role = 'viewer'
           RETURNING project`,
    values,
  })
  // The account may have been a member of what it owns now.
  await queries.query({
    name: 'merge-own-memberships',
    text: 'DELETE FROM project_members m USING projects p WHERE p.id = m.project AND p.owner = $1 AND m.user_id = $1',
    values: [accountId],
  })
  await queries.query({ name: 'merge-links', text: 'UPDATE share_links SET created_by = $2 WHERE created_by = $1', values })
  // Who was a student of the same class twice keeps the account's place; the other fork is a project of theirs like any other.
  await queries.query({
    name: 'merge-students',
    text: `UPDATE assignment_students s SET user_id = $2 WHERE user_id = $1
              AND NOT EXISTS (SELECT FROM assignment_students t WHERE t.assignment = s.assignment AND t.user_id = $2)`,
    values,
  })
  await queries.query({ name: 'merge-teachers', text: 'UPDATE assignment_students SET teacher = $2 WHERE teacher = $1', values })
  await queries.query({ name: 'merge-executions', text: 'UPDATE executions SET user_id = $2 WHERE user_id = $1', values })
  await queries.query({ name: 'merge-authors', text: 'UPDATE document_authors SET user_id = $2 WHERE user_id = $1', values })
  // An account's own token or name stays where there are two.
  await queries.query({
    name: 'merge-git',
    text: `WITH t AS (UPDATE git_tokens g SET user_id = $2 WHERE user_id = $1
                       AND NOT EXISTS (SELECT FROM git_tokens o WHERE o.user_id = $2 AND o.host = g.host)),
                i AS (UPDATE git_identities SET user_id = $2 WHERE user_id = $1
                       AND NOT EXISTS (SELECT FROM git_identities WHERE user_id = $2))
           UPDATE git_exports SET set_by = $2 WHERE set_by = $1`,
    values,
  })
  const projects = [...owned.rows.map((row) => row.id), ...joined.rows.map((row) => row.project)]
  // In these alone the guest can have written, those that the account was in before among them.
  await queries.query({
    name: 'merge-history',
    text: `WITH theirs AS (SELECT id FROM projects WHERE owner = $2
                           UNION SELECT project FROM project_members WHERE user_id IN ($1, $2)),
                f AS (UPDATE files SET author = $2 WHERE author = $1 AND project IN (SELECT id FROM theirs)),
                v AS (UPDATE file_versions SET author = $2 WHERE author = $1 AND project IN (SELECT id FROM theirs)),
                n AS (UPDATE version_names SET named_by = $2 WHERE named_by = $1 AND project IN (SELECT id FROM theirs)),
                d AS (UPDATE deleted_files SET deleted_by = $2 WHERE deleted_by = $1 AND project IN (SELECT id FROM theirs))
           UPDATE snapshots SET author = $2 WHERE author = $1 AND project IN (SELECT id FROM theirs)`,
    values,
  })
  // The audit log keeps the guest's id, as it keeps everything: the line of the sign-in says who they have become.
  await queries.query({ name: 'merge-remove-guest', text: 'DELETE FROM users WHERE id = $1', values: [guestId] })
  await queries.query({
    name: 'merge-tell',
    text: `SELECT pg_notify('atelier_access', id::text) FROM unnest($1::uuid[]) AS id`,
    values: [projects],
  })
  return projects
}
