/** Several people in one file: real pages, real keys, the real server. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { complaintsOf, holdScripts, openBrowser } from './browser.ts'
import {
  anotherPage,
  clipboard,
  editorOf,
  goTo,
  isShared,
  oneText,
  openTogether,
  paste,
  savedIn,
  textIn,
  typeWildly,
} from './editing-pages.ts'
import { type GuestPage, guestPage, projectOf } from './guest-page.ts'
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

/** The same person once more, in another tab. */
async function secondTab({ context }: GuestPage, url: string): Promise<{ page: Page; complaints: readonly string[] }> {
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(url)
  await isShared(page)
  return { page, complaints }
}

test('two people type into one file at the same time and both have the same text, also after a reload', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\ntwo = 2\nthree = 3\n' })
  await using bob = await anotherPage(browser, server, ada, id, 'Bob')
  await openTogether([ada, bob], id)
  await goTo(ada.page, 'Home')
  await goTo(bob.page, 'End')
  await Promise.all([ada.page.keyboard.type('# Ada 🦦 was here\n'), bob.page.keyboard.type('# Bob 👩‍🚀 too\n')])
  assert.equal(
    await oneText([ada.page, bob.page], ada.guest, id, 'main.py'),
    '# Ada 🦦 was here\none = 1\ntwo = 2\nthree = 3\n# Bob 👩‍🚀 too\n',
  )
  await goTo(ada.page, 'End')
  await paste(ada.page, 'from\r\nWindows\r\n')
  await goTo(bob.page, 'Home')
  await bob.page.keyboard.press('Shift+Alt+ArrowDown')
  await bob.page.keyboard.press('Shift+Alt+ArrowDown')
  await bob.page.keyboard.type('>> ')
  const text = await oneText([ada.page, bob.page], ada.guest, id, 'main.py')
  assert.equal(text, '>> # Ada 🦦 was here\n>> one = 1\n>> two = 2\nthree = 3\n# Bob 👩‍🚀 too\nfrom\nWindows\n')
  await ada.page.reload()
  await isShared(ada.page)
  assert.equal(await textIn(ada.page), text)
  assert.deepEqual([...ada.complaints, ...bob.complaints], [])
})

test('undo takes back what was typed here and nothing of others, whoever typed last', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'notes.txt': 'start\n' })
  await using bob = await anotherPage(browser, server, ada, id, 'Bob')
  await openTogether([ada, bob], id)
  await goTo(ada.page, 'End')
  // At once: keys that come slowly are steps of their own.
  await ada.page.keyboard.insertText('ada1')
  await savedIn(ada.page)
  await goTo(bob.page, 'Home')
  await bob.page.keyboard.insertText('bob1')
  await savedIn(bob.page)
  assert.equal(await oneText([ada.page, bob.page], ada.guest, id, 'notes.txt'), 'bob1start\nada1')
  await goTo(ada.page, 'End')
  await ada.page.keyboard.press('Control+Z')
  assert.equal(await oneText([ada.page, bob.page], ada.guest, id, 'notes.txt'), 'bob1start\n')
  await ada.page.keyboard.press('Control+Z')
  await ada.page.keyboard.press('Control+Z')
  assert.equal(await oneText([ada.page, bob.page], ada.guest, id, 'notes.txt'), 'bob1start\n')
  await ada.page.keyboard.press('Control+Y')
  await goTo(bob.page, 'Home')
  await bob.page.keyboard.press('Control+Z')
  assert.equal(await oneText([ada.page, bob.page], ada.guest, id, 'notes.txt'), 'start\nada1')
})

test('three pages on which people type, undo, move lines and delete all at once end with one text', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'wild.txt': 'one\ntwo\nthree\nfour\nfive\n' })
  await using bob = await anotherPage(browser, server, ada, id, 'Bob')
  await openTogether([ada, bob], id)
  const { page, complaints } = await secondTab(bob, bob.page.url())
  const pages = [ada.page, bob.page, page]
  for (const each of pages) await editorOf(each).click()
  const seed = Number(process.env.ATELIER_SEED ?? Date.now() % 1_000_000)
  await Promise.all(pages.map((each, index) => typeWildly(each, seed + index, 120)))
  const text = await oneText(pages, ada.guest, id, 'wild.txt')
  assert.ok(text.isWellFormed(), `seed ${seed}`)
  assert.deepEqual([...ada.complaints, ...bob.complaints, ...complaints], [], `seed ${seed}`)
})

