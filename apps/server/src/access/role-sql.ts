/**
 * The rule of access as conditions of statements. `p` is the project's row in all of them (or `as`), `user` a parameter such as `$2`.
 * Owners come first: for them no other table is looked at. Whether a project is private is in its own row, so strangers cost no table
 * either; the right to write never comes from it.
 */
const membership = (user: string, as: string, more = ''): string =>
  `SELECT m.role FROM project_members m WHERE m.project = ${as}.id AND m.user_id = ${user}${more}`

/** The role as a column; null for those who may not even read. */
export const roleColumn = (user: string, as = 'p'): string =>
  `CASE WHEN ${as}.owner = ${user} THEN 'owner'
        ELSE coalesce((${membership(user, as)}), CASE WHEN ${as}.visibility <> 'private' THEN 'viewer' END) END AS role`
export const mayReadAs = (user: string, as = 'p'): string =>
  `(${as}.owner = ${user} OR ${as}.visibility <> 'private' OR EXISTS (${membership(user, as)}))`
export const mayWriteAs = (user: string, as = 'p'): string =>
  `(${as}.owner = ${user} OR EXISTS (${membership(user, as, " AND m.role = 'editor'")}))`
/** What everybody may read, everybody may run, at their own expense. In a private project viewers look on. */
export const mayRunAs = (user: string, as = 'p'): string =>
  `(${as}.owner = ${user} OR ${as}.visibility <> 'private' OR EXISTS (${membership(user, as, " AND m.role = 'editor'")}))`
/** Let in by somebody, not by the project's visibility: what the project was, and who is in it, is for them alone. */
export const isMemberAs = (user: string, as = 'p'): string => `(${as}.owner = ${user} OR EXISTS (${membership(user, as)}))`
