/** A project that another user could have made: whatever it is called and contains, no script of it runs in the page. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sessionCookie } from '@atelier/protocol/sessions'
import type { Browser } from 'playwright-core'
import { complaintsOf, openBrowser } from './browser.ts'
import { Guest } from './guest.ts'
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

const attack = (mark: string): string =>
  `"'><img src=x onerror="window.attacked='${mark}'"><script>window.attacked='${mark}'</script>`

test('names and texts made of markup stay text, on the first screen, in the tree, in dialogs and in the output', async () => {
  const guest = await Guest.of(server)
  const created = await guest.ask('/api/v1/projects', { json: { name: attack('project').slice(0, 120) } })
  const { id } = (await created.json()) as { id: string }
  const path = `${attack('file')}.py`
  const address = path.split('/').map(encodeURIComponent).join('/')
  const text = `</textarea></script>${attack('text')}\nprint("""${attack('output').replaceAll('"', "'")}""")\n`
  const body = `"""${text.split('\n')[0]}"""\n${text.split('\n')[1]}\n`
  const saved = await guest.ask(`/api/v1/projects/${id}/files/${address}`, { method: 'PUT', body })
  assert.equal(saved.status, 201, await saved.text())

  const context = await browser.newContext()
  await context.addCookies([{ name: sessionCookie, value: guest.token, url: server.url }])
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(`${server.url}/projects/${id}?file=${encodeURIComponent(path)}`)
  await page.locator('.monaco-editor').first().waitFor()
  await page.getByRole('button', { name: /^Run/ }).click()
  await page.getByRole('log', { name: 'Program output' }).getByText("window.attacked='output'").first().waitFor()
  await page.keyboard.press('Control+P')
  await page.getByRole('option').first().waitFor()
  assert.equal(await page.evaluate('window.attacked'), undefined)
  assert.deepEqual(complaints, [])
  await page.goto(`${server.url}/projects/${id}?file=${encodeURIComponent(attack('missing'))}`)
  await page.locator('.monaco-editor').first().waitFor()
  assert.equal(await page.evaluate('window.attacked'), undefined)
  assert.deepEqual(complaints, [])
  await context.close()
})
