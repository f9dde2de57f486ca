/** Searching a project and replacing in it as people do: by keyboard, with a look at every change, on a phone, and back again. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, shot } from './browser.ts'
import { editorOf, goTo, isShared, savedIn, textByRest } from './editing-pages.ts'
import { type GuestPage, guestPage, letIn, openProject, projectOf, tree } from './guest-page.ts'
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

const pane = (page: Page) => page.getByRole('complementary', { name: 'Search' })
const pattern = (page: Page) => pane(page).getByRole('textbox', { name: 'Search in the files of the project' })
const results = (page: Page) => pane(page).getByRole('tree', { name: 'Search results' })
const rows = (page: Page) => results(page).getByRole('treeitem')
const found = (page: Page, sentence: string) => pane(page).getByText(sentence, { exact: true }).waitFor()
const caretIs = (page: Page, text: string) => page.getByRole('button', { name: text }).or(page.getByText(text)).first().waitFor()

const files = {
  'main.py': 'def greet(name):\n    print("Hello", name)\n\ngreet("Ada")\n',
  'src/tools.py': 'from main import greet\n\nfor name in ["Bob", "Eve"]:\n    greet(name)\n',
  'notes.txt': 'Nothing of the kind.\n',
}

async function opened(who: GuestPage, path = 'notes.txt'): Promise<string> {
  const id = await projectOf(who, files)
  await openProject(who, id, path)
  await isShared(who.page)
  return id
}

test('by keyboard alone one searches the project, opens what was found, and goes from match to match', async () => {
  await using ada = await guestPage(browser, server)
  const { page, guest } = ada
  const id = await opened(ada)
  await goTo(page, 'End')
  // At once: keys that come before the panel are for the panel.
  await page.keyboard.press('Control+Shift+F')
  await page.keyboard.type('greet')
  await found(page, '4 matches in 2 files.')
  assert.equal(await pattern(page).inputValue(), 'greet')
  assert.equal(await textByRest(guest, id, 'notes.txt'), files['notes.txt'])
  await shot(page, 'search')
  await page.keyboard.press('ArrowDown')
  await results(page).and(page.locator(':focus')).waitFor()
  for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
  await editorOf(page).getByText('greet("Ada")').waitFor()
  await caretIs(page, 'Ln 4, Col 6 (5 selected)')
  await page.keyboard.press('F4')
  await editorOf(page).getByText('from main import').waitFor()
  await caretIs(page, 'Ln 1, Col 23 (5 selected)')
  await page.keyboard.press('Shift+F4')
  await caretIs(page, 'Ln 4, Col 6 (5 selected)')
  await page.keyboard.press('Control+Shift+E')
  await tree(page).waitFor()
  // What was found is still there.
  await page.keyboard.press('Control+Shift+F')
  await found(page, '4 matches in 2 files.')
})

test('the options narrow a search, and what is wrong with an expression stands below the field', async () => {
  await using ada = await guestPage(browser, server)
  const { page } = ada
  await opened(ada)
  await page.keyboard.press('Control+Shift+F')
  await pattern(page).fill('NAME')
  await found(page, '4 matches in 2 files.')
  await pane(page).getByRole('button', { name: 'Match case' }).click()
  await found(page, 'Nothing was found.')
  await pane(page).getByRole('button', { name: 'Match case' }).click()
  await pane(page).getByRole('button', { name: 'Regular expression' }).click()
  await pattern(page).fill('name(')
  await pane(page).getByRole('alert').getByText('missing closing )').waitFor()
  assert.equal(await pattern(page).getAttribute('aria-invalid'), 'true')
  await pattern(page).fill('^greet|^from')
  await found(page, '2 matches in 2 files.')
  await pane(page).getByRole('button', { name: 'Which files' }).click()
  await pane(page).getByRole('textbox', { name: 'Files to include' }).fill('src')
  await found(page, '1 match in 1 file.')
  await pane(page).getByRole('textbox', { name: 'Files to exclude' }).fill('*.py')
  await found(page, 'Nothing was found.')
})

test('a replacement is looked at match by match, is written to what others have open, and is taken back as one', async () => {
  await using ada = await guestPage(browser, server)
  await using bob = await guestPage(browser, server)
  const id = await opened(ada)
  await letIn(ada.guest, id, bob.guest)
  await openProject(bob, id, 'main.py')
  await isShared(bob.page)
  const { page } = ada
  await page.keyboard.press('Control+Shift+H')
  await pattern(page).fill('gre(et)')
  await pane(page).getByRole('button', { name: 'Regular expression' }).click()
  await pane(page).getByRole('textbox', { name: 'Replace with' }).fill('m$1')
  await results(page).locator('ins').getByText('met').first().waitFor()
  // Not the line that imports it.
  await rows(page).filter({ hasText: 'import' }).locator('input').click()
  await shot(page, 'search-replace')
  await pane(page).getByRole('button', { name: 'Replace 3', exact: true }).click()
  await found(page, 'Replaced 3 matches in 2 files.')
  await editorOf(bob.page).getByText('met("Ada")').waitFor()
  assert.equal(await textByRest(ada.guest, id, 'src/tools.py'), files['src/tools.py'].replace('    greet', '    met'))
  // What somebody types since then stays.
  await goTo(bob.page, 'End')
  await bob.page.keyboard.type('# mine')
  await savedIn(bob.page)
  await pane(page).getByRole('button', { name: 'Undo replace' }).click()
  await found(page, '1 file is as before the replacement.')
  await pane(page).getByText('"main.py" was changed since').waitFor()
  assert.equal(await textByRest(ada.guest, id, 'src/tools.py'), files['src/tools.py'])
  assert.match(await textByRest(ada.guest, id, 'main.py'), /met\("Ada"\)\n# mine/)
})

test('who may only look may search, and is offered no replacement', async () => {
  await using ada = await guestPage(browser, server)
  await using eve = await guestPage(browser, server)
  const id = await opened(ada)
  await letIn(ada.guest, id, eve.guest, 'viewer')
  await openProject(eve, id, 'main.py')
  const { page } = eve
  await page.getByRole('button', { name: 'Search in all files' }).click()
  await pattern(page).fill('greet')
  await found(page, '4 matches in 2 files.')
  assert.equal(await pane(page).getByRole('button', { name: 'Replace' }).count(), 0)
  assert.equal(await pane(page).locator('input[type=checkbox]').count(), 0)
})

test('ten thousand matches scroll like ten, and names and lines are shown as text, whatever they look like', async () => {
  await using ada = await guestPage(browser, server)
  const { page } = ada
  const hostile = '<img src=x onerror=alert(1)>.txt'
  const id = await projectOf(ada, {
    'many.txt': 'many <script>alert(1)</script>\n'.repeat(11_000),
    [hostile]: 'many <b>bold</b>\n',
  })
  await openProject(ada, id)
  await page.keyboard.press('Control+Shift+F')
  await pattern(page).fill('many')
  await pane(page).getByText('There are more than 10,000').waitFor()
  await results(page).getByText(hostile).waitFor()
  await results(page).getByText('<b>bold</b>').waitFor()
  assert.equal(await results(page).locator('img, b, script').count(), 0)
  assert.ok((await rows(page).count()) < 100)
  await results(page).focus()
  await page.keyboard.press('End')
  await results(page).getByRole('treeitem', { selected: true }).getByText('9999').waitFor()
  assert.ok((await rows(page).count()) < 100)
  assert.deepEqual(ada.complaints, [])
})

test('on a phone the text is searched by a button, and the project too', async () => {
  await using ada = await guestPage(browser, server, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const { page } = ada
  const id = await projectOf(ada, files)
  await page.goto(`${ada.guest.url}/projects/${id}?file=main.py`)
  await page.locator('.surface[data-surface="codemirror"]').waitFor({ state: 'attached' })
  await isShared(page)
  await page.getByRole('button', { name: 'Find in this file' }).tap()
  await page.locator('.cm-search [name=search]').fill('greet')
  await page.keyboard.press('Enter')
  await page.locator('.cm-searchMatch').nth(1).waitFor()
  assert.equal(await page.locator('.cm-searchMatch').count(), 2)
  await page.keyboard.press('Escape')
  await page.locator('.cm-search').waitFor({ state: 'detached' })
  await page.locator('.cm-content').focus()
  await page.keyboard.press('Control+F')
  await page.locator('.cm-search').waitFor()
  const panels = page.getByRole('navigation', { name: 'Panels' })
  await panels.getByRole('button', { name: 'Files' }).tap()
  await page.getByRole('button', { name: 'Search in all files' }).tap()
  await pattern(page).fill('import')
  await found(page, '1 match in 1 file.')
  await shot(page, 'search-phone')
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
  await rows(page).nth(1).tap()
  await editorOf(page).getByText('from main import').waitFor()
  await page.locator('.cm-selectionBackground').first().waitFor()
})
