/** History as people use it: look at what a file was, bring it back, undo that; deleted files and whole projects too. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FileVersionPage } from '@atelier/protocol/history'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, shot } from './browser.ts'
import { editorOf, isShared, savedIn } from './editing-pages.ts'
import { fileAddress, type GuestPage, guestPage, letIn, openProject, projectOf, putFile, rename, tree } from './guest-page.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

let server: ServerUnderTest
let browser: Browser

before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const dialog = (page: Page) => page.getByRole('dialog', { name: /^History/ })
const versions = (page: Page) => dialog(page).getByRole('listbox', { name: 'Versions, newest first' })
const options = (page: Page) => versions(page).getByRole('option')
const chosen = (page: Page) => versions(page).getByRole('option', { selected: true })
const compared = (page: Page) => dialog(page).locator('.diff-host[data-ready="true"]').waitFor()

/** Two people who saved in turn: each save is a version of its own. */
async function savedInTurn(ada: GuestPage, bob: GuestPage, path: string, texts: readonly string[]): Promise<string> {
  await rename(ada.guest, 'Ada')
  await rename(bob.guest, 'Bob <b>')
  const id = await projectOf(ada, {})
  await letIn(ada.guest, id, bob.guest)
  for (const [index, text] of texts.entries()) await putFile((index % 2 === 0 ? ada : bob).guest, id, path, text)
  return id
}

async function runCommand(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type(name)
  await page.getByRole('option', { name: new RegExp(name), selected: true }).waitFor()
  await page.keyboard.press('Enter')
}

const readText = async ({ guest }: GuestPage, id: string, path: string): Promise<string> =>
  (await guest.ask(fileAddress(id, path))).text()

const authorsOf = async ({ guest }: GuestPage, id: string, path: string): Promise<(string | undefined)[]> => {
  const answer = await guest.ask(`/api/v1/projects/${id}/history/${path}`)
  return FileVersionPage.parse(await answer.json()).items.map(({ author }) => author?.name)
}

test('by keyboard alone one looks at what a file was, brings it back, and undo takes that back', async () => {
  await using ada = await guestPage(browser, server)
  await using bob = await guestPage(browser, server)
  const texts = ['a = 1\nprint(a)\n', 'a = 2\nprint(a)\n', 'a = 3\nprint("three", a)\n']
  const id = await savedInTurn(ada, bob, 'main.py', texts)
  const { page } = ada
  await openProject(ada, id, 'main.py')
  await isShared(page)
  await page.keyboard.press('Alt+H')
  await compared(page)
  assert.equal(await options(page).count(), 3)
  // What the file has now is at the top; the one before it is chosen.
  await chosen(page).getByText('Bob <b>').waitFor()
  await shot(page, 'history-file')
  await page.keyboard.press('ArrowDown')
  await chosen(page).getByText('Ada').waitFor()
  await compared(page)
  await dialog(page).locator('.editor.original').getByText('a = 1').waitFor()
  await dialog(page).locator('.editor.modified').getByText('"three"').waitFor()
  await page.keyboard.press('Home')
  await dialog(page).getByRole('button', { name: 'Restore this version', disabled: true }).waitFor()
  await page.keyboard.press('End')
  await dialog(page).getByRole('button', { name: 'Restore this version', disabled: false }).waitFor()
  await dialog(page).getByRole('button', { name: 'Restore this version' }).press('Enter')
  await dialog(page).waitFor({ state: 'detached' })
  await editorOf(page).getByText('a = 1').waitFor()
  await savedIn(page)
  assert.equal(await readText(ada, id, 'main.py'), texts[0])
  assert.deepEqual(await authorsOf(ada, id, 'main.py'), ['Ada', 'Ada', 'Bob <b>', 'Ada'])
  await page.keyboard.press('Control+Z')
  await editorOf(page).getByText('"three"').waitFor()
  await savedIn(page)
  assert.equal(await readText(ada, id, 'main.py'), texts[2])
  assert.deepEqual(ada.complaints, [])
})

test('a version gets a name, is copied, and one sees who wrote which line', async () => {
  await using ada = await guestPage(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] })
  await using bob = await guestPage(browser, server)
  const id = await savedInTurn(ada, bob, 'notes.txt', ['one\ntwo\n', 'one\n<b>two</b>\n'])
  const { page } = ada
  await openProject(ada, id, 'notes.txt')
  await runCommand(page, 'History of this file')
  await compared(page)
  await dialog(page).getByRole('button', { name: 'Name this version' }).click()
  await dialog(page).getByRole('textbox', { name: 'Name of the version' }).fill('Handed in <i>')
  await page.keyboard.press('Enter')
  await options(page).getByText('Handed in <i>').waitFor()
  await dialog(page).getByRole('button', { name: 'Copy', exact: true }).click()
  await page.getByText('The version is on the clipboard.').waitFor()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), 'one\ntwo\n')
  await dialog(page).getByRole('combobox', { name: 'Show' }).selectOption('who wrote what is there now')
  const lines = dialog(page).getByRole('region', { name: 'Who wrote each line' })
  await lines.getByText('<b>two</b>').waitFor()
  assert.deepEqual(await lines.locator('.line-author bdi').allTextContents(), ['Ada', 'Bob <b>'])
  await shot(page, 'history-lines')
  assert.deepEqual(ada.complaints, [])
})

