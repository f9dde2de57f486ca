/** Source control as people use it: commit, look at commits, branch, take the repository along and bring it back as a project. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { GitLog, GitOverview } from '@atelier/protocol/git'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, shot } from './browser.ts'
import { guestPage, letIn, openProject, projectOf, putFile, tree } from './guest-page.ts'
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

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Source control' })
const changed = (page: Page) => dialog(page).getByRole('list', { name: 'Changed files' }).getByRole('listitem')
const compared = (page: Page) => dialog(page).locator('.diff-host[data-ready="true"]').waitFor()
const part = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true })

test('changes are looked at and committed by keyboard, and every commit shows what it changed', async () => {
  await using ada = await guestPage(browser, server)
  const { page, guest, complaints } = ada
  const id = await projectOf(ada, { 'main.py': 'print(1)\n', 'data/notes.txt': 'one\n' })
  await openProject(ada, id, 'main.py')
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# typed just now\n')
  await page.keyboard.press('Control+Shift+G')
  await changed(page).nth(1).waitFor()
  // What is on the screen is what is committed.
  assert.match((await changed(page).nth(1).textContent()) ?? '', /Amain\.py\+2 −0/)
  assert.match((await changed(page).first().textContent()) ?? '', /Adata\/notes\.txt\+1 −0/)
  await dialog(page).getByRole('checkbox', { name: 'Commit data/notes.txt' }).uncheck()
  await dialog(page).getByRole('textbox', { name: 'Message of the commit' }).fill('Say one\n\nFirst of all.')
  await shot(page, 'git-changes')
  await page.keyboard.press('Control+Enter')
  await page.getByText(/Committed as [0-9a-f]{8}\./).waitFor()
  await putFile(guest, id, 'main.py', '# typed just now\nprint(1)\nprint(2)\n')
  await dialog(page).getByRole('button', { name: 'Look again' }).click()
  await changed(page).filter({ hasText: 'main.py' }).getByText('+1').waitFor()
  await changed(page).filter({ hasText: 'main.py' }).getByRole('button').click()
  await compared(page)
  await dialog(page).getByText('print(2)').first().waitFor()
  await shot(page, 'git-diff')
  await dialog(page).getByRole('textbox', { name: 'Message of the commit' }).fill('Say two')
  await page.keyboard.press('Control+Enter')
  await dialog(page).getByText('Nothing has changed since the last commit.').waitFor()
  await part(page, 'Commits').click()
  const commits = dialog(page).getByRole('list', { name: 'Commits, newest first' }).getByRole('button')
  await commits.nth(1).waitFor()
  assert.match((await commits.first().textContent()) ?? '', /^Say two/)
  await compared(page)
  await shot(page, 'git-commits')
  await commits.nth(1).click()
  await dialog(page).getByText('First of all.').waitFor()
  await page.keyboard.press('Escape')
  await dialog(page).waitFor({ state: 'hidden' })
  const log = (await (await guest.ask(`/api/v1/projects/${id}/git/commits`)).json()) as GitLog
  assert.deepEqual(
    log.items.map(({ subject }) => subject),
    ['Say two', 'Say one'],
  )
  assert.deepEqual(complaints, [])
})

test('a branch is made from the menu and its files are its own; a viewer sees commits alone', async () => {
  await using ada = await guestPage(browser, server)
  await using bob = await guestPage(browser, server)
  const { page, guest } = ada
  const id = await projectOf(ada, { 'main.py': 'print("main")\n' })
  const at = `/api/v1/projects/${id}/git`
  await guest.ask(`${at}/commits`, { json: { message: 'Begun' } })
  await openProject(ada, id, 'main.py')
  await page.keyboard.press('Control+Shift+G')
  await dialog(page).getByRole('button', { name: 'Branch main' }).click()
  await page.getByRole('menuitem', { name: /New branch/ }).click()
  await dialog(page).getByRole('textbox', { name: 'Name of the new branch' }).fill('try/it')
  await page.keyboard.press('Enter')
  await dialog(page).getByRole('button', { name: 'Branch try/it' }).waitFor()
  await putFile(guest, id, 'main.py', 'print("tried")\n')
  await guest.ask(`${at}/commits`, { json: { message: 'Tried' } })
  await dialog(page).getByRole('button', { name: 'Branch try/it' }).click()
  await page.getByRole('menuitem', { name: /^main/ }).click()
  await dialog(page).getByRole('button', { name: 'Branch main' }).waitFor()
  assert.equal(await (await guest.ask(`/api/v1/projects/${id}/files/main.py`)).text(), 'print("main")\n')
  await part(page, 'Other places').click()
  await dialog(page).getByRole('link', { name: 'Download bundle' }).waitFor()
  await dialog(page)
    .getByText(/name some in ATELIER_GIT_HOSTS/)
    .waitFor()
  await shot(page, 'git-places')
  await letIn(guest, id, bob.guest, 'viewer')
  await openProject(bob, id, 'main.py')
  await bob.page.keyboard.press('Control+Shift+G')
  await dialog(bob.page).getByText('Begun').first().waitFor()
  assert.equal(await part(bob.page, 'Changes').count(), 0)
})

test('a bundle becomes a project with all its commits; what is none says so and leaves nothing behind', async () => {
  await using ada = await guestPage(browser, server)
  const { page, guest } = ada
  const id = await projectOf(ada, { 'main.py': 'print("packed")\n' })
  const at = `/api/v1/projects/${id}/git`
  await guest.ask(`${at}/commits`, { json: { message: 'Packed' } })
  const folder = await mkdtemp(join(tmpdir(), 'atelier-bundle-'))
  try {
    await writeFile(join(folder, 'thing.bundle'), Buffer.from(await (await guest.ask(`${at}/bundle`)).arrayBuffer()))
    await writeFile(join(folder, 'broken.bundle'), 'no bundle')
    await openProject(ada, id, 'main.py')
    await page.getByRole('button', { name: /^Project / }).click()
    await page.getByRole('menuitem', { name: 'New project from Git' }).click()
    const importing = page.getByRole('dialog', { name: 'New project from Git' })
    const file = importing.getByLabel(/Or a bundle/)
    await file.setInputFiles(join(folder, 'broken.bundle'))
    await importing.getByRole('button', { name: 'Import' }).click()
    await importing.getByText(/That is no whole git bundle/).waitFor()
    await shot(page, 'git-import')
    await file.setInputFiles(join(folder, 'thing.bundle'))
    await importing.getByRole('button', { name: 'Import' }).click()
    await page.waitForURL((url) => !url.pathname.endsWith(id))
    await tree(page).getByText('main.py').waitFor()
    const made = page.url().replace(/^.*\/projects\/([0-9a-f-]+).*$/, '$1')
    const overview = (await (await guest.ask(`/api/v1/projects/${made}/git`)).json()) as GitOverview
    assert.equal(overview.branches.length, 1)
    const { items } = (await (await guest.ask('/api/v1/projects')).json()) as { items: { name: string }[] }
    assert.deepEqual(items.map(({ name }) => name).sort(), ['Journey', 'thing'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
