/** A project of thousands of files: opened, searched, renamed, deleted and filled again before the eyes of somebody who types. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { guestPage, openProject, projectOf } from './guest-page.ts'
import { plainZip } from './plain-zip.ts'
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

test('in a project of thousands of files the tree, the palette and typing work, also while thousands of them move, go and come', async () => {
  await using me = await guestPage(browser, server)
  const { page, guest } = me
  const id = await projectOf(me, { 'main.py': 'print("hello")\n' })
  const many = Array.from({ length: 3000 }, (_, n) => `many/file-${n}.py`)
  const rest = Array.from({ length: 1000 }, (_, n) => `rest/part-${n % 40}/module-${n}.py`)
  const load = async (paths: readonly string[]) => {
    const headers = { 'content-type': 'application/zip' }
    const answer = await guest.ask(`/api/v1/projects/${id}/zip`, {
      body: plainZip(Object.fromEntries(paths.map((path) => [path, `# ${path}\n`]))),
      headers,
    })
    assert.equal(answer.status, 200, await answer.text())
  }
  await load([...many, ...rest])
  await openProject(me, id, 'main.py')
  const row = (path: string) => page.locator(`[data-path="${path}"]`)
  const rows = () => page.locator('.tree-row').count()

  await row('many').click()
  await row('many/file-0.py').waitFor()
  assert.ok((await rows()) < 120, 'only the rows near the viewport are in the page')
  await page.getByRole('tree').press('End')
  await row('main.py').waitFor()
  await page.getByRole('tree').press('Home')
  await page.keyboard.press('Control+P')
  await page.keyboard.type('module-999')
  await page.getByRole('option', { name: /module-999\.py/ }).waitFor()
  await page.keyboard.press('Escape')

  await guest.ask(`/api/v1/projects/${id}/move`, { json: { from: 'many', to: 'moved/here' } })
  await row('moved').waitFor()
  await row('moved').click()
  await row('moved/here').waitFor()
  assert.equal((await guest.ask(`/api/v1/projects/${id}/files/moved`, { method: 'DELETE' })).status, 204)
  await row('moved').waitFor({ state: 'detached' })

  const loading = load(many)
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.type('# typed meanwhile ')
  await loading
  await row('many').waitFor()
  await page.locator('[data-save="saved"]').waitFor()
  assert.match(await (await guest.ask(`/api/v1/projects/${id}/files/main.py`)).text(), /# typed meanwhile /)
  await row('many').click()
  await page.getByRole('tree').locator('[aria-setsize="3000"]').first().waitFor()
  assert.deepEqual(me.complaints, [])
})
