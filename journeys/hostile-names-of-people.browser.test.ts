/** Classes, source control, sharing, playback and administration, with the names and texts that a stranger would choose. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import * as account from './account-browser.ts'
import { complaintsOf, openBrowser, shot } from './browser.ts'
import { Guest } from './guest.ts'
import { guestPage, letIn, openProject, putFile, rename } from './guest-page.ts'
import { attack, hostileBundle, hostileHandler, hostilePaths, hostilePerson, isHarmless, turned } from './hostile-names.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

let server: ServerUnderTest
let browser: Browser
const projectName = attack('project').slice(0, 120)

before(async () => {
  server = await startServer({ environment: { ATELIER_GIT_HOSTS: 'git.example.test' } })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function hostileProject(guest: Guest): Promise<string> {
  const created = await guest.ask('/api/v1/projects', { json: { name: projectName } })
  const { id } = (await created.json()) as { id: string }
  for (const path of hostilePaths) await putFile(guest, id, path, `print("""${attack('output').replaceAll('"', '')}""")\n`)
  return id
}

async function ok(asked: Promise<Response>): Promise<Response> {
  const response = await asked
  assert.ok(response.ok, `${response.status} ${response.ok ? '' : await response.text()}`)
  return response
}

/** As it stands there, on a telephone too. */
async function looksWell(page: Page, what: string): Promise<void> {
  await shot(page, `hostile-${what}`)
  await isHarmless(page, what)
  const size = page.viewportSize()
  await page.setViewportSize({ width: 390, height: 780 })
  await shot(page, `hostile-${what}-390`)
  await isHarmless(page, `${what}, 390 wide`)
  if (size !== null) await page.setViewportSize(size)
}

test('a class shows hostile names of teacher, students, project and files as they were written', async () => {
  await using teacher = await guestPage(browser, server)
  await using student = await guestPage(browser, server)
  const { page, guest, complaints } = teacher
  const id = await hostileProject(guest)
  await rename(guest, hostilePerson)
  const handOut = async () =>
    (await (await ok(guest.ask(`/api/v1/projects/${id}/assignments`, { json: { teacherRole: 'viewer' } }))).json()) as {
      id: string
      token: string
    }
  const [assignment] = [await handOut(), await handOut()]
  await student.page.goto(`${server.url}/assignments/${assignment.token}`)
  await student.page.getByText(`${hostilePerson} hands out ${projectName}`).waitFor()
  await looksWell(student.page, 'entrance')
  await student.page.getByLabel('Your name').fill(hostileHandler)
  await student.page.getByRole('button', { name: 'Begin' }).click()
  await student.page.waitForURL('**/projects/*')
  await student.page.locator('.surface[data-surface="monaco"]').waitFor({ state: 'attached' })
  await student.page.getByRole('button', { name: /^Run/ }).first().click()
  await student.page.getByRole('log', { name: 'Program output' }).getByText("window.attacked='output'").first().waitFor()
  await isHarmless(student.page, 'a copy')

  await openProject(teacher, id)
  await page.getByRole('button', { name: /^Project / }).click()
  await page.getByRole('menuitem', { name: /^Class/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Class' })
  await dialog.getByRole('combobox', { name: 'Assignment' }).selectOption(assignment.id)
  const row = dialog.getByRole('row').filter({ hasText: hostileHandler })
  await row.getByText('ended well').waitFor()
  await looksWell(page, 'class')
  assert.deepEqual([...complaints, ...student.complaints], [])
})

test('source control shows hostile files, authors, messages and branches of a bundle, and what a server refuses, as text', async () => {
  await using ada = await guestPage(browser, server)
  const { page, guest, complaints } = ada
  const { id } = (await (await guest.ask('/api/v1/projects', { json: { name: projectName } })).json()) as { id: string }
  const bundle = (bytes: Buffer) =>
    guest.ask(`/api/v1/projects/${id}/git/bundle`, {
      method: 'POST',
      body: Uint8Array.from(bytes),
      headers: { 'content-type': 'application/octet-stream' },
    })
  await ok(bundle(hostileBundle([...hostilePaths, 'two\nlines.py', `${turned}.py`])))
  await putFile(guest, id, `${attack('changed')}.txt`, `${attack('change')}\n`)
  await openProject(ada, id)
  await page.keyboard.press('Control+Shift+G')
  const dialog = page.getByRole('dialog', { name: 'Source control' })
  await dialog.getByRole('list', { name: 'Changed files' }).getByText("window.attacked='changed'").first().waitFor()
  await looksWell(page, 'changes')
  await dialog.getByRole('button', { name: 'Commits', exact: true }).click()
  const commits = dialog.getByRole('list', { name: 'Commits, newest first' })
  await commits.getByText("window.attacked='subject'").first().waitFor()
  await dialog.getByText("window.attacked='message'").first().waitFor()
  assert.doesNotMatch((await dialog.textContent()) ?? '', /\u202E/, 'what turns text around')
  await dialog.locator('.diff-host[data-ready="true"]').waitFor()
  await looksWell(page, 'commits')
  await dialog.getByRole('button', { name: /^Branch / }).click()
  await page.getByRole('menuitem').getByText('<img/src=x/onerror=attacked=5>').first().waitFor()
  await looksWell(page, 'branches')
  await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'Other places', exact: true }).click()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })

  assert.deepEqual(complaints, [])
  await page.getByRole('button', { name: /^Project / }).click()
  await page.getByRole('menuitem', { name: 'New project from Git' }).click()
  const importing = page.getByRole('dialog', { name: 'New project from Git' })
  await importing.getByLabel('Address of the repository').fill('https://git.example.test/<img src=x onerror=attacked=7>.git')
  await importing.getByRole('button', { name: 'Import' }).click()
  await importing.getByRole('alert').waitFor()
  await looksWell(page, 'import')
  // The browser itself tells of an answer that is a refusal.
  assert.deepEqual(
    complaints.filter((each) => !/the server responded with a status of 400/.test(each)),
    [],
  )
})

