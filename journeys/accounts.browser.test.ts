/** Accounts as people have them: the work of a guest is kept, opened in another browser, and closed again. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { password } from './account-browser.ts'
import { openBrowser } from './browser.ts'
import { guestPage, openProject, projectOf, tree } from './guest-page.ts'
import { clientId, clientSecret, type ProviderUnderTest, startIdentityProvider } from './identity-provider.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

let provider: ProviderUnderTest
let server: ServerUnderTest
let browser: Browser

before(async () => {
  provider = await startIdentityProvider()
  server = await startServer({
    environment: {
      ...{ ATELIER_OIDC_ISSUER: provider.issuer, ATELIER_OIDC_CLIENT_ID: clientId, ATELIER_OIDC_CLIENT_SECRET: clientSecret },
    },
  })
  provider.open(`${server.url}/oidc/callback`)
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

const open = async (page: Page, menu: string | RegExp, item: string | RegExp): Promise<void> => {
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menuitem', { name: item }).click()
}
const shot = async (page: Page, name: string): Promise<void> => {
  if (process.env.ATELIER_SCREENSHOTS !== undefined)
    await page.screenshot({ path: `${process.env.ATELIER_SCREENSHOTS}/${name}.png` })
}
const fill = async (page: Page, login: string, secret: string): Promise<void> => {
  await page.getByLabel('User name or e-mail address').fill(login)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.keyboard.press('Enter')
}
/** What the browser says about the moment in which a refusal came is not a fault of the page. */
const faults = (complaints: readonly string[]): string[] => complaints.filter((each) => !/status of (400|401|409)/.test(each))

test('a guest keeps the work with a name and a password, told at the field what is wrong, and opens it in another browser', async () => {
  await using first = await guestPage(browser, server)
  const id = await projectOf(first, { 'main.py': 'print("mine")\n' })
  await openProject(first, id)
  const { page } = first
  await page.getByRole('button', { name: 'You are a guest' }).click()
  await page.getByText('You are a guest: your work belongs to this browser.').waitFor()
  await shot(page, 'account-guest')
  await page.getByRole('menuitem', { name: /Keep my work/ }).click()
  const login = page.getByLabel('User name or e-mail address')
  assert.equal(await login.getAttribute('autocomplete'), 'username')
  assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('autocomplete'), 'new-password')
  const focused = page.locator(':focus')
  await login.and(focused).waitFor()
  await fill(page, 'ada', 'short')
  await page.getByRole('alert').filter({ hasText: 'A password has at least 10 characters.' }).waitFor()
  await page.getByLabel('Password', { exact: true }).and(focused).waitFor()
  assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid'), 'true')
  await shot(page, 'account-claim')
  await fill(page, 'ada.lovelace', password)
  await page.getByRole('button', { name: 'Account: ada.lovelace' }).waitFor()
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.type('# after\n')
  await page.getByText('Saved', { exact: true }).first().waitFor()

  await using second = await guestPage(browser, server)
  await second.page.goto(server.url)
  await second.page.locator('.surface[data-surface="monaco"]').waitFor({ state: 'attached' })
  await open(second.page, 'You are a guest', 'Sign in …')
  await fill(second.page, 'ada.lovelace', 'wrong horse 7')
  await second.page.getByRole('alert').filter({ hasText: 'The name or the password is wrong.' }).waitFor()
  await fill(second.page, 'Ada.Lovelace', password)
  await second.page.getByRole('heading', { name: 'What becomes of your work here?' }).waitFor()
  await shot(second.page, 'account-merge')
  // The page is loaded anew as the account; what comes next must not meet that halfway.
  const loaded = second.page.waitForEvent('load')
  await second.page.getByRole('button', { name: 'Move them into the account' }).click()
  await loaded
  await second.page.getByRole('button', { name: 'Account: ada.lovelace' }).waitFor()
  await second.page.goto(`${server.url}/projects/${id}`)
  await tree(second.page).getByText('main.py').waitFor()
  assert.deepEqual(faults([...first.complaints, ...second.complaints]), [])
})

