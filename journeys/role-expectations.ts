/** Who may do what: what stranger, viewer, editor and owner of a project are answered at every address of the API. */
import type { Company } from './company.ts'
import type { Ask } from './guest.ts'

type Try = Ask & { readonly path: string }
/** What is asked, and the status that stranger, viewer, editor and owner get, in this order. */
export type Expectation = readonly [ask: (company: Company) => Try, statuses: string]

const execution = (rest: string, more: Ask = {}): Expectation => [
  ({ executionId }) => ({ path: `/api/v1/executions/${executionId}${rest}`, ...more }),
  // An execution belongs to whoever clicked, also in a project of several people.
  '404 404 404 404',
]
/** An assignment is its teacher's, who owns the project; for others it does not exist, whatever they are in the project. */
const assignment = (rest: string, more: Ask, status: number): Expectation => [
  ({ assignment: { id } }) => ({ path: `/api/v1/assignments/${id}${rest}`, ...more }),
  `404 404 404 ${status}`,
]
const everybody = (path: string, more: Ask = {}): Expectation => [() => ({ path, ...more }), 'open']

/**
 * Addresses that name nothing but oneself, and that cannot simply be tried (they end sessions, or want a password): no role in any project
 * changes what they do. Their own tests say what that is.
 */
export const aboutOneself: readonly string[] = [
  ...['POST /api/v1/account', 'PUT /api/v1/account/password', 'POST /api/v1/session/sign-in', 'POST /api/v1/session/sign-out'],
  ...['GET /api/v1/session/sign-ins', 'DELETE /api/v1/session/sign-ins', 'DELETE /api/v1/session/sign-ins/{id}'],
  ...['GET /api/v1/git/tokens', 'PUT /api/v1/git/tokens/{host}', 'DELETE /api/v1/git/tokens/{host}'],
  ...['GET /api/v1/tokens', 'POST /api/v1/tokens', 'DELETE /api/v1/tokens/{id}'],
]

