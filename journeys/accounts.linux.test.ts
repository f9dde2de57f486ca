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
