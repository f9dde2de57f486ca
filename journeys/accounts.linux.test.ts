/** Accounts on the whole server: every address with every kind of token, and sockets that end with the session behind them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { tokenScopes } from '@atelier/protocol/accounts'
import { Browser, password } from './account-browser.ts'
import { Guest } from './guest.ts'
import { startServer } from './server-under-test.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())
let ada: Browser

before(async () => {
  ada = await Browser.member(server.url, 'ada.lovelace')
})

const newToken = async (scopes: readonly string[]): Promise<Guest> => {
  const { token } = await ada.json<{ token: string }>('POST', '/api/v1/tokens', { name: 'script', scopes })
  return new Guest(server.url, token)
}

test('every address of the API refuses an API token that has every scope but the one that it needs', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { security?: readonly Record<string, string[]>[] }>>
  }
  const without = new Map<string, Guest>()
  for (const scope of [...tokenScopes, 'account'])
    without.set(scope, await newToken(tokenScopes.filter((each) => each !== scope)))
  const counts = new Map<string, number>()
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { security = [] }] of Object.entries(operations)) {
      const scopes = security.flatMap((each) => each.token ?? [])
      assert.ok(security.length > 0 && scopes.length <= 1, `${method} ${path} says what it needs`)
      const scope = scopes[0] ?? 'account'
      const url = path.replaceAll(/\{[^}]+\}/g, '01a1f7b5-7b01-7702-ae37-f1373e914301')
      const refusal = await without.get(scope)?.refusal(url, { method: method.toUpperCase() })
      assert.equal(refusal, '403 forbidden', `${method} ${path} with everything but ${scope}`)
      counts.set(scope, (counts.get(scope) ?? 0) + 1)
    }
  for (const scope of ['read', 'write', 'run', 'account']) assert.ok((counts.get(scope) ?? 0) >= 5, scope)
})

test('a script with the right scopes works as its account does, and sees the same projects', async () => {
  const { id } = await ada.json<{ id: string }>('POST', '/api/v1/projects', { name: 'Mine' })
  const script = await newToken(['read', 'write', 'run'])
  assert.equal((await script.ask(`/api/v1/projects/${id}/files/a.py`, { method: 'PUT', body: 'print(6 * 7)' })).status, 201)
  assert.equal(await (await ada.ask('GET', `/api/v1/projects/${id}/files/a.py`)).text(), 'print(6 * 7)')
  const started = await script.start('print(1)')
  assert.equal((await script.finish(started.id)).state, 'ended')
  const reader = await newToken(['read'])
  assert.equal((await reader.ask(`/api/v1/projects/${id}`)).status, 200)
  assert.equal(await reader.refusal(`/api/v1/projects/${id}`, { method: 'DELETE' }), '403 forbidden')
})

test('a script that may change files may not use the tokens that its account has stored for other git servers', async () => {
  const { id } = await ada.json<{ id: string }>('POST', '/api/v1/projects', { name: 'Pushed' })
  const [writer, pusher] = [await newToken(['read', 'write', 'run']), await newToken(['git'])]
  const url = 'https://git.example.org/ada/private.git'
  const git = `/api/v1/projects/${id}/git`
  for (const [path, method, json] of [
    [`${git}/push`, 'POST', { url }],
    [`${git}/pull`, 'POST', { url }],
    [`${git}/import`, 'POST', { url }],
    [`${git}/export`, 'PUT', { target: 'remote', url, everyMinutes: 60 }],
  ] as const) {
    const response = await writer.ask(path, { method, json })
    assert.equal(response.status, 403, path)
    assert.match(((await response.json()) as { detail: string }).detail, /may "read", "write", "run".*needs "git"/, path)
    // As far as a browser would come: this server names no other git server.
    assert.equal(await pusher.refusal(path, { method, json }), '403 network-refused', path)
  }
  assert.equal(await pusher.refusal(`/api/v1/projects/${id}/files/a.py`, { method: 'PUT', body: 'x' }), '403 forbidden')
})

test('a socket closes when its browser is signed out here or from elsewhere, and when its password changes', async () => {
  const signIn = async (): Promise<Browser> => {
    const browser = new Browser(server.url)
    assert.equal((await browser.ask('POST', '/api/v1/session/sign-in', { login: 'ada.lovelace', password })).status, 200)
    return browser
  }
  const [leaving, stolen, old] = [await signIn(), await signIn(), await signIn()]
  const sockets = await Promise.all([leaving, stolen, old].map((browser) => browser.openSocket()))
  const kept = await ada.openSocket()
  await leaving.ask('POST', '/api/v1/session/sign-out')
  assert.equal(await sockets[0]?.closed, 4401)
  const { items } = await stolen.json<{ items: { id: string; current: boolean }[] }>('GET', '/api/v1/session/sign-ins')
  await ada.ask('DELETE', `/api/v1/session/sign-ins/${items.find(({ current }) => current)?.id}`)
  assert.equal(await sockets[1]?.closed, 4401)
  await ada.ask('PUT', '/api/v1/account/password', { present: password, next: 'battery staple 8' })
  await ada.ask('PUT', '/api/v1/account/password', { present: 'battery staple 8', next: password })
  assert.equal(await sockets[2]?.closed, 4401)
  assert.equal(await kept.closed, 4401, 'its own too: it was opened with the tokens of before')
  await ada.openSocket()
})

test('a guest who claims keeps the projects, and a socket that somebody else holds with the old session ends', async () => {
  const browser = new Browser(server.url)
  await (await browser.ask('POST', '/api/v1/sessions')).text()
  const { id } = await browser.json<{ id: string }>('POST', '/api/v1/projects', { name: 'Before' })
  const before = await browser.openSocket()
  assert.equal((await browser.ask('POST', '/api/v1/account', { login: 'grace', password })).status, 201)
  assert.equal(await before.closed, 4401)
  assert.equal((await browser.ask('GET', `/api/v1/projects/${id}`)).status, 200)
  const page = await browser.ask('GET', `/projects/${id}`)
  await page.text()
  assert.ok(page.status === 200 || page.status === 503, 'the address of an open tab stays good (503: the page is not built)')
})

test('a page of another site can neither sign in, nor claim, nor change a password', async () => {
  for (const [method, path] of [
    ...[
      ['POST', '/api/v1/session/sign-in'],
      ['POST', '/api/v1/account'],
      ['PUT', '/api/v1/account/password'],
    ],
    ...[
      ['POST', '/api/v1/session/sign-out'],
      ['DELETE', '/api/v1/session/sign-ins'],
      ['POST', '/api/v1/tokens'],
    ],
  ] as const) {
    const response = await fetch(server.url + path, {
      ...{ method: String(method), body: '{}' },
      headers: { origin: 'https://evil.example', cookie: ada.cookie, 'content-type': 'application/json' },
    })
    assert.equal(response.status, 403, path)
    assert.deepEqual(response.headers.getSetCookie(), [])
  }
})

test('the link that the start prints makes one account the administrator, once; the page is there for nobody else', async () => {
  const link = /(http:\S+\/become-admin\/atl_f_[\w-]{22})/.exec(server.printed())?.[1] ?? ''
  assert.notEqual(link, '', server.printed())
  const path = new URL(link).pathname
  const [guest, boss, eve] = [
    new Browser(server.url),
    await Browser.member(server.url, 'boss'),
    await Browser.member(server.url, 'eve'),
  ]
  await (await guest.ask('POST', '/api/v1/sessions')).text()
  for (const who of [guest, boss, eve]) assert.equal((await who.ask('GET', '/admin')).status, 404)
  assert.match(await (await guest.ask('GET', path)).text(), /Make an account first/)
  assert.equal((await guest.ask('POST', path)).status, 403)
  const token = boss.jar.get('atelier_session')
  assert.match(await (await boss.ask('GET', path)).text(), /<form method="post" action="\/become-admin\//)
  assert.equal((await boss.ask('GET', '/admin')).status, 404, 'asking for the link changes nothing')
  const foreign = await fetch(server.url + path, {
    method: 'POST',
    headers: { cookie: boss.cookie, origin: 'https://evil.example' },
  })
  assert.equal(foreign.status, 403)
  const used = await boss.ask('POST', path)
  assert.deepEqual([used.status, used.headers.get('location')], [303, '/admin'])
  assert.notEqual(boss.jar.get('atelier_session'), token)
  for (const method of ['GET', 'POST']) assert.equal((await eve.ask(method, path)).status, 404)
  assert.equal((await eve.ask('GET', '/admin')).status, 404)
  const page = await boss.ask('GET', '/admin')
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
  const text = await page.text()
  for (const shown of ['ATELIER_EXECUTIONS_AT_ONCE', 'ada.lovelace', 'Isolation', 'Python']) assert.match(text, new RegExp(shown))
})

test('the administrator sees what runs, and disables a user whose name is markup, whose sockets close', async () => {
  const boss = await signedIn('boss')
  const eve = await signedIn('eve')
  await (await eve.ask('PATCH', '/api/v1/session', { name: '<img src=x onerror=alert(1)>' })).text()
  const files = [{ path: 'main.py', content: 'input()' }]
  const { id } = await eve.json<{ id: string }>('POST', '/api/v1/executions', { language: 'python', files })
  const text = await (await boss.ask('GET', '/admin')).text()
  assert.match(text, new RegExp(id))
  assert.doesNotMatch(text, /<img src=x/)
  const { items } = await boss.json<{ items: { id: string }[] }>('GET', '/api/v1/admin/users?search=eve')
  const socket = await eve.openSocket()
  const disabled = await fetch(`${server.url}/admin/users/${items[0]?.id}`, {
    ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ disabled: 'true' }) },
    headers: { cookie: boss.cookie, origin: server.url },
  })
  assert.equal(disabled.status, 303)
  assert.equal(await socket.closed, 4401)
  assert.equal((await eve.ask('GET', `/api/v1/executions/${id}`)).status, 404)
  const replaced = await fetch(`${server.url}/admin/users/${items[0]?.id}`, {
    ...{ method: 'POST', body: new URLSearchParams({ password: 'true' }) },
    headers: { cookie: boss.cookie, origin: server.url },
  })
  assert.match(await replaced.text(), /The new password is <code>[\w-]{16}<\/code>/)
  const other = await boss.ask('POST', '/admin/users/01a1f7b5-7b01-7702-ae37-f1373e914301')
  assert.equal(other.status, 400, 'only a form of the page changes something')
})

async function signedIn(login: string): Promise<Browser> {
  const browser = new Browser(server.url)
  assert.equal((await browser.ask('POST', '/api/v1/session/sign-in', { login, password })).status, 200)
  return browser
}
