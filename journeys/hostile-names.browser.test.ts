/** A project that another user could have made: whatever it is called and contains, no script of it runs in the page. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sessionCookie } from '@atelier/protocol/sessions'
import type { Browser, Locator } from 'playwright-core'
import { complaintsOf, openBrowser } from './browser.ts'
import { Guest } from './guest.ts'
import { fileAddress, guestPage, openProject, putFile, rename } from './guest-page.ts'
import { attack } from './hostile-names.ts'
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

test('names made of markup stay text in every dialog and panel that shows them, and in a page that embeds them', async () => {
  await using ada = await guestPage(browser, server)
  const { page, guest, complaints } = ada
  const path = `${attack('file')}.txt`
  const created = await guest.ask('/api/v1/projects', { json: { name: attack('project').slice(0, 120) } })
  const { id } = (await created.json()) as { id: string }
  const ask = async (address: string, json: object, method = 'POST'): Promise<void> => {
    const response = await guest.ask(`/api/v1/projects/${id}${address}`, { method, json })
    assert.ok(response.ok, `${address} ${response.status} ${await response.text()}`)
  }
  await putFile(guest, id, path, `${attack('text')}\n`)
  await putFile(guest, id, `${attack('gone')}.txt`, attack('gone'))
  await ask('/version-names', { path, version: 1, name: attack('version').slice(0, 100) })
  await ask('/snapshots', { name: attack('snapshot').slice(0, 100) })
  assert.equal((await guest.ask(fileAddress(id, `${attack('gone')}.txt`), { method: 'DELETE' })).status, 204)
  await rename(guest, '<img src=x onerror=attacked=1>')
  await openProject(ada, id, path)

  const shown = async (mark: string, where: Locator): Promise<void> => {
    await where.getByText(`window.attacked='${mark}'`).first().waitFor()
    assert.equal(await page.evaluate('window.attacked'), undefined, mark)
  }
  const dialogs = {
    'History of this file': 'version',
    'Deleted files': 'gone',
    'Snapshots of this project': 'snapshot',
    'Rename this file': '',
  }
  for (const [command, mark] of Object.entries(dialogs)) {
    await page.keyboard.press('Control+Shift+P')
    await page.getByRole('combobox').waitFor()
    await page.keyboard.type(command)
    await page.getByRole('option', { name: new RegExp(command), selected: true }).waitFor()
    await page.keyboard.press('Enter')
    if (mark !== '') await shown(mark, page.getByRole('dialog'))
    else await page.getByRole('textbox', { name: /^New name of/ }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  await page.getByRole('textbox', { name: /^New name of/ }).waitFor({ state: 'detached' })
  await page.keyboard.press('Control+Shift+F')
  await page.keyboard.type('onerror')
  await page.getByRole('tree', { name: 'Search results' }).getByText('onerror').first().waitFor()
  assert.equal(await page.evaluate('window.attacked'), undefined, 'search')
  await page.getByRole('button', { name: /^People/ }).click()
  await page.getByText('<img src=x onerror=attacked=1>').first().waitFor()
  assert.equal(await page.evaluate('window.attacked'), undefined)
  assert.deepEqual(complaints, [])

  await ask('', { visibility: 'unlisted' }, 'PATCH')
  await page.goto(`${server.url}/embed/${id}?file=${encodeURIComponent(path)}`)
  await shown('text', page.locator('body'))
  assert.deepEqual(complaints, [])
})
