/** A page of somebody else, on an origin of its own, with y-codemirror and y-websocket as they come: it edits along with ours. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, type Rolldown } from 'vite'
import { openBrowser } from './browser.ts'
import { guestPage, openProject, projectOf } from './guest-page.ts'
import { startServer } from './server-under-test.ts'

const root = join(import.meta.dirname, 'fixtures/y-codemirror-page')

/** Serves the built page; answers its address. */
async function servePage(): Promise<{ url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const built = (await build({
    ...{ root, base: '/', logLevel: 'error', configFile: false },
    build: { write: false, minify: false, modulePreload: { polyfill: false } },
  })) as Rolldown.RolldownOutput
  const files = new Map(built.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]))
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname
    const file = files.get(path === '/' ? '/index.html' : path)
    if (file === undefined) return response.writeHead(404).end()
    return response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html').end(file)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

test('a y-codemirror page of another origin, with a token, and our page edit one file together', async () => {
  await using server = await startServer()
  await using page = await servePage()
  const browser = await openBrowser()
  try {
    await using ours = await guestPage(browser, server)
    const id = await projectOf(ours, { 'notes/day one.md': 'Monday\n' })
    await openProject(ours, id, 'notes/day one.md')
    await ours.page.locator('.monaco-editor .view-line', { hasText: 'Monday' }).waitFor()

    const context = await browser.newContext()
    const theirs = await context.newPage()
    const complaints: string[] = []
    theirs.on('pageerror', (error) => complaints.push(String(error)))
    const address = new URL(page.url)
    address.searchParams.set('server', `${server.url.replace('http', 'ws')}/api/v1/projects/${id}/yjs`)
    address.searchParams.set('room', 'notes/day one.md')
    address.searchParams.set('token', ours.guest.token)
    await theirs.goto(address.href)
    const editor = theirs.locator('.cm-content')
    await theirs.locator('.cm-line', { hasText: 'Monday' }).waitFor()
    await editor.click()
    await theirs.keyboard.press('Control+Home')
    // At once: keys that come slowly are steps of their own, and undo would take back the last of them.
    await theirs.keyboard.insertText('from the visitor: ')
    await ours.page.locator('.monaco-editor .view-line', { hasText: 'from the visitor: Monday' }).waitFor()
    await ours.page.locator('.other-caret').waitFor()
    const name = await ours.page.evaluate(`getComputedStyle(document.querySelector('.other-caret'), '::after').content`)
    assert.equal(name, '"Visitor"')

    await ours.page.locator('.monaco-editor .view-line', { hasText: 'Monday' }).click()
    await ours.page.keyboard.press('Control+End')
    await ours.page.keyboard.type('from our page')
    await theirs.locator('.cm-line', { hasText: 'from our page' }).waitFor()
    // Undo there takes back what was typed there, and nothing of ours.
    await editor.click()
    await theirs.keyboard.press('Control+Z')
    await theirs.locator('.cm-line', { hasText: /^Monday$/ }).waitFor()
    await theirs.locator('.cm-line', { hasText: 'from our page' }).waitFor()
    const answer = await ours.guest.ask(`/api/v1/projects/${id}/files/notes/day%20one.md`)
    assert.equal(await answer.text(), 'Monday\nfrom our page')
    assert.deepEqual([...ours.complaints, ...complaints], [])
    await context.close()
  } finally {
    await browser.close()
  }
})
