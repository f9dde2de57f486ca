/** The audit log and the quotas on the whole server, as a script, an owner and an administrator see them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, password } from './account-browser.ts'
import { linesOfOthers } from './audited-routes.ts'
import { Guest } from './guest.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

type Line = {
  readonly action: string
  readonly userId: string
  readonly object: string | null
  readonly address: string | null
  readonly result: string
  readonly details: Record<string, unknown>
}

const tiers = {
  guest: { executionsPerHour: 4, executionsAtOnce: 2, wallMs: 20_000 },
  slow: { like: 'guest', writesPerMinute: 5 },
}
const environment = { ATELIER_TIERS: JSON.stringify(tiers), ATELIER_GIT_HOSTS: 'localhost', ATELIER_QUEUE_WAIT_MS: '500' }
let server: ServerUnderTest
let boss: Browser
/** The first server: the data folder goes with it. */
let first: ServerUnderTest

before(async () => {
  first = await startServer({ environment })
  server = first
  boss = await Browser.administrator(server)
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
})

const linesWhere = async (query: string): Promise<Line[]> =>
  (await boss.json<{ items: Line[] }>('GET', `/api/v1/admin/audit?limit=200&${query}`)).items
const requestOf = (response: Response): string => response.headers.get('x-request-id') ?? ''

test('what is done to accounts, tokens, git and by administrators leaves its line, and no secret in it', async () => {
  const ada = await Browser.member(server.url, 'ada')
  const { user } = await ada.json<{ user: { id: string } }>('GET', '/api/v1/session')
  const { token, id: tokenId } = await ada.json<{ token: string; id: string }>('POST', '/api/v1/tokens', {
    ...{ name: 'script', scopes: ['read', 'write', 'run'] },
  })
  const script = new Guest(server.url, token)
  const { id } = (await (await script.ask('/api/v1/projects', { json: { name: 'Mine' } })).json()) as { id: string }
  const at = `/api/v1/projects/${id}`
  await script.ask(`${at}/files/a.txt`, { method: 'PUT', body: 'abc' })
  const archive = new Uint8Array(await (await script.ask(`${at}/zip`)).arrayBuffer())
  const taken = await script.ask(`${at}/zip?into=copy`, { body: archive })
  assert.equal(taken.status, 200, await taken.text())
  const secret = 'ghp_a-token-of-another-server'
  await ada.ask('PUT', '/api/v1/git/tokens/localhost', { username: 'ada', token: secret })
  await ada.ask('DELETE', '/api/v1/git/tokens/localhost')
  await ada.ask('POST', `${at}/git/commits`, { message: 'First' })
  await ada.ask('POST', `${at}/git/branches`, { name: 'x' })
  await ada.ask('POST', `${at}/git/switch`, { branch: 'x' })
  await ada.ask('DELETE', `${at}/git/branches?name=main`)
  const bundle = new Uint8Array(await (await ada.ask('GET', `${at}/git/bundle`)).arrayBuffer())
  const other = await ada.json<{ id: string }>('POST', '/api/v1/projects', { name: 'Copy' })
  const imported = await script.ask(`/api/v1/projects/${other.id}/git/bundle`, { body: bundle })
  assert.ok(imported.status < 300, await imported.text())
  await ada.ask('PUT', `${at}/git/export`, { target: 'remote', url: 'https://localhost/x' })
  await ada.ask('DELETE', `${at}/git/export`)
  const running = await script.start('input()')
  await (await boss.ask('POST', `/api/v1/admin/executions/${running.id}/stop`)).text()
  assert.equal((await script.finish(running.id)).result?.reason, 'cancelled')
  await boss.ask('PATCH', `/api/v1/admin/users/${user.id}`, { tier: 'premium' })
  await boss.ask('POST', `/api/v1/admin/users/${user.id}/password`)
  const entered = async (): Promise<Browser> => {
    const browser = new Browser(server.url)
    await (await browser.ask('POST', '/api/v1/session/sign-in', { login: 'ada', password })).text()
    return browser
  }
  const grace = await Browser.member(server.url, 'grace')
  await grace.ask('PUT', '/api/v1/account/password', { present: password, next: 'battery staple 8' })
  await grace.ask('PUT', '/api/v1/account/password', { present: 'battery staple 8', next: password })
  const twice = new Browser(server.url)
  await (await twice.ask('POST', '/api/v1/session/sign-in', { login: 'grace', password })).text()
  await twice.ask('POST', '/api/v1/session/sign-out')
  await grace.ask('DELETE', '/api/v1/session/sign-ins')
  await entered()
  await grace.json('POST', '/api/v1/session/sign-in', { login: 'grace', password })
  const { id: revoked } = await grace.json<{ id: string }>('POST', '/api/v1/tokens', { name: 'x', scopes: ['read'] })
  await grace.ask('DELETE', `/api/v1/tokens/${revoked}`)

  const lines = await linesWhere('')
  const actions = new Set(lines.filter(({ result }) => result === 'done').map(({ action }) => action))
  assert.deepEqual(
    Object.entries(linesOfOthers).filter(([, action]) => !actions.has(action)),
    [],
  )
  const everything = await (await boss.ask('GET', '/api/v1/admin/audit?format=ndjson')).text()
  for (const kept of [password, 'battery staple', secret, token, /atl_[a-z]_[A-Za-z0-9]/.exec(everything)?.[0] ?? 'no token'])
    assert.ok(!everything.includes(kept), kept)
  const made = JSON.parse(everything.split('\n').find((line) => line.includes(`"projectId":"${id}"`)) ?? '{}')
  assert.ok(everything.includes(`"via":"token:${tokenId}"`), 'what a token did names the token')
  assert.match(made.requestId, /^[0-9a-f-]{36}$/)
  const [start] = await linesWhere('action=server')
  assert.match(String(start?.details.settings), /ATELIER_TIERS/, 'a start says which settings were given')
})

