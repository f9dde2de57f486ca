/** A page of somebody else shows a program of ours: in another origin, in a browser that sends no cookies from frames. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { ensureToolchainForTests } from '@atelier/sandbox/toolchain/test-toolchain'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { becomesTrue, complaintsOf, openBrowser, shot } from './browser.ts'
import { guestPage, openProject, projectOf } from './guest-page.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

/** Another name is another site, not only another port: a browser sends it no cookie of ours. */
const docs = createServer((request, response) => {
  const address = new URL(request.url ?? '', 'http://docs').searchParams.get('frame') ?? ''
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><title>Docs</title><h1>Docs</h1><iframe id="frame" src="${address}" width="860" height="460"></iframe><script>
    const heard = []
    addEventListener('message', ({ origin, data }) => heard.push({ origin, data }))
    const say = (message) => document.getElementById('frame').contentWindow.postMessage(message, '*')
  </script>`)
})

let server: ServerUnderTest
let browser: Browser
before(async () => {
  await ensureToolchainForTests()
  ;[server, browser] = await Promise.all([startServer(), openBrowser(['--test-third-party-cookie-phaseout'])])
  docs.listen(0, '127.0.0.1')
  await once(docs, 'listening')
})
after(async () => {
  docs.close()
  await browser.close()
  await server[Symbol.asyncDispose]()
})

type Reader = AsyncDisposable & { readonly page: Page; readonly frame: FrameLocator; readonly complaints: readonly string[] }

/** Somebody without a cookie, at a page of the docs with this in its frame. */
async function readDocs(path: string): Promise<Reader> {
  const context = await browser.newContext({ viewport: { width: 900, height: 640 } })
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  const { port } = docs.address() as AddressInfo
  await page.goto(`http://127.0.0.1:${port}/?frame=${encodeURIComponent(server.url + path)}`)
  return { page, complaints, frame: page.frameLocator('#frame'), [Symbol.asyncDispose]: () => context.close() }
}
const output = (frame: FrameLocator) => frame.locator('#output')
const runButton = (frame: FrameLocator) => frame.getByRole('button', { name: 'Run', exact: true })

test('a reader of another site runs Python, answers it, changes it and takes the change back; no cookie is set', async () => {
  await using reader = await readDocs('/embed?template=welcome')
  const { page, frame } = reader
  await runButton(frame).click()
  await output(frame).getByText('What is your name?').waitFor()
  await frame.getByLabel('Input').fill('Grace')
  await frame.getByLabel('Input').press('Enter')
  await output(frame).getByText('Hello, Grace!').first().waitFor()
  await frame.getByText('The program ended well.').waitFor()
  await shot(page, 'embed')
  await frame.locator('.cm-content').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('print(6 * 7)')
  await page.keyboard.press('Control+Enter')
  await output(frame).getByText('42').waitFor()
  await frame.getByRole('button', { name: 'Reset' }).click()
  await frame.locator('.cm-content').getByText('What is your name?').waitFor()
  assert.deepEqual(await page.context().cookies(), [])
  assert.deepEqual(reader.complaints, [])
})

test('Stop ends an endless program, and a tab of a file with tests runs the tests', async () => {
  await using reader = await readDocs('/embed?template=units-python&run=1')
  const { page, frame } = reader
  await output(frame).getByText('5 km = 3.10686 mi').waitFor()
  await frame.getByRole('tab', { name: 'test_main.py' }).click()
  await runButton(frame).click()
  await output(frame).getByText('Ran 5 tests').waitFor()
  await frame.getByRole('tab', { name: 'test_main.py' }).press('ArrowLeft')
  await frame.getByRole('tab', { name: 'main.py', exact: true, selected: true }).waitFor()
  await frame.locator('.cm-content').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('while True: pass')
  await runButton(frame).click()
  await frame.getByRole('button', { name: 'Stop' }).click()
  await runButton(frame).waitFor()
})

test('an embed that waits for a click has loaded no editor', async () => {
  await using reader = await readDocs('/embed?template=welcome&ctl=1&hideExplorer=1&theme=dark&highlights=2-3')
  const { frame } = reader
  await frame.getByRole('button', { name: 'Load and edit' }).waitFor()
  assert.equal(await frame.locator('.cm-editor').count(), 0)
  assert.equal(await frame.locator('html').getAttribute('data-theme'), 'dark')
  await frame.getByRole('button', { name: 'Load and edit' }).click()
  await frame.locator('.cm-editor').waitFor()
  assert.equal(await frame.getByRole('tab').count(), 0)
  await frame.locator('.embed-highlight').nth(1).waitFor()
  assert.deepEqual(await frame.locator('.embed-highlight').allInnerTexts(), ['import math', 'import time'])
})

test('what the reader has changed opens as a project of their own, after they were asked', async () => {
  await using reader = await readDocs('/embed?template=units-python')
  const { page, frame } = reader
  await frame.locator('.cm-content').click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# <b>mine</b>\n')
  await frame.getByRole('button', { name: 'Reset' }).waitFor()
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    frame.getByRole('link', { name: 'Open in Atelier' }).click(),
  ])
  await opened.getByText('test_main.py').waitFor()
  await shot(opened, 'open-in-atelier')
  await opened.getByRole('button', { name: 'Make it my project' }).click()
  await opened.waitForURL(/\/projects\//)
  await opened.getByText('# <b>mine</b>').first().waitFor()
})

