/** Sharing as people do it: a link is made, sent and opened; roles change and access ends while pages are open. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { becomesTrue, openBrowser, shot } from './browser.ts'
import { guestPage, letIn, openProject, peopleAre, peopleButton, projectOf, rename, tree } from './guest-page.ts'
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

const shareDialog = (page: Page) => page.getByRole('dialog', { name: /^Share/ })
const openShare = (page: Page) => page.getByRole('button', { name: 'Share', exact: true }).click()

test('the owner makes a link, somebody opens it and joins with a click, and both see each other at once', async () => {
  await using owner = await guestPage(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] })
  await using other = await guestPage(browser, server)
  const id = await projectOf(owner, { 'main.py': 'print("shared")\n' })
  await rename(owner.guest, 'Ada')
  await rename(other.guest, 'Bob <b>')
  await openProject(owner, id)
  await openShare(owner.page)
  const dialog = shareDialog(owner.page)
  await dialog.getByText('No link works now').waitFor()
  await dialog.getByRole('button', { name: 'Create link' }).click()
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click()
  await dialog.getByText('The link is on the clipboard.').waitFor()
  const link = (await owner.page.evaluate('navigator.clipboard.readText()')) as string
  assert.equal(link, await dialog.getByRole('textbox', { name: 'The link' }).inputValue())
  await dialog.getByRole('button', { name: 'QR code' }).click()
  await dialog.getByRole('img', { name: 'QR code of the link' }).waitFor()

  await other.page.goto(link)
  await other.page.getByRole('button', { name: 'Join' }).click()
  await other.page.waitForURL(`**/projects/${id}*`)
  await peopleAre(other.page, 2)
  await tree(other.page).getByText('main.py').waitFor()
  // The dialog that is open already has the new member.
  await dialog.getByRole('listitem').filter({ hasText: 'Bob <b>' }).getByText('here now').waitFor()
  await shot(owner.page, 'sharing-owner')
  await owner.page.keyboard.press('Escape')
  await peopleAre(owner.page, 2)
  await openShare(other.page)
  await shareDialog(other.page).getByText('This project belongs to Ada').waitFor()
  assert.equal(await shareDialog(other.page).getByRole('button', { name: 'Create link' }).count(), 0)
  assert.deepEqual([...owner.complaints, ...other.complaints], [])
})

test('a page without https, where a browser has no clipboard for it, copies the link all the same', async () => {
  await using owner = await guestPage(browser, server)
  const { page } = owner
  await page.addInitScript('Object.defineProperty(navigator, "clipboard", { value: undefined })')
  await openProject(owner, await projectOf(owner, { 'main.py': '' }))
  await openShare(page)
  await shareDialog(page).getByRole('button', { name: 'Create link' }).click()
  const link = await shareDialog(page).getByRole('textbox', { name: 'The link' }).inputValue()
  await shareDialog(page).getByRole('button', { name: 'Copy', exact: true }).click()
  await shareDialog(page).getByText('The link is on the clipboard.').waitFor()
  await page.keyboard.press('Control+P')
  await page.getByRole('combobox', { name: 'Files' }).waitFor()
  await page.keyboard.press('Control+V')
  await becomesTrue(page, `document.activeElement?.value === ${JSON.stringify(link)}`)
})

test('whoever may only view is told so and why; made an editor, they go on without a reload, and back', async () => {
  await using owner = await guestPage(browser, server)
  await using viewer = await guestPage(browser, server)
  const id = await projectOf(owner, { 'main.py': 'print("look")\n' })
  await rename(viewer.guest, 'Vera')
  await letIn(owner.guest, id, viewer.guest, 'viewer')
  await openProject(viewer, id)
  const badge = viewer.page.getByRole('button', { name: 'View only' })
  await badge.click()
  await viewer.page.getByText('You can look at this project, not change it.').first().waitFor()
  await shot(viewer.page, 'sharing-viewer')
  await viewer.page.keyboard.press('Escape')
  assert.equal(await viewer.page.getByRole('button', { name: 'New file' }).count(), 0)
  // It says that it does nothing, and when pressed all the same, why: in a notice too, not only where the output would be.
  await viewer.page.getByRole('button', { name: /^Run/ }).click({ force: true })
  const notices = viewer.page.getByRole('region', { name: /^Notifications/ })
  await notices.getByText('Programs are run by those who can edit this project').waitFor()
  await viewer.page.locator('.monaco-editor').first().click()
  await viewer.page.keyboard.type('nothing of this ')
  await viewer.page.locator('.view-lines').getByText('print("look")').waitFor()
  assert.doesNotMatch((await viewer.page.locator('.view-lines').first().textContent()) ?? '', /nothing/)

  await openProject(owner, id)
  await openShare(owner.page)
  const role = shareDialog(owner.page).getByRole('combobox', { name: 'What Vera may do' })
  await role.selectOption('editor')
  await badge.waitFor({ state: 'detached' })
  await viewer.page.getByRole('button', { name: 'New file' }).waitFor()
  await role.selectOption('viewer')
  await badge.waitFor()
  await viewer.page.getByRole('button', { name: 'New file' }).waitFor({ state: 'detached' })
})

test('who is removed sees it without asking, and the page takes nothing more', async () => {
  await using owner = await guestPage(browser, server)
  await using other = await guestPage(browser, server)
  const id = await projectOf(owner, { 'main.py': 'print(1)\n' })
  await rename(other.guest, 'Otto')
  await letIn(owner.guest, id, other.guest)
  await openProject(other, id)
  await peopleButton(other.page).waitFor()
  await openProject(owner, id)
  await openShare(owner.page)
  const row = shareDialog(owner.page).getByRole('listitem').filter({ hasText: 'Otto' })
  await row.getByRole('button', { name: 'Remove Otto' }).click()
  await row.getByText('A link that still works lets them in again.').waitFor()
  await row.getByRole('button', { name: 'Remove', exact: true }).click()
  await other.page.getByRole('alertdialog', { name: 'You are not in this project any more' }).waitFor()
  await shot(other.page, 'sharing-removed')
  await other.page.keyboard.press('Control+P')
  await other.page.keyboard.press('Escape')
  await other.page.getByRole('alertdialog').waitFor()
  await row.waitFor({ state: 'detached' })
  await owner.page.keyboard.press('Escape')
  await owner.page.getByRole('button', { name: 'People: you are alone here' }).waitFor()
  assert.equal(await other.guest.refusal(`/api/v1/projects/${id}`), '404 not-found')
  await other.page.getByRole('button', { name: 'Go to your projects' }).click()
  await other.page.waitForURL((url) => /\/projects\//.test(url.pathname) && !url.pathname.includes(id))
})

test('a revoked link lets nobody in; who is in stays', async () => {
  await using owner = await guestPage(browser, server)
  await using other = await guestPage(browser, server)
  const id = await projectOf(owner, { 'main.py': 'print(1)\n' })
  await openProject(owner, id)
  await openShare(owner.page)
  const dialog = shareDialog(owner.page)
  await dialog.getByRole('combobox', { name: 'Who comes with it' }).selectOption('viewer')
  await dialog.getByRole('combobox', { name: 'It works' }).selectOption('until revoked')
  await dialog.getByRole('button', { name: 'Create link' }).click()
  const link = await dialog.getByRole('textbox', { name: 'The link' }).inputValue()
  await dialog.getByRole('button', { name: 'Revoke' }).click()
  await dialog.getByText('No link works now').waitFor()
  assert.equal(await dialog.getByRole('textbox', { name: 'The link' }).count(), 0)
  await other.page.goto(link)
  await other.page.getByText(/does not work/).waitFor()
  assert.equal(await other.page.getByRole('button', { name: 'Join' }).count(), 0)
})

test('a member can leave, by keyboard alone, and is back among their own projects', async () => {
  await using owner = await guestPage(browser, server)
  await using other = await guestPage(browser, server)
  const id = await projectOf(owner, { 'main.py': 'print(1)\n' })
  await letIn(owner.guest, id, other.guest)
  await openProject(other, id)
  const { page } = other
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type('Share this')
  await page.getByRole('option', { name: /Share this project/, selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await shareDialog(page).getByRole('button', { name: 'Leave this project' }).press('Enter')
  await shareDialog(page).getByRole('button', { name: 'Leave', exact: true }).press('Enter')
  await page.waitForURL((url) => /\/projects\//.test(url.pathname) && !url.pathname.includes(id))
  assert.equal(await other.guest.refusal(`/api/v1/projects/${id}`), '404 not-found')
})
