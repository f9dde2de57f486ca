/**
 * What every address that can change something leaves in the audit log. roles.linux.test.ts looks whether each one that it could use has left
 * a line; the others stand here: with a reason why there is none, or with the action that their own test looks for.
 */

/** Nothing is changed, or what is changed is written down elsewhere. */
export const withoutLine: Readonly<Record<string, string>> = {
  'PUT /api/v1/projects/{id}/files/{*}': 'the history of the file has every save, with its author and time',
  'POST /api/v1/projects/{id}/replacements': 'saves files: their histories have every one, and the answer undoes it',
  'POST /api/v1/projects/{id}/replacements/undo': 'saves files: their histories have every one',
  'POST /api/v1/projects/{id}/search': 'only reads',
  'POST /api/v1/executions': 'an execution is a row of its own, with who, what and when',
  'POST /api/v1/executions/{id}/stdin': 'belongs to an execution, which is a row of its own',
  'POST /api/v1/executions/{id}/signal': 'belongs to an execution, which is a row of its own',
  'POST /api/v1/executions/{id}/resize': 'belongs to an execution, which is a row of its own',
  'POST /api/v1/executions/{id}/cancel': 'belongs to an execution, whose result says that it was stopped',
  'POST /api/v1/embeds/guests': 'gives a token that is kept nowhere; who runs something with it has an execution',
  'POST /api/v1/embeds/executions': 'an execution is a row of its own, with who, what and when',
  'POST /api/v1/embeds/executions/{id}/input': 'belongs to an execution, which is a row of its own',
  'POST /api/v1/embeds/executions/{id}/cancel': 'belongs to an execution, whose result says that it was stopped',
}

/** Those that need more than a role in a project, and the test that looks for their line. */
export const linesOfOthers: Readonly<Record<string, string>> = {
  'POST /api/v1/account': 'account.claim',
  'PUT /api/v1/account/password': 'account.password',
  'POST /api/v1/session/sign-in': 'session.sign-in',
  'POST /api/v1/session/sign-out': 'session.sign-out',
  'DELETE /api/v1/session/sign-ins': 'session.sign-out-everywhere',
  'DELETE /api/v1/session/sign-ins/{id}': 'session.sign-out',
  'POST /api/v1/tokens': 'token.create',
  'DELETE /api/v1/tokens/{id}': 'token.revoke',
  'PUT /api/v1/git/tokens/{host}': 'git.store-token',
  'DELETE /api/v1/git/tokens/{host}': 'git.remove-token',
  'PATCH /api/v1/admin/users/{id}': 'admin.change-user',
  'POST /api/v1/admin/users/{id}/password': 'admin.replace-password',
  'POST /api/v1/admin/executions/{id}/stop': 'admin.stop-execution',
  'POST /api/v1/projects/{id}/zip': 'archive.import',
  'POST /api/v1/projects/{id}/git/branches': 'git.make-branch',
  'DELETE /api/v1/projects/{id}/git/branches': 'git.delete-branch',
  'POST /api/v1/projects/{id}/git/switch': 'git.switch',
  'DELETE /api/v1/projects/{id}/git/export': 'git.stop-export',
  'POST /api/v1/projects/{id}/git/bundle': 'git.import',
}

/** Those whose line no journey can see: they reach another server, which there is none of here. Named with the test that has one. */
export const linesSeenElsewhere: Readonly<Record<string, string>> = {
  'POST /api/v1/projects/{id}/git/import': 'apps/server/src/git/remotes.linux.test.ts',
  'POST /api/v1/projects/{id}/git/pull': 'apps/server/src/git/remotes.linux.test.ts',
  'POST /api/v1/projects/{id}/git/push': 'apps/server/src/git/remotes.linux.test.ts',
}