test('the page around an embed gives it files, runs it, and hears its output after it has spoken; another page is not heard', async () => {
  await using reader = await readDocs('/embed?template=python')
  const { page, frame } = reader
  const heard = async () => (await page.evaluate('heard')) as { origin: string; data: { type: string; text?: string } }[]
  await becomesTrue(page, "heard.some(({ data }) => data.type === 'atelier:ready')")
  await page.evaluate("say({ type: 'run' }); say({ type: 'atelier:setFiles', files: 5 })")
  await page.evaluate("say({ type: 'atelier:setFiles', files: { 'main.py': 'print(6 * 7)' } }); say({ type: 'atelier:run' })")
  await becomesTrue(page, "heard.some(({ data }) => data.type === 'atelier:ended')")
  await output(frame).getByText('42').waitFor()
  const all = await heard()
  assert.deepEqual(
    all.map(({ data }) => data.type),
    ['atelier:ready', 'atelier:started', 'atelier:output', 'atelier:ended'],
  )
  assert.equal(all[2]?.data.text, '42\n')
  assert.ok(all.every(({ origin }) => origin === server.url))
})

test('the editor itself cannot be put into a frame, and neither can the page that asks before a project is made', async () => {
  await using owner = await guestPage(browser, server)
  const id = await projectOf(owner, { 'main.py': 'print(1)' })
  for (const path of [`/projects/${id}`, '/new?template=welcome', '/']) {
    await using reader = await readDocs(path)
    const { page, complaints } = reader
    await page.frames()[1]?.waitForURL('chrome-error://chromewebdata/', { waitUntil: 'commit' })
    assert.equal(page.frames()[1]?.url(), 'chrome-error://chromewebdata/', path)
    while (!complaints.some((text) => text.includes("frame-ancestors 'none'"))) await page.waitForEvent('console')
  }
})

test('who owns a project finds the line for other pages in the share dialog, beside what it will look like', async () => {
  await using owner = await guestPage(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] })
  const id = await projectOf(owner, { 'main.py': 'print("from an embed")' })
  await openProject(owner, id)
  await owner.page.getByRole('button', { name: 'Share' }).first().click()
  await owner.page.getByRole('button', { name: 'Embed' }).click()
  await owner.page.getByText('This project is private.').waitFor()
  await owner.page.keyboard.press('Escape')
  const changed = await owner.guest.ask(`/api/v1/projects/${id}`, { method: 'PATCH', json: { visibility: 'unlisted' } })
  assert.equal(changed.status, 200)
  await owner.page.reload()
  await owner.page.getByRole('button', { name: 'Share' }).first().click()
  await owner.page.getByRole('button', { name: 'Embed' }).click()
  const preview = owner.page.frameLocator('iframe[title="How the embed looks"]')
  await runButton(preview).click()
  await output(preview).getByText('from an embed').waitFor()
  await shot(owner.page, 'share-embed')
  await owner.page.getByRole('button', { name: 'Copy: Frame for a page (HTML)' }).click()
  await owner.page.getByText('Copied').waitFor()
  const line = (await owner.page.evaluate('navigator.clipboard.readText()')) as string
  const address = /src="([^"]+)"/.exec(line)?.[1] ?? ''
  await using reader = await readDocs(address.slice(server.url.length))
  await runButton(reader.frame).click()
  await output(reader.frame).getByText('from an embed').waitFor()
})

test('the gallery is searched and filtered by keyboard, shows what is in a template, and makes a project of it', async () => {
  await using visitor = await guestPage(browser, server)
  const { page } = visitor
  await openProject(visitor, await projectOf(visitor, { 'main.py': '' }))
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type('New project')
  await page.getByRole('option', { name: /New project …/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: /^Units/ }).waitFor()
  await becomesTrue(page, "document.activeElement?.type === 'search'")
  await page.keyboard.type('tests')
  await dialog.getByRole('button', { name: 'Rust' }).click()
  await dialog.getByRole('radio').nth(1).waitFor({ state: 'detached' })
  assert.equal(await dialog.getByRole('radio').count(), 1)
  await dialog.getByRole('button', { name: 'All' }).click()
  await dialog.getByRole('searchbox').press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await dialog.getByRole('radio', { name: /^Roman/, checked: true }).waitFor()
  await dialog.getByRole('button', { name: 'main.test.js' }).click()
  await dialog.getByText('other spellings are refused').waitFor()
  await shot(page, 'gallery')
  await dialog.getByRole('searchbox').fill('nothing like that')
  await dialog.getByText('No template is about that.').waitFor()
  await dialog.getByRole('searchbox').fill('sql')
  const before = page.url()
  await dialog.getByRole('searchbox').press('Enter')
  await page.waitForURL((url) => url.href !== before)
  await page.getByRole('treeitem', { name: 'queries.sql' }).waitFor()
})
