/** Where files are saved as a whole, by a button: the simple variant. Two versions may meet; the person decides. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { textByRest } from './editing-pages.ts'
import { type GuestPage, guestPage, openProject, projectOf, putFile } from './guest-page.ts'
import { type ServerUnderTest, startServer, variant } from './server-under-test.ts'

let server: ServerUnderTest
let browser: Browser

before(async () => {
  server = await startServer(variant('v0'))
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const saved = ({ page }: GuestPage) => page.locator('[data-save="saved"]').waitFor()
const unsaved = ({ page }: GuestPage) => page.locator('[data-save="unsaved"]').waitFor()

async function typeAtStart({ page }: GuestPage, text: string): Promise<void> {
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('Control+Home')
  // At once: of slow keys Enter takes a suggestion.
  await page.keyboard.insertText(text)
}

test('nothing is saved before it is asked for; then it is', async () => {
  await using someone = await guestPage(browser, server)
  const id = await projectOf(someone, { 'main.py': 'print(1)\n' })
  await openProject(someone, id)
  await typeAtStart(someone, '# mine\n')
  await unsaved(someone)
  assert.equal(await textByRest(someone.guest, id, 'main.py'), 'print(1)\n')
  await someone.page.keyboard.press('Control+S')
  await saved(someone)
  assert.equal(await textByRest(someone.guest, id, 'main.py'), '# mine\nprint(1)\n')
})

test('a conflict is never silent: the bar offers both versions, and the choice is what is kept', async () => {
  await using someone = await guestPage(browser, server)
  const { page, guest } = someone
  const id = await projectOf(someone, { 'notes.txt': 'one\ntwo\nthree\n' })
  await openProject(someone, id)
  const edit = async (text: string): Promise<void> => {
    await typeAtStart(someone, text)
    await page.keyboard.press('Control+S')
  }
  const bar = page.getByRole('alert').filter({ hasText: 'also changed elsewhere' })

  await putFile(guest, id, 'notes.txt', 'one\ntwo\nTHREE\n')
  await edit('mine\n')
  await bar.waitFor()
  assert.equal(await textByRest(guest, id, 'notes.txt'), 'one\ntwo\nTHREE\n')
  await bar.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('dialog').locator('.diff-host[data-ready="true"]').waitFor()
  await page.keyboard.press('Escape')
  await bar.getByRole('button', { name: 'Keep both' }).click()
  await saved(someone)
  assert.equal(await textByRest(guest, id, 'notes.txt'), 'mine\none\ntwo\nTHREE\n')

  await putFile(guest, id, 'notes.txt', 'theirs\n')
  await edit('again ')
  await bar.getByRole('button', { name: 'Take theirs' }).click()
  await saved(someone)
  assert.equal(await textByRest(guest, id, 'notes.txt'), 'theirs\n')

  await putFile(guest, id, 'notes.txt', 'theirs again\n')
  await edit('kept ')
  await bar.getByRole('button', { name: 'Keep mine' }).click()
  await saved(someone)
  assert.equal(await textByRest(guest, id, 'notes.txt'), 'kept theirs\n')
})

test('text that cannot be saved is kept in the browser, is there after a reload, and is saved when the server answers again', async () => {
  await using someone = await guestPage(browser, server)
  const { page, guest } = someone
  const id = await projectOf(someone, { 'main.py': 'print(1)\n' })
  const away = '**/api/v1/projects/*/files/**'
  await page.route(away, (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()))
  await openProject(someone, id)
  await typeAtStart(someone, '# kept\n')
  await page.keyboard.press('Control+S')
  await page.getByText('Offline, kept on this device').waitFor()
  await page.reload()
  await page.locator('.view-lines').getByText('# kept').waitFor()
  assert.equal(await textByRest(guest, id, 'main.py'), 'print(1)\n')
  await page.unroute(away)
  await page.keyboard.press('Control+S')
  await saved(someone)
  assert.equal(await textByRest(guest, id, 'main.py'), '# kept\nprint(1)\n')
})
