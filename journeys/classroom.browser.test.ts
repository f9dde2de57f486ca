/** A class as a teacher and two students live it, and a project that is shown to everybody. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, shot } from './browser.ts'
import { guestPage, openProject, projectOf, putFile, rename, tree } from './guest-page.ts'
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

const projectMenu = async (page: Page, item: string | RegExp): Promise<void> => {
  await page.getByRole('button', { name: /^Project / }).click()
  await page.getByRole('menuitem', { name: item }).click()
}
const idOf = (page: Page): string => /\/projects\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''

/** By the link, as a browser that was never here. */
async function enter(page: Page, link: string, name: string): Promise<string> {
  await page.goto(link)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.waitForURL('**/projects/*')
  await tree(page).getByText('main.py').waitFor()
  return idOf(page)
}

test('a teacher hands a project out, two students come, and the teacher sees live who runs what and goes there', async () => {
  await using teacher = await guestPage(browser, server)
  const [first, second] = [await browser.newContext(), await browser.newContext()]
  try {
    const [ada, ben] = [await first.newPage(), await second.newPage()]
    const id = await projectOf(teacher, { 'main.py': 'print("hello")\n' })
    await rename(teacher.guest, 'Ms <b>Frizzle</b>')
    await openProject(teacher, id)
    await projectMenu(teacher.page, /^Class/)
    const dialog = teacher.page.getByRole('dialog', { name: 'Class' })
    await dialog.getByRole('button', { name: 'Create link' }).click()
    const link = await dialog.getByRole('textbox', { name: 'The link' }).inputValue()
    assert.match(link, /\/assignments\/atl_a_/)
    await dialog.getByText('Nobody has come yet').waitFor()

    await ada.goto(link)
    await ada.getByText('Ms <b>Frizzle</b> hands out').waitFor()
    await shot(ada, 'class-entrance')
    const adas = await enter(ada, link, 'Ada <i>L</i>')
    const bens = await enter(ben, link, 'Ben')
    assert.notEqual(adas, bens)
    const row = (name: string) => dialog.getByRole('row').filter({ hasText: name })
    await row('Ada <i>L</i>').getByRole('img', { name: 'here now' }).waitFor()
    await row('Ben').getByText('main.py').first().waitFor()

    await ada.getByRole('button', { name: /^Run/ }).first().click()
    await row('Ada <i>L</i>').getByText('main.py ended well').waitFor()
    await putFile(teacher.guest, id, 'later.py', 'not in their copies')
    const token = await ben.evaluate<number>(
      `fetch('/api/v1/projects/${bens}/files/main.py', { method: 'PUT', body: 'import sys; sys.exit(3)' }).then((answer) => answer.status)`,
    )
    assert.equal(token, 200)
    await ben.getByRole('button', { name: /^Run/ }).first().click()
    await row('Ben').getByText('main.py ended with 3').waitFor()
    await dialog.getByRole('combobox', { name: 'Shown' }).selectOption('result')
    assert.match((await dialog.getByRole('row').nth(1).textContent()) ?? '', /Ben/, 'whose program failed stands first')
    await shot(teacher.page, 'class-overview')

    const [opened] = await Promise.all([
      teacher.page.context().waitForEvent('page'),
      row('Ada <i>L</i>')
        .getByRole('link', { name: /Follow/ })
        .click(),
    ])
    await opened.waitForURL(`**/projects/${adas}*`)
    await opened.getByText('Following').first().waitFor()
    await opened.getByRole('button', { name: 'View only' }).waitFor()

    await dialog.getByRole('button', { name: 'Take no new students' }).click()
    await dialog.getByText('It takes no new students').waitFor()
    await ben.goto(link)
    await ben.waitForURL(`**/projects/${bens}*`)
    const late = await (await fetch(link)).text()
    assert.match(late, /takes no new students/)
    await ben.close()
    await row('Ben').getByRole('img', { name: 'away' }).waitFor()
  } finally {
    await first.close()
    await second.close()
  }
})

test('a project that is made public is run and forked by a stranger; made private again, it closes before their eyes', async () => {
  await using owner = await guestPage(browser, server)
  const context = await browser.newContext()
  try {
    const stranger = await context.newPage()
    const id = await projectOf(owner, { 'main.py': 'print("for everybody")\n' })
    await openProject(owner, id)
    await owner.page.getByRole('button', { name: 'Share', exact: true }).click()
    const share = owner.page.getByRole('dialog', { name: /^Share/ })
    await share.getByRole('radio', { name: /^Public/ }).check()
    // Behind the dialog, hence no role.
    await owner.page.locator('.visibility-mark').getByText('Public').waitFor()
    await shot(owner.page, 'visibility-owner')

    await stranger.goto(`${server.url}/projects/${id}`)
    await stranger.getByRole('button', { name: 'View only' }).waitFor()
    await stranger.getByRole('button', { name: /^Run/ }).first().click()
    await stranger.getByText('for everybody').last().waitFor()
    await shot(stranger, 'visibility-stranger')
    const forked = await context.newPage()
    await forked.goto(`${server.url}/projects/${id}`)
    await forked.getByRole('button', { name: 'Fork to edit' }).click()
    await forked.waitForURL((url) => url.pathname.startsWith('/projects/') && !url.pathname.includes(id))
    await forked.getByRole('button', { name: 'New file' }).first().waitFor()
    await forked.getByRole('button', { name: /^Project / }).click()
    await forked.getByText(/^Forked from/).waitFor()

    await share.getByRole('radio', { name: /^Private/ }).check()
    await stranger.getByRole('alertdialog', { name: 'You are not in this project any more' }).waitFor()
    await forked.reload()
    await forked.getByRole('button', { name: /^Project / }).click()
    await forked.getByText('Forked from a project you cannot see').waitFor()
  } finally {
    await context.close()
  }
})
