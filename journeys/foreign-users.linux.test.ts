/** What belongs to one user does not exist for another, and a web page of another site can do nothing in a user's name. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { AssignmentWithLink } from '@atelier/protocol/assignments'
import { Snapshot } from '@atelier/protocol/history'
import { Project } from '@atelier/protocol/projects'
import { Session } from '@atelier/protocol/sessions'
import { ShareLinkCreated } from '@atelier/protocol/sharing'
import { WebSocket } from 'ws'
import type { Company } from './company.ts'
import { Guest } from './guest.ts'
import { sendRaw } from './raw-http.ts'
import { expectations } from './role-expectations.ts'
import { startServer } from './server-under-test.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())
const endless = 'import time\nwhile True: time.sleep(1)'
let owner: Guest
let stranger: Guest
let project: Project
let executionId: string
let endedId: string
/** Everything in it is the owner's alone; its links are revoked, as one that works lets strangers and students in. */
let company: Company

before(async () => {
  owner = await Guest.of(server)
  stranger = await Guest.of(server)
  project = Project.parse(await (await owner.ask('/api/v1/projects', { json: { name: 'Mine' } })).json())
  await owner.ask(`/api/v1/projects/${project.id}/files/main.py`, { method: 'PUT', body: 'print("secret")' })
  const ownerId = Session.parse(await (await owner.ask('/api/v1/session')).json()).user?.id ?? ''
  const link = await owner.ask(`/api/v1/projects/${project.id}/share-links`, { json: { role: 'editor' } })
  const deadLink = ShareLinkCreated.parse(await link.json())
  await owner.ask(`/api/v1/projects/${project.id}/share-links/${deadLink.id}`, { method: 'DELETE' })
  const snapshot = await owner.ask(`/api/v1/projects/${project.id}/snapshots`, { json: { name: 'Begun' } })
  const snapshotId = Snapshot.parse(await snapshot.json()).id
  const made = await owner.ask(`/api/v1/projects/${project.id}/assignments`, { json: {} })
  const assignment = AssignmentWithLink.parse(await made.json())
  await owner.ask(`/api/v1/assignments/${assignment.id}/link`, { method: 'DELETE' })
  executionId = (await owner.start(endless, { limits: { wallMs: 300_000 } })).id
  const { id } = project
  const at = `/api/v1/projects/${id}`
  company = { url: server.url, id, at, link: deadLink, guestId: ownerId, executionId, snapshotId, assignment }
  endedId = (await owner.start('print("secret"); open("made", "w").write("secret")', { artefacts: true })).id
  await owner.finish(endedId)
  assert.equal((await owner.ask(`/api/v1/executions/${endedId}/artefacts/made`)).status, 200)
})
afterEach(async () => {
  assert.doesNotMatch(await (await fetch(`${server.url}/metrics`)).text(), /atelier_refusals_total\{code="internal"\} [1-9]/)
  assert.equal((await owner.execution(executionId)).state, 'running')
})

/** Each address that names something that belongs to somebody, asked for what is the owner's. */
const owned = Object.entries(expectations).filter(([address, [, statuses]]) => address.includes('{') && statuses !== 'open')
const asked = ([, [ask]]: (typeof owned)[number]) => ask(company)

/** For accounts only, which these guests are not; `accounts/logins.pg.test.ts` and `accounts/api-tokens.pg.test.ts` try them as others. */
const forAccounts: readonly string[] = [
  ...['DELETE /api/v1/session/sign-ins/{id}', 'DELETE /api/v1/tokens/{id}'],
  // By host, and each person's own; `git/remotes.linux.test.ts` tries them as others.
  ...['PUT /api/v1/git/tokens/{host}', 'DELETE /api/v1/git/tokens/{host}'],
]
/** What is for everybody. */
const ofNobody: readonly string[] = ['GET /api/v1/templates/{id}']