test('one sees where one is signed in, signs out elsewhere, makes and revokes a token, all by keys', async () => {
  await using here = await guestPage(browser, server)
  const { page } = here
  await openProject(here, await projectOf(here, { 'main.py': '1\n' }))
  /** In the palette, which knows more words than it shows. */
  const look = async (words: string): Promise<void> => {
    await page.keyboard.press('Control+Shift+P')
    await page.getByRole('combobox').fill(`>${words}`)
  }
  await look('log out')
  await page.getByText('No such command.').waitFor()
  await page.keyboard.press('Escape')
  await look('register')
  await page.getByRole('option', { name: /Keep my work: make an account/ }).waitFor()
  await page.keyboard.press('Enter')
  await fill(page, 'grace', password)
  const menu = page.getByRole('button', { name: 'Account: grace' })
  await menu.waitFor()
  const response = await fetch(`${server.url}/api/v1/session/sign-in`, {
    ...{ method: 'POST', body: JSON.stringify({ login: 'grace', password }) },
    headers: { 'content-type': 'application/json', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
  })
  assert.equal(response.status, 200)
  const choose = async (item: string): Promise<void> => {
    await menu.focus()
    await page.keyboard.press('Enter')
    // The menu puts the focus on its first item; only then it can go on from there.
    await page.getByRole('menuitem').and(page.locator(':focus')).waitFor()
    await page.getByRole('menuitem', { name: item }).focus()
    await page.keyboard.press('Enter')
  }
  await choose('Where you are signed in …')
  await page.getByRole('listitem').filter({ hasText: 'This browser' }).waitFor()
  // Not on the button that signs out everywhere.
  await page.getByRole('button', { name: 'Done' }).and(page.locator(':focus')).waitFor()
  await shot(page, 'account-sign-ins')
  await page.getByRole('button', { name: /Sign out Firefox on Linux/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Firefox on Linux').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')

  await choose('API tokens …')
  await page.getByText('You have no token.').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('nightly')
  await page.keyboard.press('Enter')
  const token = await page.getByRole('textbox', { name: 'The token' }).inputValue()
  assert.match(token, /^atl_t_/)
  await shot(page, 'account-tokens')
  const status = async () =>
    (await fetch(`${server.url}/api/v1/projects`, { headers: { authorization: `Bearer ${token}` } })).status
  assert.equal(await status(), 200)
  await page.getByRole('button', { name: 'Revoke nightly' }).press('Enter')
  await page.getByRole('button', { name: 'Revoke nightly' }).waitFor({ state: 'detached' })
  assert.equal(await status(), 401)
  await page.keyboard.press('Escape')

  await look('log out')
  await page.getByRole('option', { name: /Sign out/ }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'You are a guest' }).waitFor()
  assert.deepEqual(faults(here.complaints), [])
})

test('a guest signs in with another place and comes back as the account, with what was made before', async () => {
  await using here = await guestPage(browser, server)
  const { page } = here
  const id = await projectOf(here, { 'main.py': '1\n' })
  await openProject(here, id)
  provider.subject = 'hedy'
  await open(page, 'You are a guest', 'Sign in …')
  await page.getByLabel('Take along what I have made here as a guest').waitFor()
  await shot(page, 'account-sign-in')
  await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click()
  await page.getByRole('button', { name: /^Account: / }).waitFor()
  await page.goto(`${server.url}/projects/${id}`)
  await tree(page).getByText('main.py').waitFor()
  assert.deepEqual(faults(here.complaints), [])
})

test('the link of the start leads a person to the page of administrators', async () => {
  await using here = await guestPage(browser, server)
  const { page } = here
  await openProject(here, await projectOf(here, { 'main.py': '1\n' }))
  const link = /http:\S+\/become-admin\/\S+/.exec(server.printed())?.[0] ?? ''
  await page.goto(link)
  await page.getByRole('heading', { name: 'Make an account first' }).waitFor()
  await page.getByRole('link', { name: 'Open the editor' }).click()
  await open(page, 'You are a guest', /Keep my work/)
  await fill(page, 'the.boss', password)
  await page.getByRole('button', { name: 'Account: the.boss' }).waitFor()
  await page.goto(link)
  await page.getByRole('button', { name: 'Become the administrator' }).click()
  await page.getByRole('heading', { name: 'Administration' }).waitFor()
  await page.getByLabel('Name or id').fill('boss')
  await page.keyboard.press('Enter')
  await page.getByRole('cell', { name: /the\.boss · administrator/ }).waitFor()
  await shot(page, 'admin')
  await page.getByRole('link', { name: 'Editor' }).click()
  await open(page, 'Account: the.boss', 'Administration')
  await page.getByRole('heading', { name: 'Administration' }).waitFor()
  assert.deepEqual(faults(here.complaints), [])
})
