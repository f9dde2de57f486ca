/** One afternoon of two people, the same on every variant: what differs is how a text is saved, and nothing else that they notice. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isAlone } from '@atelier/sandbox/process/alone'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, replaceText, shot } from './browser.ts'
import { goTo, textByRest } from './editing-pages.ts'
import { guestPage, openProject, peopleAre, projectOf, putFile, rename, tree } from './guest-page.ts'
import { startServer, type VariantName, variant } from './server-under-test.ts'

let browser: Browser

before(async () => {
  browser = await openBrowser()
})
after(() => browser?.close())

/** Where files are saved by hand, somebody does so; elsewhere it is enough to wait. */
async function save(page: Page, name: VariantName): Promise<void> {
  if (name === 'v0') await page.keyboard.press('Control+S')
  await page.locator('[data-save="saved"]').waitFor()
}

async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type(name)
  await page.getByRole('option', { name: new RegExp(name), selected: true }).waitFor()
  await page.keyboard.press('Enter')
}

const output = (page: Page) => page.getByRole('log', { name: 'Program output' })

async function afternoon(name: VariantName): Promise<void> {
  await using server = await startServer(variant(name))
  const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] }
  await using ada = await guestPage(browser, server, clipboard)
  await using bob = await guestPage(browser, server, clipboard)
  await Promise.all([rename(ada.guest, 'Ada'), rename(bob.guest, 'Bob')])
  const id = await projectOf(ada, { 'main.py': 'print("first")\n', 'notes.txt': 'notes\n' })

  await openProject(ada, id, 'main.py')
  await replaceText(ada.page, 'name = input("Who? ")\nprint("hello", name)\n')
  await save(ada.page, name)
  assert.equal(await textByRest(ada.guest, id, 'main.py'), 'name = input("Who? ")\nprint("hello", name)\n')
  await ada.page.keyboard.press('Control+Enter')
  await output(ada.page).getByText('Who?').waitFor()
  const input = ada.page.getByRole('textbox', { name: 'Input for the program' })
  await input.fill('Grace')
  await input.press('Enter')
  await output(ada.page).getByText('hello Grace').waitFor()
  await ada.page.getByText('The program ended well.').waitFor()

  await ada.page.getByRole('button', { name: 'Share', exact: true }).click()
  const dialog = ada.page.getByRole('dialog', { name: /^Share/ })
  await dialog.getByRole('button', { name: 'Create link' }).click()
  const link = await dialog.getByRole('textbox', { name: 'The link' }).inputValue()
  await ada.page.keyboard.press('Escape')
  await bob.page.goto(link)
  await bob.page.getByRole('button', { name: 'Join' }).click()
  await bob.page.waitForURL(`**/projects/${id}*`)
  await Promise.all([peopleAre(ada.page, 2), peopleAre(bob.page, 2)])

  await tree(bob.page).getByText('notes.txt').click()
  await bob.page.getByRole('tab', { name: /notes\.txt/, selected: true }).waitFor()
  await bob.page.locator('.view-lines').getByText('notes').first().waitFor()
  await goTo(bob.page, 'End')
  await bob.page.keyboard.type('of Bob')
  await save(bob.page, name)
  await tree(ada.page).getByText('notes.txt').click()
  await ada.page.locator('.view-lines').getByText('of Bob').first().waitFor()

  await putFile(bob.guest, id, 'data/new.txt', 'x\n')
  await tree(ada.page).getByRole('treeitem', { name: 'data' }).click()
  await tree(ada.page).getByRole('treeitem', { name: 'new.txt' }).waitFor()
  await bob.guest.ask(`/api/v1/projects/${id}/move`, { json: { from: 'data', to: 'rest' } })
  await tree(ada.page).getByRole('treeitem', { name: 'rest' }).waitFor()

  await command(ada.page, 'History of this file')
  const history = ada.page.getByRole('dialog', { name: /^History/ })
  await history.getByRole('listbox', { name: 'Versions, newest first' }).getByRole('option').first().waitFor()
  await shot(ada.page, `every-variant-${name}`)
  await ada.page.keyboard.press('Escape')

  await bob.page.reload()
  await bob.page.locator('.view-lines').getByText('of Bob').first().waitFor()
  assert.equal(await textByRest(bob.guest, id, 'notes.txt'), 'notes\nof Bob')
  assert.deepEqual([...ada.complaints, ...bob.complaints], [])
}

const sentence = 'two people write, run, share, rename and look back'
if (process.env.ATELIER_ALONE !== '1')
  for (const name of ['v1', 'v2'] as const) test(`${sentence} on ${name}`, () => afternoon(name))
if (isAlone(import.meta.filename)) test(`${sentence} on v0`, () => afternoon('v0'))
