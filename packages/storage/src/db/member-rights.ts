/**
 * What the role of people may do with each table at all; which rows, say the policies of migration 0012. Columns are named where a row
 * holds what not even its owner reads back: passwords, sums of tokens.
 *
 * A new table stands in one of the two lists, or second-wall.pg.test.ts fails.
 */
export const memberRights: Readonly<Record<string, string>> = {
  projects: 'SELECT, INSERT, UPDATE (name, visibility, used_bytes, used_entries, updated_at), DELETE',
  project_members: 'SELECT, UPDATE (role), DELETE',
  share_links:
    'SELECT (id, project, role, created_by, created_at, expires_at, revoked_at, last_used_at), INSERT, UPDATE (revoked_at), DELETE',
  assignments: 'SELECT (id, project, name, teacher_role, taking, created_at, expires_at)',
  assignment_students: 'SELECT',
  files: 'SELECT, INSERT, UPDATE, DELETE',
  file_versions: 'SELECT',
  version_names: 'SELECT, INSERT, UPDATE, DELETE',
  deleted_files: 'SELECT, UPDATE (deleted_by), DELETE',
  snapshots: 'SELECT, INSERT, DELETE',
  snapshot_entries: 'SELECT, INSERT',
  documents: 'SELECT',
  document_operations: 'SELECT',
  document_authors: 'SELECT',
  executions: 'SELECT',
  execution_chunks: 'SELECT',
  execution_artefacts: 'SELECT',
  audit_log: 'INSERT',
  git_repositories: 'SELECT, INSERT, UPDATE, DELETE',
  git_packs: 'SELECT, INSERT, DELETE',
  git_exports: 'SELECT, INSERT, UPDATE, DELETE',
  git_identities: 'SELECT, INSERT, UPDATE, DELETE',
  git_tokens: 'SELECT (user_id, host, username, created_at), DELETE',
  users: 'SELECT (id, kind, name, created_at), UPDATE (name)',
  api_tokens: 'SELECT (id, user_id, name, scopes, created_at, last_used_at, expires_at), INSERT, DELETE',
  sign_ins: 'SELECT (id, user_id, device, created_at, last_used_at, expires_at), DELETE',
}

export const memberFunctions: readonly string[] = [
  'joined_projects(boolean)',
  'asking_users_projects()',
  'person_name(uuid)',
  'project_is_called(uuid, text, text)',
]

/** Tables that only the owner's statements touch, and why none of them has an asking user. */
export const ownerOnly: Readonly<Record<string, string>> = {
  schema_migrations: 'belongs to the program, not to people',
  sessions: 'asked by the sum of a token, which is how the server finds out who asks',
  identities: 'asked while somebody signs in, which is how the server finds out who asks',
  idempotency_keys: 'part of doing once what is asked for, where the user is in the key',
}
