/** Who may do what in a project: every address of the API, tried as stranger, viewer, editor and owner. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AssignmentWithLink } from '@atelier/protocol/assignments'
import { Snapshot } from '@atelier/protocol/history'
import { Project } from '@atelier/protocol/projects'
import { Session } from '@atelier/protocol/sessions'
import { ShareLinkCreated } from '@atelier/protocol/sharing'
import { Browser } from './account-browser.ts'
import { linesOfOthers, linesSeenElsewhere, withoutLine } from './audited-routes.ts'
import { type Ask, Guest } from './guest.ts'
import { startServer } from './server-under-test.ts'

// A name that leads here, and so nowhere: git may not reach this machine.
const server = await startServer({ environment: { ATELIER_GIT_HOSTS: 'localhost' } })
after(() => server[Symbol.asyncDispose]())

const roles = ['stranger', 'viewer', 'editor', 'owner'] as const
type Role = (typeof roles)[number]
type Company = {
  readonly id: string
  readonly at: string
  readonly link: ShareLinkCreated
  /** A viewer beside the four. */
  readonly guestId: string
  readonly snapshotId: string
  readonly assignment: AssignmentWithLink
}

let people: Record<Role | 'other', Guest>
let otherId: string
let ownExecutionId: string

before(async () => {
  const [stranger, viewer, editor, owner, other] = await Promise.all(Array.from({ length: 5 }, () => Guest.of(server)))
  assert.ok(stranger && viewer && editor && owner && other)
  people = { stranger, viewer, editor, owner, other }
  otherId = Session.parse(await (await other.ask('/api/v1/session')).json()).user?.id ?? ''
  ownExecutionId = (await other.start('input()', { limits: { wallMs: 300_000 } })).id
})

async function answer<Answer>(shape: { parse(json: unknown): Answer }, response: Promise<Response>): Promise<Answer> {
  const text = await (await response).text()
  return shape.parse(JSON.parse(text))
}

/** A project with everybody in it, and a link. */
async function newCompany(): Promise<Company> {
  const { id } = await answer(Project, people.owner.ask('/api/v1/projects', { json: { name: 'Ours' } }))
  const at = `/api/v1/projects/${id}`
  await people.owner.ask(`${at}/files/main.py`, { method: 'PUT', body: 'print(1)' })
  const share = (role: string) => answer(ShareLinkCreated, people.owner.ask(`${at}/share-links`, { json: { role } }))
  const [viewing, editing] = [await share('viewer'), await share('editor')]
  const join = (who: Guest, { token }: ShareLinkCreated) => who.ask(`/api/v1/share-links/${token}/join`, { method: 'POST' })
  for (const [who, link] of [
    [people.viewer, viewing],
    [people.other, viewing],
    [people.editor, editing],
  ] as const)
    assert.equal((await join(who, link)).status, 200)
  await editTogether(people.owner, `${at}/yjs/main.py`)
  const { id: snapshotId } = await answer(Snapshot, people.owner.ask(`${at}/snapshots`, { json: { name: 'Begun' } }))
  const assignment = await answer(AssignmentWithLink, people.owner.ask(`${at}/assignments`, { json: {} }))
  return { id, at, link: viewing, guestId: otherId, snapshotId, assignment }
}