test('every address with an id is among those that are tried for strangers', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> }
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    path.includes('{') ? Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`) : [],
  )
  const tried = owned.map(([address]) => address)
  assert.deepEqual(
    described.filter(
      (each) => !tried.includes(each) && ![...forAccounts, ...ofNobody].includes(each) && !each.startsWith('HEAD '),
    ),
    [],
  )
})

test('for a stranger, and for somebody without a session, what is another’s does not exist', async () => {
  const nobody = new Guest(server.url, '')
  const outdated = new Guest(server.url, 'atl_s_none')
  for (const each of owned) {
    const { path, ...rest } = asked(each)
    for (const who of [stranger, nobody]) assert.equal(await who.refusal(path, rest), '404 not-found', each[0])
    assert.equal(await outdated.refusal(path, rest), '401 session-required', each[0])
  }
  assert.equal((await owner.ask(`/api/v1/projects/${project.id}/files/main.py`)).status, 200)
  for (const part of ['output', 'artefacts/made'])
    for (const who of [stranger, nobody])
      assert.equal(await who.refusal(`/api/v1/executions/${endedId}/${part}`), '404 not-found')
  assert.equal(await stranger.refusal('/api/v1/executions', { json: { projectId: project.id } }), '404 not-found')
  const lists = await Promise.all(
    ['/api/v1/projects', '/api/v1/executions'].map(async (path) => (await stranger.ask(path)).text()),
  )
  for (const list of lists) assert.doesNotMatch(list, new RegExp(`${project.id}|${executionId}`))
})

test('row security is in force on a server that is started as it comes', async () => {
  const log = await readFile(join(server.dataFolder, 'logs', 'server.log'), 'utf8')
  assert.match(log, /row security in force/)
  assert.doesNotMatch(log, /no second wall/)
})

test('the page of a project is shown to its owner only', async () => {
  for (const path of [`/projects/${project.id}`, `/projects/${project.id}?file=main.py`]) {
    assert.match(await (await owner.ask(path)).text(), /Mine/)
    const strange = await stranger.ask(path)
    assert.deepEqual([strange.status, /Mine|secret/.test(await strange.text())], [404, false])
  }
})

test('no page of ours may be put into a frame', async () => {
  for (const path of [`/projects/${project.id}`, `/projects/${executionId}`]) {
    const response = await owner.ask(path)
    await response.text()
    assert.match(response.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path)
  }
})

type Opening = { readonly path: string; readonly headers?: Record<string, string>; readonly token?: string | null }

/** The status with which an upgrade was refused, or 101. */
function upgradeStatus({ path, headers = {}, token = owner.token }: Opening): Promise<number> {
  return new Promise((resolve, reject) => {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers: { ...authorization, ...headers } })
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.on('unexpected-response', (request, response) => {
      request.destroy()
      resolve(response.statusCode ?? 0)
    })
    socket.on('error', reject)
  })
}

test('a socket is for the owner only: a stranger’s is refused before it opens, a session-less one too', async () => {
  for (const id of [executionId, endedId]) {
    const path = `/api/v1/executions/${id}/stream`
    assert.equal(await upgradeStatus({ path }), 101)
    assert.equal(await upgradeStatus({ path, token: stranger.token }), 404)
    assert.equal(await upgradeStatus({ path, token: null }), 401)
    assert.equal(await upgradeStatus({ path, token: 'atl_s_none' }), 401)
  }
  assert.equal(await upgradeStatus({ path: '/api/v1/socket', token: null }), 401)
})

test('over the tab’s socket a stranger can neither read nor feed nor stop another’s execution', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/socket`, {
    headers: { authorization: `Bearer ${stranger.token}` },
  })
  const answers: { type: string; code?: string }[] = []
  const answered = new Promise<void>((resolve) =>
    socket.on('message', (data) => {
      answers.push(JSON.parse(data.toString()) as { type: string; code?: string })
      if (answers.length === 4) resolve()
    }),
  )
  await new Promise((resolve) => socket.on('open', resolve))
  const channel = `execution:${executionId}`
  for (const frame of [
    { type: 'open', channel },
    { type: 'send', channel, message: { type: 'cancel' } },
    { type: 'send', channel, message: { type: 'stdin', data: 'x' } },
    { type: 'open', channel: `execution:${endedId}`, since: 0 },
  ])
    socket.send(JSON.stringify(frame))
  await answered
  socket.terminate()
  assert.deepEqual(
    answers.map(({ type, code }) => `${type} ${code}`),
    Array(4).fill('error not-found'),
  )
})

const foreign = ['https://evil.example', 'http://localhost:1', 'null', 'http://localhost.evil.example', 'file://', '']

test('a page of another site can change nothing with the user’s cookie, and open no socket', async () => {
  const cookie = `atelier_session=${owner.token}`
  for (const origin of foreign) {
    for (const each of owned) {
      const [address] = each
      if (address.startsWith('GET')) continue
      const { path, method = 'POST', json, body } = asked(each)
      const response = await fetch(server.url + path, {
        method,
        headers: { cookie, origin, 'content-type': json === undefined ? 'text/plain' : 'application/json' },
        ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
      })
      assert.equal(response.status, 403, `${address} from ${JSON.stringify(origin)}: ${await response.text()}`)
    }
    for (const path of ['/api/v1/socket', `/api/v1/executions/${executionId}/stream`])
      assert.equal(await upgradeStatus({ path, headers: { cookie, origin }, token: null }), 403, origin)
  }
  for (const path of ['/api/v1/projects', '/api/v1/executions', '/api/v1/sessions'])
    assert.equal(
      (await fetch(server.url + path, { method: 'POST', headers: { cookie, origin: 'https://evil.example' } })).status,
      403,
    )
})

test('no answer invites another site to read it', async () => {
  for (const origin of foreign) {
    const response = await fetch(`${server.url}/api/v1/session`, {
      headers: { origin, cookie: `atelier_session=${owner.token}` },
    })
    await response.text()
    assert.equal(response.headers.get('access-control-allow-origin'), null)
  }
  const preflight = await fetch(`${server.url}/api/v1/projects`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  })
  await preflight.text()
  assert.equal(preflight.headers.get('access-control-allow-origin'), null)
})

test('a name of another site that was pointed at this machine reaches nothing (DNS rebinding)', async () => {
  for (const name of [
    'evil.example',
    `evil.example:${new URL(server.url).port}`,
    'localhost.evil.example',
    '169.254.169.254',
    '0.0.0.0',
    '[::ffff:127.0.0.1]',
  ])
    for (const path of ['/', '/api/v1/session', '/api/v1/projects', '/openapi.json', '/docs', '/metrics', '/api/v1/socket']) {
      const { status } = await sendRaw(
        server.url,
        `GET ${path} HTTP/1.1\r\nhost: ${name}\r\ncookie: atelier_session=${owner.token}\r\nconnection: close\r\n\r\n`,
      )
      assert.equal(status, 403, `${name}${path}`)
    }
  assert.equal(await upgradeStatus({ path: '/api/v1/socket', headers: { host: 'evil.example' } }), 403)
})

test('the session’s cookie cannot be read by scripts, and does not travel with requests of other sites', async () => {
  const response = await fetch(`${server.url}/api/v1/sessions`, { method: 'POST' })
  await response.text()
  assert.match(response.headers.get('set-cookie') ?? '', /HttpOnly; SameSite=(Lax|Strict)/)
  assert.equal(response.headers.get('cache-control'), 'no-store')
})
