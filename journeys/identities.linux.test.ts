/** Signing in with another place: a real OpenID Connect provider, and everything that can be wrong with an answer. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, password } from './account-browser.ts'
import { clientId, clientSecret, type ProviderUnderTest, startIdentityProvider } from './identity-provider.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

let provider: ProviderUnderTest
let server: ServerUnderTest

before(async () => {
  provider = await startIdentityProvider()
  server = await startServer({
    environment: {
      ...{ ATELIER_OIDC_ISSUER: provider.issuer, ATELIER_OIDC_CLIENT_ID: clientId, ATELIER_OIDC_CLIENT_SECRET: clientSecret },
    },
  })
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

/** What the browser does between start and answer; returns the address of the answer without opening it. */
async function confirmedBy(subject: string, start: Response): Promise<URL> {
  assert.equal(start.status, 303)
  provider.subject = subject
  const there = new Browser('')
  let address = new URL(start.headers.get('location') ?? '')
  for (let steps = 0; address.origin === provider.issuer; steps++) {
    assert.ok(steps < 10, 'the provider sends in circles')
    const response = await there.ask('GET', address.href)
    await response.text()
    address = new URL(response.headers.get('location') ?? '', address)
  }
  return address
}
const pathOf = (address: URL): string => address.pathname + address.search

async function signIn(browser: Browser, subject: string, query = ''): Promise<Response> {
  const answer = await confirmedBy(subject, await browser.ask('GET', `/oidc/start${query}`))
  return browser.ask('GET', pathOf(answer))
}
type Me = { user: { id: string; kind: string } | null; account: { login: string | null } | null; signInWith: string | null }
const me = (browser: Browser) => browser.json<Me>('GET', '/api/v1/session')
const guest = async (): Promise<Browser> => {
  const browser = new Browser(server.url)
  await (await browser.ask('POST', '/api/v1/sessions')).text()
  return browser
}

test('while the provider does not answer a page says so, and everything else works', async () => {
  const browser = await guest()
  const start = await browser.ask('GET', '/oidc/start')
  assert.equal(start.status, 503)
  assert.match(await start.text(), /127\.0\.0\.1.*does not answer/)
  assert.equal((await me(browser)).signInWith, '127.0.0.1')
  provider.open(`${server.url}/oidc/callback`)
})

test('a guest is claimed by an identity; whoever comes with it again, from any browser, is the same account', async () => {
  const browser = await guest()
  const before = await me(browser)
  const token = browser.jar.get('atelier_session')
  const done = await signIn(browser, 'ada')
  assert.deepEqual([done.status, done.headers.get('location')], [303, '/'])
  const now = await me(browser)
  assert.deepEqual([now.user?.id, now.user?.kind, now.account?.login], [before.user?.id, 'account', null])
  assert.notEqual(browser.jar.get('atelier_session'), token)
  const second = new Browser(server.url)
  await signIn(second, 'ada')
  assert.equal((await me(second)).user?.id, before.user?.id)
})

test('the same e-mail address makes nobody the same person', async () => {
  const ada = await guest()
  await signIn(ada, 'ada')
  const byPassword = await Browser.member(server.url, 'ada@example.org')
  const other = await guest()
  await signIn(other, 'another subject with that address')
  const ids = await Promise.all([ada, byPassword, other].map(async (each) => (await me(each)).user?.id))
  assert.equal(new Set(ids).size, 3)
})

test('the projects of a guest move into the account of the identity when that was chosen, and stay when not', async () => {
  const owner = await guest()
  await signIn(owner, 'grace')
  const [moving, staying] = [await guest(), await guest()]
  const make = async (browser: Browser) =>
    (await browser.json<{ id: string }>('POST', '/api/v1/projects', { name: 'Made here' })).id
  const [moved, stayed] = [await make(moving), await make(staying)]
  await signIn(moving, 'grace', '?merge=true')
  await signIn(staying, 'grace')
  assert.equal((await owner.ask('GET', `/api/v1/projects/${moved}`)).status, 200)
  assert.equal((await owner.ask('GET', `/api/v1/projects/${stayed}`)).status, 404)
})

test('who is signed in joins an identity to the account, one that is free, and only in the session that asked', async () => {
  const browser = await Browser.member(server.url, 'hedy')
  const { user } = await me(browser)
  assert.equal((await signIn(browser, 'hedy at home', '?link=true')).status, 303)
  const elsewhere = new Browser(server.url)
  await signIn(elsewhere, 'hedy at home')
  assert.equal((await me(elsewhere)).user?.id, user?.id)
  const eve = await Browser.member(server.url, 'eve')
  const taken = await signIn(eve, 'hedy at home', '?link=true')
  assert.deepEqual([taken.status, /signs in to another account/.test(await taken.text())], [403, true])
  assert.equal((await (await guest()).ask('GET', '/oidc/start?link=true')).status, 403)

  const answer = await confirmedBy('hedy at work', await browser.ask('GET', '/oidc/start?link=true'))
  await browser.ask('POST', '/api/v1/session/sign-in', { login: 'eve', password })
  assert.equal((await browser.ask('GET', pathOf(answer))).status, 403)
})

test('an answer is good once, in the browser that asked, and with nothing of it changed', async () => {
  const start = async () => {
    const browser = await guest()
    return { browser, answer: await confirmedBy('ada', await browser.ask('GET', '/oidc/start')) }
  }
  const isRefused = async (browser: Browser, path: string, why: string) => {
    const response = await browser.ask('GET', path)
    assert.equal(response.status, 403, why)
    assert.match(await response.text(), /You are not signed in/, why)
    assert.equal((await me(browser)).account ?? null, null, why)
  }
  const one = await start()
  const attacked = await guest()
  await isRefused(attacked, pathOf(one.answer), 'sent to somebody who did not ask: that would sign them in as the sender')
  assert.equal((await one.browser.ask('GET', pathOf(one.answer))).status, 303)
  const replay = await one.browser.ask('GET', pathOf(one.answer))
  assert.equal(replay.status, 403, 'a second time')
  for (const change of ['state', 'code', 'iss'] as const) {
    const { browser, answer } = await start()
    answer.searchParams.set(change, `${answer.searchParams.get(change)}x`)
    await isRefused(browser, pathOf(answer), change)
  }
  const [mine, theirs] = [await start(), await start()]
  theirs.answer.searchParams.set('state', mine.answer.searchParams.get('state') ?? '')
  await isRefused(mine.browser, pathOf(theirs.answer), 'a code that another browser was given: its nonce and verifier are others')
  for (const query of ['', '?code=x', '?error=access_denied&state=x', `?code=${'x'.repeat(10_000)}`]) {
    const { browser } = await start()
    await isRefused(browser, `/oidc/callback${query}`, query)
  }
  for (const cookie of ['x', 'e30', Buffer.from('{"state":1}').toString('base64url'), 'x'.repeat(5000)]) {
    const browser = await guest()
    browser.jar.set('atelier_oidc', cookie)
    await isRefused(browser, '/oidc/callback?code=x&state=x', 'a cookie that makes no sense')
  }
  const foreign = await fetch(`${server.url}/oidc/start`, { redirect: 'manual', headers: { 'sec-fetch-site': 'cross-site' } })
  assert.equal(foreign.status, 403, 'a page of another site sends nobody on this way')
})