/** Opens a document, so that it has a history. */
async function editTogether({ token }: Guest, path: string): Promise<void> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}?token=${token}`)
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  socket.close()
}

type Try = Ask & { readonly path: string }
/** What is asked, and the status that stranger, viewer, editor and owner get, in this order. */
type Expectation = readonly [ask: (company: Company) => Try, statuses: string]

const execution = (rest: string, more: Ask = {}): Expectation => [
  () => ({ path: `/api/v1/executions/${ownExecutionId}${rest}`, ...more }),
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
const aboutOneself: readonly string[] = [
  ...['POST /api/v1/account', 'PUT /api/v1/account/password', 'POST /api/v1/session/sign-in', 'POST /api/v1/session/sign-out'],
  ...['GET /api/v1/session/sign-ins', 'DELETE /api/v1/session/sign-ins', 'DELETE /api/v1/session/sign-ins/{id}'],
  ...['GET /api/v1/git/tokens', 'PUT /api/v1/git/tokens/{host}', 'DELETE /api/v1/git/tokens/{host}'],
  ...['GET /api/v1/tokens', 'POST /api/v1/tokens', 'DELETE /api/v1/tokens/{id}'],
]

/** Each address of the API. A new one fails the test below until it is here. */
const expectations: Record<string, Expectation> = {
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
    () => ({ path: `/api/v1/admin/executions/${ownExecutionId}/stop`, method: 'POST' }),
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
  'GET /oembed': everybody(`/oembed?url=${encodeURIComponent(`${server.url}/embed?template=welcome`)}`),
  'POST /api/v1/embeds/guests': everybody('/api/v1/embeds/guests', { method: 'POST' }),
  // Whoever has a session is nobody here: an embed has a token of its own.
  'POST /api/v1/embeds/executions': [
    () => ({ path: '/api/v1/embeds/executions', json: { files: [{ path: 'main.py', content: '' }] } }),
    '401 401 401 401',
  ],
  'POST /api/v1/embeds/executions/{id}/input': [
    () => ({ path: `/api/v1/embeds/executions/${ownExecutionId}/input`, json: { data: 'x' } }),
    '404 404 404 404',
  ],
  'POST /api/v1/embeds/executions/{id}/cancel': [
    () => ({ path: `/api/v1/embeds/executions/${ownExecutionId}/cancel`, method: 'POST' }),
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

test('every address of the API is among those that are tried in every role', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> }
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(
    described.filter((each) => !(each in expectations) && !aboutOneself.includes(each) && !each.startsWith('HEAD ')),
    [],
  )
  assert.deepEqual(
    [...Object.keys(expectations), ...aboutOneself].filter((each) => !described.includes(each)),
    [],
  )
})

/** All that can be changed, as the owner sees it. */
async function everythingIn({ at }: Company): Promise<string> {
  const parts = ['', '/files', '/members', '/share-links'].map(async (part) => (await people.owner.ask(at + part)).text())
  return (await Promise.all(parts)).join('\n')
}

/** The ids of the requests that did something. */
const succeeded = new Map<string, string[]>()
const requestOf = (response: Response): string => response.headers.get('x-request-id') ?? ''

test('in every role each address answers as it should, and what is refused changes nothing', async () => {
  for (const [address, [ask, statuses]] of Object.entries(expectations))
    for (const [place, role] of roles.entries()) {
      const company = await newCompany()
      const before = await everythingIn(company)
      const { path, ...rest } = ask(company)
      const response = await people[role].ask(path, rest)
      const text = await response.text()
      if (response.status < 300) succeeded.set(address, [...(succeeded.get(address) ?? []), requestOf(response)])
      const who = `${address} as ${role}: ${text.slice(0, 200)}`
      if (statuses === 'open') {
        assert.ok(response.status < 300, who)
        continue
      }
      assert.equal(String(response.status), statuses.split(' ')[place], who)
      if (response.status < 400) continue
      const { code, detail } = JSON.parse(text) as { code: string; detail: string }
      if (response.status === 404) assert.equal(code, 'not-found', who)
      if (response.status === 403) assert.deepEqual([code, /\. .*[Aa]sk /.test(detail)], ['forbidden', true], who)
      assert.equal(await everythingIn(company), before, who)
    }
  await people.other.cancel(ownExecutionId)
})

test('every address that changes something leaves a line in the audit log, or stands among those that have a reason not to', async () => {
  const boss = await Browser.administrator(server)
  const isAudited = async (request: string): Promise<boolean> => {
    const { items } = await boss.json<{ items: unknown[] }>('GET', `/api/v1/admin/audit?request=${request}`)
    return items.length > 0
  }
  const wrong: string[] = []
  for (const address of [...Object.keys(expectations), ...aboutOneself]) {
    if (/^(GET|HEAD) /.test(address) || address in linesOfOthers || address in linesSeenElsewhere) continue
    let lines = 0
    for (const request of succeeded.get(address) ?? []) if (await isAudited(request)) lines += 1
    if (address in withoutLine ? lines > 0 : lines === 0) wrong.push(`${address}: ${lines} lines`)
  }
  assert.deepEqual(wrong, [])
  const known = [...Object.keys(expectations), ...aboutOneself]
  const gone = [withoutLine, linesOfOthers, linesSeenElsewhere].flatMap(Object.keys).filter((each) => !known.includes(each))
  assert.deepEqual(gone, [])
})

/** What strangers get in a project that is unlisted or public, where it is not what a viewer gets in a private one. */
const forStrangers: Record<string, string> = {
  'POST /api/v1/executions': '202',
  // What was in it before, and who wrote it, is for those whom the owner let in.
  'GET /api/v1/projects/{id}/playback/{*}': '403',
  'GET /api/v1/projects/{id}/history/{*}': '403',
  'GET /api/v1/projects/{id}/line-authors/{*}': '403',
  'GET /api/v1/projects/{id}/deleted-files': '403',
  'GET /api/v1/projects/{id}/snapshots': '403',
  'GET /api/v1/projects/{id}/git': '403',
  'GET /api/v1/projects/{id}/git/commits': '403',
  'GET /api/v1/projects/{id}/git/bundle': '403',
}

test('in an unlisted or public project a stranger reads, runs and forks what is there now, and changes nothing', async () => {
  for (const [place, [address, [ask, statuses]]] of Object.entries(Object.entries(expectations))) {
    if (statuses === 'open' || statuses.startsWith('404 404 404')) continue
    const company = await newCompany()
    const visibility = Number(place) % 2 === 0 ? 'unlisted' : 'public'
    await people.owner.ask(company.at, { method: 'PATCH', json: { visibility } })
    const before = await everythingIn(company)
    const { path, ...rest } = ask(company)
    const response = await people.stranger.ask(path, rest)
    const who = `${address} in an ${visibility} project: ${(await response.text()).slice(0, 200)}`
    assert.equal(String(response.status), forStrangers[address] ?? statuses.split(' ')[1], who)
    if (response.status >= 400) assert.equal(await everythingIn(company), before, who)
  }
  const { at } = await newCompany()
  await people.owner.ask(at, { method: 'PATCH', json: { visibility: 'public' } })
  const seen = await (await people.stranger.ask(`${at}/members`)).text()
  assert.equal((JSON.parse(seen) as { items: unknown[] }).items.length, 1, 'the owner alone')
  for (const path of [at, `${at}/files`, `${at}/files/main.py`, `${at}/zip`])
    assert.equal((await fetch(server.url + path)).status, 200, `${path} without a session`)
  await people.owner.ask(at, { method: 'PATCH', json: { visibility: 'private' } })
  for (const path of [at, `${at}/files`, `${at}/files/main.py`, `${at}/zip`]) {
    assert.equal((await fetch(server.url + path)).status, 404, `${path} without a session`)
    assert.equal((await people.stranger.ask(path)).status, 404, path)
  }
})

test('for a stranger a project of others answers exactly like one that does not exist', async () => {
  const company = await newCompany()
  const nothing = {
    ...company,
    at: company.at.replace(company.id, '01900000-0000-7000-8000-000000000000'),
    id: '01900000-0000-7000-8000-000000000000',
  }
  for (const [address, [ask, statuses]] of Object.entries(expectations)) {
    if (!statuses.startsWith('404') || address.includes('/executions/')) continue
    const answers = []
    for (const project of [company, nothing]) {
      const { path, ...rest } = ask(project)
      const response = await people.stranger.ask(path, rest)
      const { instance: _, ...problem } = JSON.parse(await response.text()) as Record<string, unknown>
      const headers = [...response.headers.keys()].filter((name) => name !== 'date').sort()
      answers.push({ status: response.status, headers, problem })
    }
    assert.deepEqual(answers[0], answers[1], address)
  }
})

test('the page of a project opens for everybody who is in it, and for nobody else', async () => {
  const { id } = await newCompany()
  const statuses = await Promise.all(roles.map(async (role) => (await people[role].ask(`/projects/${id}`)).status))
  assert.deepEqual(statuses, [404, 200, 200, 200])
})
