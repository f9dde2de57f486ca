/** Several people in one project: they see each other and each other's files, and can follow one another. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { becomesTrue, openBrowser, shot } from './browser.ts'
import { Guest } from './guest.ts'
import {
  fileAddress,
  guestPage,
  letIn,
  openProject,
  peopleAre,
  peopleButton,
  projectOf,
  putFile,
  rename,
  tree,
} from './guest-page.ts'
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

/** Ada owns a project with three files, Bob edits in it; both have it open. */
async function adaAndBob() {
  await using undo = new AsyncDisposableStack()
  const ada = undo.use(await guestPage(browser, server))
  const bob = undo.use(await guestPage(browser, server))
  await Promise.all([rename(ada.guest, 'Ada'), rename(bob.guest, 'Bob')])
  const long = Array.from({ length: 200 }, (_, line) => `# line ${line + 1}`).join('\n')
  const id = await projectOf(ada, { 'main.py': 'print(1)\n', 'long.py': long, 'notes.txt': 'notes\n' })
  await letIn(ada.guest, id, bob.guest)
  await Promise.all([openProject(ada, id, 'main.py'), openProject(bob, id, 'main.py')])
  await Promise.all([peopleAre(ada.page, 2), peopleAre(bob.page, 2)])
  const kept = undo.move()
  return { ada, bob, id, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const tab = (page: Page, name: string) => page.getByRole('tab').filter({ hasText: name })
const row = (page: Page, name: string) => tree(page).getByRole('treeitem', { name, exact: true })
/** Whom this page says that it follows. */
const followed = (page: Page) => page.getByRole('button', { name: /^Following/ })

async function follow(page: Page, name: string): Promise<void> {
  await peopleButton(page).click()
  await page.getByRole('button', { name: `Follow ${name}` }).click()
  await followed(page).waitFor()
}

test('what one makes, renames and deletes is in everybody’s tree at once, whether by hand or by a script', async () => {
  await using both = await adaAndBob()
  const { ada, bob, id } = both
  await putFile(bob.guest, id, 'src/new.py', 'x\n')
  await row(ada.page, 'src').click()
  await row(ada.page, 'new.py').waitFor()
  const moved = await bob.guest.ask(`/api/v1/projects/${id}/move`, { json: { from: 'src', to: 'lib' } })
  assert.equal(moved.status, 200, await moved.text())
  await row(ada.page, 'lib').waitFor()
  // The folder was open, and still is under its new name.
  await row(ada.page, 'new.py').waitFor()
  await row(ada.page, 'src').waitFor({ state: 'detached' })

  await row(ada.page, 'notes.txt').click()
  await ada.page.getByRole('tree').press('F2')
  await ada.page.getByRole('textbox', { name: 'New name of notes.txt' }).and(ada.page.locator(':focus')).waitFor()
  await ada.page.keyboard.type('minutes')
  await ada.page.keyboard.press('Enter')
  await row(bob.page, 'minutes.txt').waitFor()
  await row(bob.page, 'notes.txt').waitFor({ state: 'detached' })
  assert.equal(await row(ada.page, 'minutes.txt').count(), 1)

  await bob.guest.ask(fileAddress(id, 'lib'), { method: 'DELETE' })
  await row(ada.page, 'lib').waitFor({ state: 'detached' })
  assert.deepEqual([...ada.complaints, ...bob.complaints], [])
})

test('a project that its owner renames and opens to others has its new name on every page at once', async () => {
  await using both = await adaAndBob()
  const { ada, bob, id } = both
  await ada.guest.ask(`/api/v1/projects/${id}`, { method: 'PATCH', json: { name: 'Sorting <b>' } })
  await bob.page.getByRole('button', { name: 'Project Sorting <b>' }).waitFor()
  await ada.guest.ask(`/api/v1/projects/${id}`, { method: 'PATCH', json: { visibility: 'public' } })
  for (const { page } of [ada, bob]) await page.getByText('Public', { exact: true }).first().waitFor()
  assert.match(await bob.page.title(), /Sorting <b>/)
})

test('a tab follows its file to a new name, and a deletion of an open file is told by name', async () => {
  await using both = await adaAndBob()
  const { ada, bob, id } = both
  await row(ada.page, 'notes.txt').dblclick()
  await tab(ada.page, 'notes.txt').waitFor()
  await bob.guest.ask(`/api/v1/projects/${id}/move`, { json: { from: 'notes.txt', to: 'minutes.txt' } })
  await tab(ada.page, 'minutes.txt').waitFor()
  await tab(ada.page, 'notes.txt').waitFor({ state: 'detached' })
  await putFile(bob.guest, id, 'unrelated.txt', '')
  await row(ada.page, 'unrelated.txt').waitFor()
  await bob.guest.ask(fileAddress(id, 'unrelated.txt'), { method: 'DELETE' })
  await row(ada.page, 'unrelated.txt').waitFor({ state: 'detached' })
  assert.equal(await ada.page.getByText(/Bob deleted/).count(), 0, 'what is not open here is nobody’s concern')
  await bob.guest.ask(fileAddress(id, 'minutes.txt'), { method: 'DELETE' })
  await ada.page
    .getByText(/Bob deleted.*minutes\.txt/)
    .first()
    .waitFor()
  assert.deepEqual([...ada.complaints, ...bob.complaints], [])
})

test('a new name is seen by the others at once, and is theirs to read in every project', async () => {
  await using both = await adaAndBob()
  const { ada, bob } = both
  await peopleButton(bob.page).click()
  await bob.page.getByRole('button', { name: 'Change your name' }).click()
  const field = bob.page.getByRole('textbox', { name: 'Your name, as others see it' })
  assert.equal(await field.inputValue(), 'Bob')
  await field.fill('<i>Robert</i>')
  await field.press('Enter')
  await peopleButton(ada.page).click()
  await ada.page.getByText('<i>Robert</i>', { exact: true }).waitFor()
  await shot(ada.page, 'people-list')
  const session = (await (await bob.guest.ask('/api/v1/session')).json()) as { user: { name: string } }
  assert.equal(session.user.name, '<i>Robert</i>')
  await bob.page.getByRole('button', { name: 'Change your name' }).click()
  await field.fill('zero\u200bwidth')
  await field.press('Enter')
  await bob.page
    .getByRole('alert')
    .getByText(/invisible/)
    .waitFor()
})

test('in the list one goes to the file where somebody is', async () => {
  await using both = await adaAndBob()
  const { ada, bob } = both
  await row(bob.page, 'notes.txt').click()
  await tab(bob.page, 'notes.txt').waitFor()
  await peopleButton(ada.page).click()
  await ada.page.getByRole('button', { name: /Bob.*in notes\.txt/ }).click()
  await tab(ada.page, 'notes.txt').waitFor()
  assert.equal(await followed(ada.page).count(), 0)
})

test('who follows goes along from file to file and from place to place, and is free with the first key, click or Escape', async () => {
  await using both = await adaAndBob()
  const { ada, bob } = both
  const active = (page: Page, name: string) => page.getByRole('tab', { selected: true }).filter({ hasText: name }).waitFor()
  await follow(ada.page, 'Bob')
  await row(bob.page, 'notes.txt').click()
  await active(ada.page, 'notes.txt')
  await row(bob.page, 'long.py').click()
  await active(ada.page, 'long.py')
  await bob.page.locator('.monaco-editor').first().click()
  await bob.page.keyboard.press('Control+End')
  await bob.page.keyboard.type(' and more')
  await ada.page.locator('.view-lines').getByText('# line 200 and more').waitFor()
  await shot(ada.page, 'people-follow')
  await ada.page.keyboard.press('Escape')
  await followed(ada.page).waitFor({ state: 'detached' })
  await row(bob.page, 'main.py').click()
  await active(bob.page, 'main.py')
  await peopleButton(ada.page).click()
  await ada.page.getByRole('button', { name: /Bob.*in main\.py/ }).waitFor()
  await ada.page.keyboard.press('Escape')
  await active(ada.page, 'long.py')

  await follow(ada.page, 'Bob')
  await active(ada.page, 'main.py')
  await ada.page.locator('.monaco-editor').first().click()
  await followed(ada.page).waitFor({ state: 'detached' })
  await follow(ada.page, 'Bob')
  await ada.page.keyboard.press('Shift')
  await followed(ada.page).waitFor()
  await ada.page.keyboard.press('ArrowDown')
  await followed(ada.page).waitFor({ state: 'detached' })

  await follow(ada.page, 'Bob')
  await bob.context.close()
  await followed(ada.page).waitFor({ state: 'detached' })
  await ada.page.getByText('Bob has left').waitFor()
  assert.deepEqual(ada.complaints, [])
})

test('a lost connection is no secret: nobody is shown until it is back, and then the tree is as it is', async () => {
  await using both = await adaAndBob()
  const { ada, bob, id } = both
  let isAway = false
  let cut = async (): Promise<void> => {}
  await ada.page.routeWebSocket(/api\/v1\/socket$/, (socket) => {
    if (isAway) return void socket.close()
    socket.connectToServer()
    cut = () => socket.close()
  })
  await openProject(ada, id)
  await peopleAre(ada.page, 2)
  isAway = true
  await cut()
  await ada.page.getByRole('button', { name: 'People', exact: true }).click()
  await ada.page.getByText('There is no connection to the server').waitFor()
  await ada.page.keyboard.press('Escape')
  await putFile(bob.guest, id, 'meanwhile.txt', '')
  isAway = false
  await row(ada.page, 'meanwhile.txt').waitFor()
  await peopleAre(ada.page, 2)
})

test('two hundred people fit: the bar stays one line, the list can be searched, at 1280 and at 390 pixels', async () => {
  await using ada = await guestPage(browser, server)
  const id = await projectOf(ada, { 'main.py': 'print(1)\n' })
  const made = await ada.guest.ask(`/api/v1/projects/${id}/share-links`, { json: { role: 'viewer', expiresInHours: 1 } })
  const { token } = (await made.json()) as { token: string }
  const sockets: WebSocket[] = []
  try {
    await Promise.all(
      Array.from({ length: 199 }, async (_, number) => {
        const guest = await Guest.of(server)
        await (await guest.ask(`/api/v1/share-links/${token}/join`, { method: 'POST' })).text()
        if (number === 77) await rename(guest, 'Somebody with quite a long name, nr. 77')
        const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/socket`, {
          headers: { authorization: `Bearer ${guest.token}` },
        })
        sockets.push(socket)
        await new Promise((resolve, reject) => {
          socket.once('open', resolve)
          socket.once('error', reject)
        })
        socket.send(JSON.stringify({ type: 'open', channel: `project:${id}` }))
      }),
    )
    await openProject(ada, id)
    const { page } = ada
    await peopleAre(page, 200)
    const sizesAre = (heightOfBar: number, widthOfPage: number) =>
      becomesTrue(
        page,
        `document.querySelector(".top-bar").getBoundingClientRect().height === ${heightOfBar} && document.documentElement.scrollWidth === ${widthOfPage}`,
      )
    await sizesAre(50, 1280)
    await peopleButton(page).click()
    await page.getByRole('searchbox', { name: 'Find somebody' }).fill('quite a long')
    await page.getByRole('button', { name: /^Follow Somebody with quite/ }).waitFor()
    await shot(page, 'people-many')
    await page
      .getByRole('button', { name: /^Follow/ })
      .nth(1)
      .waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await page.setViewportSize({ width: 390, height: 844 })
    await shot(page, 'people-many-narrow')
    await sizesAre(52, 390)
    await peopleButton(page).click()
    await page.getByRole('searchbox', { name: 'Find somebody' }).waitFor()
    await shot(page, 'people-many-narrow-list')
    await sizesAre(52, 390)
  } finally {
    for (const socket of sockets) socket.terminate()
  }
})