test('a deleted file is looked at and brought back', async () => {
  await using ada = await guestPage(browser, server)
  await using bob = await guestPage(browser, server)
  const name = '<img src=x onerror=alert(1)>.txt'
  const id = await savedInTurn(ada, bob, name, ['first\n', 'second\n'])
  await putFile(ada.guest, id, 'other.txt', 'stays\n')
  const { page } = ada
  await openProject(ada, id, 'other.txt')
  await runCommand(page, 'Deleted files')
  await dialog(page).getByText('No file has been deleted.').waitFor()
  await page.keyboard.press('Escape')
  await bob.guest.ask(fileAddress(id, name), { method: 'DELETE' })
  await tree(page).getByText(name).waitFor({ state: 'detached' })
  await runCommand(page, 'Deleted files')
  await dialog(page).getByText('by Bob <b>').waitFor()
  await shot(page, 'history-deleted')
  await dialog(page)
    .getByRole('button', { name: `Look at ${name}` })
    .click()
  await compared(page)
  await dialog(page).locator('.editor.modified').getByText('second').waitFor()
  await dialog(page).getByRole('button', { name: 'Bring back' }).click()
  await dialog(page).getByText('No file has been deleted.').waitFor()
  await page.keyboard.press('Escape')
  await tree(page).getByText(name).waitFor()
  assert.equal(await readText(ada, id, name), 'second\n')
  assert.deepEqual(ada.complaints, [])
})

test('a whole project is kept, brought back while a file is open, and that is taken back with one click', async () => {
  await using ada = await guestPage(browser, server)
  const id = await projectOf(ada, { 'main.py': 'print("before")\n', 'lib.py': 'x = 1\n' })
  const { page } = ada
  await openProject(ada, id, 'main.py')
  await isShared(page)
  await runCommand(page, 'Snapshots of this project')
  await dialog(page).getByText('There is no snapshot.').waitFor()
  await dialog(page).getByRole('textbox', { name: 'Name of a new snapshot' }).fill('Lesson 1')
  await page.keyboard.press('Enter')
  await dialog(page).getByRole('button', { name: 'Restore Lesson 1' }).waitFor()
  await page.keyboard.press('Escape')
  await putFile(ada.guest, id, 'main.py', 'print("after")\n')
  await putFile(ada.guest, id, 'new.py', 'y = 2\n')
  await ada.guest.ask(fileAddress(id, 'lib.py'), { method: 'DELETE' })
  await editorOf(page).getByText('"after"').waitFor()
  await runCommand(page, 'Snapshots of this project')
  await dialog(page).getByRole('button', { name: 'Restore Lesson 1' }).click()
  await shot(page, 'history-snapshots')
  await dialog(page).getByRole('button', { name: 'Restore', exact: true }).click()
  await editorOf(page).getByText('"before"').waitFor()
  await tree(page).getByText('lib.py').waitFor()
  await tree(page).getByText('new.py').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await editorOf(page).getByText('"after"').waitFor()
  await tree(page).getByText('new.py').waitFor()
  await tree(page).getByText('lib.py').waitFor({ state: 'detached' })
  assert.deepEqual(ada.complaints, [])
})

test('a viewer looks at the history and changes nothing; a file that is no text is shown as such', async () => {
  await using ada = await guestPage(browser, server)
  await using vera = await guestPage(browser, server)
  const id = await projectOf(ada, { 'main.py': 'print(1)\n', 'bytes.txt': 'a\u0000b' })
  await letIn(ada.guest, id, vera.guest, 'viewer')
  const { page } = vera
  await openProject(vera, id, 'main.py')
  await page.keyboard.press('Alt+H')
  await compared(page)
  await dialog(page).getByText('There is one version so far.').waitFor()
  for (const name of ['Restore this version', 'Name this version'])
    assert.equal(await dialog(page).getByRole('button', { name }).count(), 0)
  await dialog(page).getByRole('button', { name: 'Snapshots of the project' }).click()
  assert.equal(await dialog(page).getByRole('textbox').count(), 0)
  await page.keyboard.press('Escape')
  await tree(page).getByText('bytes.txt').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'History …' }).click()
  await dialog(page).getByText('This is no text').waitFor()
  await page.setViewportSize({ width: 390, height: 800 })
  await shot(page, 'history-narrow')
  assert.deepEqual(vera.complaints, [])
})