test('an address that somebody only claims to come from is not written down', async () => {
  const guest = await Guest.of(server)
  const headers = { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', 'x-real-ip': '6.6.6.6' }
  const made = await guest.ask('/api/v1/projects', { json: { name: 'x' }, headers })
  const [line] = await linesWhere(`request=${requestOf(made)}`)
  assert.match(line?.address ?? '', /^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/)
})

test('a name of ten megabytes is refused, and one with line ends and markup breaks no line of the log', async () => {
  const guest = await Guest.of(server)
  assert.equal(await guest.refusal('/api/v1/projects', { json: { name: 'x'.repeat(10 * 1024 * 1024) } }), '413 too-large')
  assert.equal(await guest.refusal('/api/v1/projects', { json: { name: 'x'.repeat(10_000) } }), '400 invalid-request')
  const name = '=1+1","<script>alert(1)</script>'
  const made = await guest.ask('/api/v1/projects', { json: { name } })
  assert.equal(made.status, 201, await made.text())
  const query = `request=${requestOf(made)}`
  assert.equal((await linesWhere(query))[0]?.details.name, name)
  const csv = await (await boss.ask('GET', `/api/v1/admin/audit?format=csv&${query}`)).text()
  assert.equal(csv.trimEnd().split('\r\n').length, 2)
  assert.match(await (await boss.ask('GET', '/admin?audit.action=project')).text(), /&#60;script&#62;alert/)
})

test('an owner sees what was done in the project, without the addresses of others', async () => {
  const [owner, friend] = [await Guest.of(server), await Guest.of(server)]
  const { id } = (await (await owner.ask('/api/v1/projects', { json: { name: 'Ours' } })).json()) as { id: string }
  const link = await owner.ask(`/api/v1/projects/${id}/share-links`, { json: { role: 'editor' } })
  const { token } = (await link.json()) as { token: string }
  await friend.ask(`/api/v1/share-links/${token}/join`, { method: 'POST' })
  await friend.ask(`/api/v1/projects/${id}/folders`, { json: { path: 'a' } })
  await friend.ask(`/api/v1/projects/${id}/files/a`, { method: 'DELETE' })
  const { items } = (await (await owner.ask(`/api/v1/projects/${id}/audit`)).json()) as { items: Line[] }
  assert.deepEqual(
    items.map(({ action, address }) => [action, address === null]),
    [
      ['file.delete', true],
      ['folder.create', true],
      ['member.join', true],
      ['link.create', false],
      ['project.create', false],
    ],
  )
  assert.ok(!JSON.stringify(items).includes(token))
  assert.equal(await friend.refusal(`/api/v1/projects/${id}/audit`), '403 forbidden')
})

test('an hour has as many executions as the tier says, however they come, and a restart forgets none', async () => {
  const guest = await Guest.of(server)
  const json = { language: 'python', files: [{ path: 'main.py', content: 'print(1)' }] }
  const run = (headers: Record<string, string> = {}) => guest.ask('/api/v1/executions', { json, headers })
  const answers = await Promise.all([run(), run(), run({ accept: 'text/event-stream' })])
  await Promise.all(answers.map((answer) => answer.text()))
  const key = { 'idempotency-key': 'the-same' }
  assert.deepEqual([(await run(key)).status, (await run(key)).status], [202, 202], 'a replay is no execution')
  const another = await guest.ask('/api/v1/executions', { json: { ...json, args: ['x'] }, headers: key })
  assert.equal(another.status, 422)
  const refused = await run()
  const { code, detail, retryAfterSeconds } = (await refused.json()) as {
    code: string
    detail: string
    retryAfterSeconds: number
  }
  assert.deepEqual([refused.status, code], [429, 'too-many-requests'])
  assert.match(detail, /started 4 programs within an hour.*"guest" allows 4.*may start in \d+ minutes/)
  assert.equal(refused.headers.get('retry-after'), String(retryAfterSeconds))
  await server.end('SIGKILL')
  const { dataFolder } = server
  server = await startServer({ environment, dataFolder })
  const again = new Guest(server.url, guest.token)
  assert.equal(await again.refusal('/api/v1/executions', { json }), '429 too-many-requests')
  const quota = (await (await again.ask('/api/v1/quota')).json()) as { tier: string; used: { executionsLastHour: number } }
  assert.deepEqual([quota.tier, quota.used.executionsLastHour], ['guest', 4])
  boss.jar.clear()
  const back = new Browser(server.url)
  await (await back.ask('POST', '/api/v1/session/sign-in', { login: 'boss', password })).text()
  boss = back
})

test('a tier says how many run at once and how long, and its change counts for the next click', async () => {
  const guest = await Guest.of(server)
  const { user } = (await (await guest.ask('/api/v1/session')).json()) as { user: { id: string } }
  const [one, two] = [await guest.start('input()', { limits: { wallMs: 600_000 } }), await guest.start('input()')]
  assert.equal(one.limits.wallMs, 20_000)
  const json = { language: 'python', files: [{ path: 'main.py', content: 'print(1)' }] }
  const third = await guest.ask('/api/v1/executions', { json })
  assert.deepEqual([third.status, third.headers.get('retry-after')], [503, '5'])
  assert.match(await third.text(), /You have 2 programs running, which is the most that you may run at once/)
  await (await boss.ask('PATCH', `/api/v1/admin/users/${user.id}`, { tier: 'premium' })).text()
  const free = await guest.start('print(1)', { limits: { wallMs: 100_000 } })
  assert.equal(free.limits.wallMs, 100_000)
  for (const { id } of [one, two]) await guest.cancel(id)
})

test('who changes too much in a minute is told when to go on, and may read meanwhile', async () => {
  const guest = await Guest.of(server)
  const { user } = (await (await guest.ask('/api/v1/session')).json()) as { user: { id: string } }
  await (await boss.ask('PATCH', `/api/v1/admin/users/${user.id}`, { tier: 'slow' })).text()
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async () => (await guest.ask('/api/v1/projects', { json: { name: 'x' } })).status),
  )
  assert.deepEqual(statuses.toSorted().join(' '), '201 201 201 201 201 429 429 429')
  const answer = await guest.ask('/api/v1/projects')
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('ratelimit-policy') ?? '', /^"reads";q=12000;w=60$/)
})
