/** The life of a file, played back: who typed what, any moment's text, and going back to one. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { becomesTrue, openBrowser, shot } from './browser.ts'
import { type GuestPage, guestPage, letIn, openProject, peopleAre, projectOf, rename, tree } from './guest-page.ts'
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

const dialog = (page: Page) => page.getByRole('dialog', { name: /^History of/ })
const slider = (page: Page) => dialog(page).getByRole('slider', { name: 'Place in the history' })

/** As it is on the screen: Monaco draws in the frame after the step, and writes spaces as no-break spaces. */
async function textOf(page: Page): Promise<string> {
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  return ((await dialog(page).locator('.view-lines').textContent()) ?? '').replaceAll('\u00a0', ' ')
}

async function typeAtEnd({ page }: GuestPage, text: string): Promise<void> {
  await page.locator('.editor-pane .monaco-editor').first().click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(text)
}

const shows = (page: Page, text: string) => page.locator('.editor-pane .view-lines').getByText(text).waitFor()

async function playBack(page: Page): Promise<void> {
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type('play back')
  await page.getByRole('option', { name: /play back/, selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await slider(page).waitFor()
  await dialog(page).locator('.view-lines').waitFor()
}

test('a file that two people wrote is played from its first key; a moment is copied, restored, and the restoring undone', async () => {
  await using ada = await guestPage(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] })
  await using bob = await guestPage(browser, server)
  await Promise.all([rename(ada.guest, 'Ada'), rename(bob.guest, 'Bob')])
  const id = await projectOf(ada, { 'poem.txt': 'Roses\n' })
  await letIn(ada.guest, id, bob.guest)
  await Promise.all([openProject(ada, id), openProject(bob, id)])
  await Promise.all([peopleAre(ada.page, 2), peopleAre(bob.page, 2)])
  await typeAtEnd(ada, 'are red')
  await shows(bob.page, 'are red')
  await typeAtEnd(bob, ' and blue')
  await shows(ada.page, 'are red and blue')

  const { page } = ada
  await playBack(page)
  await becomesTrue(page, 'document.querySelector(".playback-host .view-lines")?.textContent.includes("blue") === true')
  const names = dialog(page).getByRole('list', { name: 'Who typed' })
  assert.deepEqual((await names.getByRole('listitem').allTextContents()).toSorted(), ['Ada', 'Bob'])
  assert.match((await dialog(page).locator('.film-caret').textContent()) ?? '', /^Bob$/)
  // Each in their own colour.
  const coloured = '.playback-host [class*="typed-by-"]:not(.film-caret)'
  await becomesTrue(
    page,
    `new Set([...document.querySelectorAll('${coloured}')].map((each) => /typed-by-\\d+/.exec(each.className)?.[0])).size === 2`,
  )
  await shot(page, 'playback')

  await slider(page).fill('0')
  await becomesTrue(page, '!document.querySelector(".playback-host .view-lines").textContent.includes("red")')
  assert.equal(await textOf(page), 'Roses')
  const on = dialog(page).getByRole('button', { name: 'One step on' })
  while (!/are red$/.test(await textOf(page))) {
    assert.ok(await on.isEnabled(), `the end came without the moment: ${await textOf(page)}`)
    await on.click()
  }
  await dialog(page).getByRole('button', { name: 'Copy text of this moment' }).click()
  await page.getByText('The text of this moment is on the clipboard.').waitFor()
  // The space that Bob began with may have been stored together with Ada's last keys.
  assert.match((await page.evaluate('navigator.clipboard.readText()')) as string, /^Roses\nare red ?$/)
  await dialog(page).getByRole('button', { name: 'Restore this moment' }).click()
  await dialog(page).waitFor({ state: 'detached' })
  await bob.page.locator('.editor-pane .view-lines').getByText('are red', { exact: true }).first().waitFor()
  await page.locator('.editor-pane .monaco-editor').first().click()
  await page.keyboard.press('Control+Z')
  await shows(bob.page, 'are red and blue')
  assert.deepEqual([...ada.complaints, ...bob.complaints], [])
})

test('it plays by itself at fifty times the speed, to the end, and by keyboard alone', async () => {
  await using ada = await guestPage(browser, server)
  const id = await projectOf(ada, { 'main.py': '' })
  await openProject(ada, id)
  const { page } = ada
  await typeAtEnd(ada, 'one two three four')
  await page.locator('[data-save="saved"]').waitFor()
  await playBack(page)
  await slider(page).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await dialog(page).getByRole('combobox', { name: 'Speed' }).selectOption('50 ×')
  await slider(page).fill('0')
  await dialog(page).getByRole('button', { name: 'One step back', disabled: true }).waitFor()
  assert.equal(await textOf(page), '')
  // It is over within a few frames.
  await slider(page).press(' ')
  await dialog(page).getByRole('button', { name: 'Play', exact: true }).waitFor()
  await dialog(page).getByRole('button', { name: 'One step on', disabled: true }).waitFor()
  assert.equal(await textOf(page), 'one two three four')
  await page.keyboard.press('Escape')
  await dialog(page).waitFor({ state: 'detached' })
  assert.deepEqual(ada.complaints, [])
})

test('a viewer plays and copies, and cannot restore; a file that nobody has typed in says so', async () => {
  await using ada = await guestPage(browser, server)
  await using vera = await guestPage(browser, server)
  const id = await projectOf(ada, { 'main.py': '', 'untouched.py': 'print(1)\n' })
  await letIn(ada.guest, id, vera.guest, 'viewer')
  await openProject(ada, id, 'main.py')
  await typeAtEnd(ada, 'typed')
  await ada.page.locator('[data-save="saved"]').waitFor()
  await openProject(vera, id, 'main.py')
  const { page } = vera
  await playBack(page)
  await slider(page).fill('0')
  await dialog(page).getByRole('button', { name: 'Copy text of this moment', disabled: false }).waitFor()
  await dialog(page).getByRole('button', { name: 'One step back', disabled: true }).waitFor()
  await dialog(page).getByRole('button', { name: 'Restore this moment', disabled: true }).waitFor()
  await page.keyboard.press('Escape')
  await tree(page).getByText('untouched.py').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'History: play back' }).click()
  await dialog(page).getByText('Nothing has been typed here yet').waitFor()
})
