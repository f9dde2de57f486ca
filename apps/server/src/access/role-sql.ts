/**
 * The rule of access as conditions of statements. `p` is the project's row in all of them, `user` a parameter such as `$2`.
 * Owners come first: for them no other table is looked at.
 */
const membership = (user: string, more = ''): string =>
  `SELECT m.role FROM project_members m WHERE m.project = p.id AND m.user_id = ${user}${more}`

/** The role as a column; null for strangers. */
export const roleColumn = (user: string): string =>
  `CASE WHEN p.owner = ${user} THEN 'owner' ELSE (${membership(user)}) END AS role`
export const mayReadAs = (user: string): string => `(p.owner = ${user} OR EXISTS (${membership(user)}))`
export const mayWriteAs = (user: string): string =>
  `(p.owner = ${user} OR EXISTS (${membership(user, " AND m.role = 'editor'")}))`