test('sharing, playback and search show what strangers are called and what they called things as text', async () => {
  await using ada = await guestPage(browser, server)
  await using eve = await guestPage(browser, server)
  const { page, guest, complaints } = ada
  const id = await hostileProject(guest)
  await rename(eve.guest, hostilePerson)
  await letIn(guest, id, eve.guest)
  await ok(guest.ask(`/api/v1/projects/${id}`, { method: 'PATCH', json: { visibility: 'public' } }))
  const [path = ''] = hostilePaths
  await openProject(eve, id, path)
  await eve.page.locator('.monaco-editor').first().click()
  await eve.page.keyboard.type('typedByAStranger')
  await openProject(ada, id, path)
  // What is seen is stored.
  await page.locator('.view-lines').getByText('typedByAStranger').waitFor()
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  const share = page.getByRole('dialog', { name: /^Share/ })
  await share.getByRole('listitem').filter({ hasText: hostilePerson }).getByText('here now').waitFor()
  await looksWell(page, 'share')
  await share.getByRole('button', { name: 'Activity', exact: true }).click()
  await share.getByText(hostilePerson).first().waitFor()
  await looksWell(page, 'activity')
  await share.getByRole('button', { name: 'Embed', exact: true }).click()
  await share.getByRole('textbox').first().waitFor()
  await looksWell(page, 'embed')
  await page.keyboard.press('Escape')
  await share.waitFor({ state: 'hidden' })

  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type('play back')
  await page.getByRole('option', { name: /play back/, selected: true }).waitFor()
  await page.keyboard.press('Enter')
  const film = page.getByRole('dialog', { name: /^History of/ })
  await film.getByRole('list', { name: 'Who typed' }).getByText(hostilePerson).waitFor()
  await looksWell(page, 'playback')
  await page.keyboard.press('Escape')
  await film.waitFor({ state: 'hidden' })

  await page.keyboard.press('Control+Shift+F')
  await page.keyboard.type('window.attacked')
  await page.getByRole('tree', { name: 'Search results' }).getByText("window.attacked='file'").first().waitFor()
  await page.getByRole('tree', { name: 'Search results' }).getByText("window.attacked='output'").first().waitFor()
  await looksWell(page, 'search')
  assert.deepEqual([...complaints, ...eve.complaints], [])

  for (const address of [
    `/new?project=${id}`,
    `/new?template=${encodeURIComponent(attack('template'))}`,
    `/embed/${id}?file=${encodeURIComponent(path)}&view=${encodeURIComponent(attack('view'))}`,
  ]) {
    await eve.page.goto(`${server.url}${address}`)
    await looksWell(eve.page, address.slice(1, 9).replaceAll(/[^a-z]/g, '-'))
  }
  assert.deepEqual(
    eve.complaints.filter((each) => !/the server responded with a status of 404/.test(each)),
    [],
  )
})

test('administrators read hostile names of users, in executions, tiers and the audit log, as text, and nothing loads for them', async () => {
  const boss = await account.Browser.administrator(server)
  const guest = await Guest.of(server)
  await rename(guest, hostilePerson)
  await hostileProject(guest)
  const running = await guest.start('input()')
  await using context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await context.addCookies([...boss.jar].map(([name, value]) => ({ name, value, url: server.url })))
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(`${server.url}/admin`)
  await page.locator('#users').getByText(hostilePerson).first().waitFor()
  await page.locator('#executions').getByText(hostilePerson).first().waitFor()
  await page.locator('#audit').getByText('window.attacked=').first().waitFor()
  await looksWell(page, 'admin')
  for (const query of [{ search: attack('search') }, { 'audit.action': attack('action') }, { 'audit.address': hostileHandler }]) {
    await page.goto(`${server.url}/admin?${new URLSearchParams(query)}`)
    await page.locator('#settings').waitFor()
    await isHarmless(page, JSON.stringify(query))
    assert.equal(await page.locator('script, img, svg, iframe, [onerror], [onfocus], [autofocus]').count(), 0)
  }
  await guest.cancel(running.id)
  assert.deepEqual(complaints, [])
})