/** Each address of the API. A new one fails roles.linux.test.ts until it is here. */
export const expectations: Readonly<Record<string, Expectation>> = {
  'GET /api/v1/projects/{id}': [({ at }) => ({ path: at }), '404 200 200 200'],
  'PATCH /api/v1/projects/{id}': [({ at }) => ({ path: at, method: 'PATCH', json: { name: 'New' } }), '404 403 403 200'],
  'DELETE /api/v1/projects/{id}': [({ at }) => ({ path: at, method: 'DELETE' }), '404 403 403 204'],
  'POST /api/v1/projects/{id}/forks': [({ at }) => ({ path: `${at}/forks`, json: {} }), '404 201 201 201'],
  'GET /api/v1/projects/{id}/files': [({ at }) => ({ path: `${at}/files` }), '404 200 200 200'],
  'GET /api/v1/projects/{id}/playback/{*}': [({ at }) => ({ path: `${at}/playback/main.py` }), '404 200 200 200'],
  'GET /api/v1/projects/{id}/files/{*}': [({ at }) => ({ path: `${at}/files/main.py` }), '404 200 200 200'],
  'PUT /api/v1/projects/{id}/files/{*}': [
    ({ at }) => ({ path: `${at}/files/main.py`, method: 'PUT', body: 'x' }),
    '404 403 200 200',
  ],
  'DELETE /api/v1/projects/{id}/files/{*}': [({ at }) => ({ path: `${at}/files/main.py`, method: 'DELETE' }), '404 403 204 204'],
  'POST /api/v1/projects/{id}/folders': [({ at }) => ({ path: `${at}/folders`, json: { path: 'a' } }), '404 403 201 201'],
  'POST /api/v1/projects/{id}/move': [
    ({ at }) => ({ path: `${at}/move`, json: { from: 'main.py', to: 'x.py' } }),
    '404 403 200 200',
  ],
  'GET /api/v1/projects/{id}/history/{*}': [({ at }) => ({ path: `${at}/history/main.py` }), '404 200 200 200'],
  'GET /api/v1/projects/{id}/line-authors/{*}': [({ at }) => ({ path: `${at}/line-authors/main.py` }), '404 200 200 200'],
  'GET /api/v1/projects/{id}/deleted-files': [({ at }) => ({ path: `${at}/deleted-files` }), '404 200 200 200'],
  'POST /api/v1/projects/{id}/version-names': [
    ({ at }) => ({ path: `${at}/version-names`, json: { path: 'main.py', version: 1, name: 'First' } }),
    '404 403 204 204',
  ],
  'POST /api/v1/projects/{id}/search': [({ at }) => ({ path: `${at}/search`, json: { pattern: 'print' } }), '404 200 200 200'],
  'POST /api/v1/projects/{id}/replacements': [
    ({ at }) => ({
      path: `${at}/replacements`,
      json: { pattern: 'print', replacement: { text: 'print' }, files: [{ path: 'main.py', version: 1, matches: 'all' }] },
    }),
    '404 403 200 200',
  ],
  'POST /api/v1/projects/{id}/replacements/undo': [
    ({ at }) => ({ path: `${at}/replacements/undo`, json: { files: [{ path: 'main.py', before: 1, after: 1 }] } }),
    '404 403 200 200',
  ],
  'POST /api/v1/projects/{id}/restore': [
    ({ at }) => ({ path: `${at}/restore`, json: { path: 'main.py', version: 1 } }),
    '404 403 200 200',
  ],
  'GET /api/v1/projects/{id}/snapshots': [({ at }) => ({ path: `${at}/snapshots` }), '404 200 200 200'],
  'POST /api/v1/projects/{id}/snapshots': [({ at }) => ({ path: `${at}/snapshots`, json: { name: 'Now' } }), '404 403 201 201'],
  'POST /api/v1/projects/{id}/snapshots/{snapshotId}/restore': [
    ({ at, snapshotId }) => ({ path: `${at}/snapshots/${snapshotId}/restore`, method: 'POST' }),
    '404 403 200 200',
  ],
  'DELETE /api/v1/projects/{id}/snapshots/{snapshotId}': [
    ({ at, snapshotId }) => ({ path: `${at}/snapshots/${snapshotId}`, method: 'DELETE' }),
    '404 403 204 204',
  ],
  'GET /api/v1/projects/{id}/git': [({ at }) => ({ path: `${at}/git` }), '404 200 200 200'],
  'GET /api/v1/projects/{id}/git/status': [({ at }) => ({ path: `${at}/git/status` }), '404 403 200 200'],
  'GET /api/v1/projects/{id}/git/commits': [({ at }) => ({ path: `${at}/git/commits` }), '404 200 200 200'],
  'POST /api/v1/projects/{id}/git/commits': [
    ({ at }) => ({ path: `${at}/git/commits`, json: { message: 'First' } }),
    '404 403 201 201',
  ],
  // What there is before the first commit: nothing, for everybody who may look.
  'GET /api/v1/projects/{id}/git/commits/{commit}': [
    ({ at }) => ({ path: `${at}/git/commits/${'1'.repeat(40)}` }),
    '404 404 404 404',
  ],
  'GET /api/v1/projects/{id}/git/content': [({ at }) => ({ path: `${at}/git/content?path=main.py` }), '404 404 404 404'],
  'GET /api/v1/projects/{id}/git/diff': [({ at }) => ({ path: `${at}/git/diff` }), '404 403 200 200'],
  'POST /api/v1/projects/{id}/git/branches': [
    ({ at }) => ({ path: `${at}/git/branches`, json: { name: 'x' } }),
    '404 403 409 409',
  ],
  'DELETE /api/v1/projects/{id}/git/branches': [
    ({ at }) => ({ path: `${at}/git/branches?name=x`, method: 'DELETE' }),
    '404 403 404 404',
  ],
  'POST /api/v1/projects/{id}/git/switch': [({ at }) => ({ path: `${at}/git/switch`, json: { branch: 'x' } }), '404 403 404 404'],
  'POST /api/v1/projects/{id}/git/import': [
    ({ at }) => ({ path: `${at}/git/import`, json: { url: 'http://localhost/x' } }),
    '404 403 400 400',
  ],
  'POST /api/v1/projects/{id}/git/pull': [
    ({ at }) => ({ path: `${at}/git/pull`, json: { url: 'http://localhost/x' } }),
    '404 403 400 400',
  ],
  'POST /api/v1/projects/{id}/git/push': [
    ({ at }) => ({ path: `${at}/git/push`, json: { url: 'http://localhost/x' } }),
    '404 403 400 400',
  ],
  'GET /api/v1/projects/{id}/git/bundle': [({ at }) => ({ path: `${at}/git/bundle` }), '404 409 409 409'],
  'POST /api/v1/projects/{id}/git/bundle': [({ at }) => ({ path: `${at}/git/bundle`, body: 'no bundle' }), '404 403 409 409'],
  'PUT /api/v1/projects/{id}/git/export': [
    ({ at }) => ({ path: `${at}/git/export`, method: 'PUT', json: { target: 'remote', url: 'https://localhost/x' } }),
    '404 403 403 200',
  ],
  'DELETE /api/v1/projects/{id}/git/export': [({ at }) => ({ path: `${at}/git/export`, method: 'DELETE' }), '404 403 403 404'],
  'GET /api/v1/projects/{id}/zip': [({ at }) => ({ path: `${at}/zip` }), '404 200 200 200'],
  'POST /api/v1/projects/{id}/zip': [({ at }) => ({ path: `${at}/zip`, body: 'no zip file' }), '404 403 400 400'],
  'GET /api/v1/projects/{id}/share-links': [({ at }) => ({ path: `${at}/share-links` }), '404 403 403 200'],
  'POST /api/v1/projects/{id}/share-links': [
    ({ at }) => ({ path: `${at}/share-links`, json: { role: 'viewer' } }),
    '404 403 403 201',
  ],
  'DELETE /api/v1/projects/{id}/share-links/{linkId}': [
    ({ at, link }) => ({ path: `${at}/share-links/${link.id}`, method: 'DELETE' }),
    '404 403 403 204',
  ],
  'GET /api/v1/projects/{id}/members': [({ at }) => ({ path: `${at}/members` }), '404 200 200 200'],
  'PATCH /api/v1/projects/{id}/members/{userId}': [
    ({ at, guestId }) => ({ path: `${at}/members/${guestId}`, method: 'PATCH', json: { role: 'editor' } }),
    '404 403 403 200',
  ],
  'DELETE /api/v1/projects/{id}/members/{userId}': [
    ({ at, guestId }) => ({ path: `${at}/members/${guestId}`, method: 'DELETE' }),
    '404 403 403 204',
  ],
  // Whoever has the token may come in: that is what it is for.
  'POST /api/v1/share-links/{token}/join': [
    ({ link }) => ({ path: `/api/v1/share-links/${link.token}/join`, method: 'POST' }),
    '200 200 200 200',
  ],
  'GET /api/v1/projects/{id}/assignments': [({ at }) => ({ path: `${at}/assignments` }), '404 403 403 200'],
  'POST /api/v1/projects/{id}/assignments': [({ at }) => ({ path: `${at}/assignments`, json: {} }), '404 403 403 201'],
  'GET /api/v1/assignments/{id}': assignment('', {}, 200),
  'PATCH /api/v1/assignments/{id}': assignment('', { method: 'PATCH', json: { isTaking: false } }, 200),
  'DELETE /api/v1/assignments/{id}': assignment('', { method: 'DELETE' }, 204),
  'POST /api/v1/assignments/{id}/link': assignment('/link', { method: 'POST' }, 200),
  'DELETE /api/v1/assignments/{id}/link': assignment('/link', { method: 'DELETE' }, 204),
  'GET /api/v1/assignments/{id}/overview': assignment('/overview', {}, 200),
  // Everybody with the link is a student, but not of their own assignment.
  'POST /api/v1/assignment-links/{token}/join': [
    ({ assignment: { token } }) => ({ path: `/api/v1/assignment-links/${token}/join`, json: { name: 'Ada' } }),
    '200 200 200 403',
  ],
  'POST /api/v1/executions': [({ id }) => ({ path: '/api/v1/executions', json: { projectId: id } }), '404 403 202 202'],
  'GET /api/v1/executions/{id}': execution(''),
  'GET /api/v1/executions/{id}/output': execution('/output'),
  'GET /api/v1/executions/{id}/events': execution('/events'),
  'GET /api/v1/executions/{id}/artefacts/{*}': execution('/artefacts/made'),
  'POST /api/v1/executions/{id}/stdin': execution('/stdin', { body: 'x' }),
  'POST /api/v1/executions/{id}/signal': execution('/signal', { json: { signal: 'SIGKILL' } }),
  'POST /api/v1/executions/{id}/resize': execution('/resize', { json: { columns: 80, rows: 24 } }),
  'POST /api/v1/executions/{id}/cancel': execution('/cancel', { method: 'POST' }),
  'GET /api/v1/admin/users': [() => ({ path: '/api/v1/admin/users' }), '404 404 404 404'],
  'PATCH /api/v1/admin/users/{id}': [
    ({ guestId }) => ({ path: `/api/v1/admin/users/${guestId}`, method: 'PATCH', json: { admin: true } }),
    '404 404 404 404',
  ],
  'POST /api/v1/admin/users/{id}/password': [
    ({ guestId }) => ({ path: `/api/v1/admin/users/${guestId}/password`, method: 'POST' }),
    '404 404 404 404',
  ],
  'POST /api/v1/admin/executions/{id}/stop': [
    ({ executionId }) => ({ path: `/api/v1/admin/executions/${executionId}/stop`, method: 'POST' }),
    '404 404 404 404',
  ],
  'GET /api/v1/admin/audit': [() => ({ path: '/api/v1/admin/audit' }), '404 404 404 404'],
  'GET /api/v1/projects/{id}/audit': [({ at }) => ({ path: `${at}/audit` }), '404 403 403 200'],
  'GET /api/v1/admin/executions': [() => ({ path: '/api/v1/admin/executions' }), '404 404 404 404'],
  'GET /api/v1/admin/server': [() => ({ path: '/api/v1/admin/server' }), '404 404 404 404'],
  // What follows is about the server, or about oneself.
  'GET /api/v1/executions': everybody('/api/v1/executions'),
  'GET /api/v1/projects': everybody('/api/v1/projects'),
  'POST /api/v1/projects': everybody('/api/v1/projects', { json: { name: 'Own' } }),
  'GET /api/v1/templates': everybody('/api/v1/templates'),
  'GET /api/v1/templates/{id}': everybody('/api/v1/templates/welcome'),
  'GET /oembed': [({ url }) => ({ path: `/oembed?url=${encodeURIComponent(`${url}/embed?template=welcome`)}` }), 'open'],
  'POST /api/v1/embeds/guests': everybody('/api/v1/embeds/guests', { method: 'POST' }),
  // Whoever has a session is nobody here: an embed has a token of its own.
  'POST /api/v1/embeds/executions': [
    () => ({ path: '/api/v1/embeds/executions', json: { files: [{ path: 'main.py', content: '' }] } }),
    '401 401 401 401',
  ],
  'POST /api/v1/embeds/executions/{id}/input': [
    ({ executionId }) => ({ path: `/api/v1/embeds/executions/${executionId}/input`, json: { data: 'x' } }),
    '404 404 404 404',
  ],
  'POST /api/v1/embeds/executions/{id}/cancel': [
    ({ executionId }) => ({ path: `/api/v1/embeds/executions/${executionId}/cancel`, method: 'POST' }),
    '404 404 404 404',
  ],
  'PUT /api/v1/git/identity': everybody('/api/v1/git/identity', {
    method: 'PUT',
    json: { name: 'Ada', email: 'ada@example.test' },
  }),
  'GET /api/v1/languages': everybody('/api/v1/languages'),
  'GET /api/v1/server': everybody('/api/v1/server'),
  'GET /api/v1/quota': everybody('/api/v1/quota'),
  'GET /api/v1/session': everybody('/api/v1/session'),
  'PATCH /api/v1/session': everybody('/api/v1/session', { method: 'PATCH', json: { name: 'Ada' } }),
  'POST /api/v1/sessions': everybody('/api/v1/sessions', { method: 'POST' }),
  'GET /healthz': everybody('/healthz'),
  'GET /readyz': everybody('/readyz'),
  'GET /metrics': everybody('/metrics'),
}