test('what is typed before the scripts have come is in the document once, beside what others typed meanwhile', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\ntwo = 2\n' })
  await using bob = await anotherPage(browser, server, ada, id, 'Bob')
  await openTogether([bob], id)
  const release = await holdScripts(ada.page)
  await ada.page.goto(`${ada.guest.url}/projects/${id}`, { waitUntil: 'commit' })
  await ada.page.locator('#first-text:focus').waitFor()
  await ada.page.keyboard.type('# early\n')
  await goTo(bob.page, 'End')
  await bob.page.keyboard.type('three = 3\n')
  await savedIn(bob.page)
  release()
  await ada.page.locator('.surface[data-surface]').waitFor()
  await ada.page.keyboard.type('# on\n')
  assert.equal(await oneText([ada.page, bob.page], ada.guest, id, 'main.py'), '# early\n# on\none = 1\ntwo = 2\nthree = 3\n')
})

test('the others are seen where they are: a caret with a name, and what they have selected', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\ntwo = 2\nthree = 3\n' })
  await using bob = await anotherPage(browser, server, ada, id, '</style><b>"Bob\\')
  await openTogether([ada, bob], id)
  await goTo(bob.page, 'Home')
  await bob.page.keyboard.press('ArrowDown')
  await bob.page.keyboard.press('Shift+End')
  const caret = ada.page.locator('.other-caret')
  await caret.waitFor()
  await ada.page.locator('.other-selection').waitFor()
  assert.equal(await nameAt(ada.page), '</style><b>"Bob\\')
  await bob.page.close()
  await caret.waitFor({ state: 'detached' })
})

const nameAt = (page: Page): Promise<string> =>
  page.evaluate<string>(`JSON.parse(getComputedStyle(document.querySelector('.other-caret'), '::after').content)`)

test('on a touch screen the same document is edited with another editor', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\ntwo = 2\n' })
  await openTogether([ada], id)
  const phone = await browser.newContext({
    ...{ ...clipboard, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    storageState: await ada.context.storageState(),
  })
  const page = await phone.newPage()
  const complaints = complaintsOf(page)
  await page.goto(ada.page.url())
  await page.locator('.surface[data-surface="codemirror"]').waitFor()
  await isShared(page)
  await goTo(page, 'End')
  await goTo(ada.page, 'Home')
  await Promise.all([page.keyboard.type('three = 3\n'), ada.page.keyboard.type('# desk\n')])
  const both = '# desk\none = 1\ntwo = 2\nthree = 3\n'
  assert.equal(await oneText([ada.page, page], ada.guest, id, 'main.py'), both)
  await page.locator('.other-caret').waitFor()
  await ada.page.locator('.other-caret').waitFor()
  await goTo(page, 'End')
  await page.keyboard.insertText('kept')
  for (const key of ['ArrowLeft', 'ArrowRight']) await page.keyboard.press(key)
  await page.keyboard.insertText('gone')
  await page.keyboard.press('Control+Z')
  assert.equal(await oneText([ada.page, page], ada.guest, id, 'main.py'), `${both}kept`)
  assert.deepEqual([...complaints, ...ada.complaints], [])
  if (process.env.ATELIER_SCREENSHOT !== undefined) await page.screenshot({ path: process.env.ATELIER_SCREENSHOT })
  await phone.close()
})

test('a file that somebody renames is edited on under its new name; one that is deleted stays on the screen until it is let go', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\n' })
  await using bob = await anotherPage(browser, server, ada, id, 'Bob')
  await openTogether([ada, bob], id)
  const moved = await bob.guest.ask(`/api/v1/projects/${id}/move`, { json: { from: 'main.py', to: 'lib/first.py' } })
  assert.ok(moved.ok)
  for (const person of [ada, bob]) await person.page.getByRole('tab', { name: /first\.py/ }).waitFor()
  await goTo(ada.page, 'End')
  await ada.page.keyboard.type('two = 2\n')
  assert.equal(await oneText([ada.page, bob.page], ada.guest, id, 'lib/first.py'), 'one = 1\ntwo = 2\n')

  const gone = await bob.guest.ask(`/api/v1/projects/${id}/files/lib/first.py`, { method: 'DELETE' })
  assert.ok(gone.ok)
  const bar = ada.page.getByRole('alert').filter({ hasText: 'The file was deleted' })
  await bar.waitFor()
  assert.equal(await textIn(ada.page), 'one = 1\ntwo = 2\n')
  await bar.getByRole('button', { name: 'Restore' }).click()
  await bar.waitFor({ state: 'detached' })
  await isShared(ada.page)
  await goTo(ada.page, 'End')
  await ada.page.keyboard.type('three = 3\n')
  assert.equal(await oneText([ada.page], ada.guest, id, 'lib/first.py'), 'one = 1\ntwo = 2\nthree = 3\n')
})
