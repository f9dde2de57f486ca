/** Several people in one file: real pages, real keys, the real server, and the worst that may happen to each of them. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { complaintsOf, openBrowser } from './browser.ts'
import { editorOf, goTo, isShared, oneText, paste, savedIn, textByRest, textIn } from './editing-pages.ts'
import { type GuestPage, guestPage, letIn, openProject, projectOf, rename } from './guest-page.ts'
import { freePort, type NetworkSwitch, startNetworkSwitch } from './network-switch.ts'
import { type ServerUnderTest, startServer, variant } from './server-under-test.ts'

let server: ServerUnderTest
let browser: Browser
const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] }

before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

/** Somebody else who may edit the project, in a browser of their own. */
async function another(owner: GuestPage, id: string, name: string, on: ServerUnderTest = server): Promise<GuestPage> {
  const other = await guestPage(browser, on, clipboard)
  await rename(other.guest, name)
  await letIn(owner.guest, id, other.guest)
  return other
}

const behind = ({ url }: NetworkSwitch, on = server): ServerUnderTest => ({ ...on, url })

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
  await using bob = await another(ada, id, 'Bob')
  for (const person of [ada, bob]) {
    await openProject(person, id)
    await isShared(person.page)
  }
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
  await using bob = await another(ada, id, 'Bob')
  for (const person of [ada, bob]) {
    await openProject(person, id)
    await isShared(person.page)
  }
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

/** What somebody does who does not look: keys from a list, in an order given by a seed. */
async function typeWildly(page: Page, seed: number, keys: number): Promise<void> {
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const press = ['Enter', 'Backspace', 'Delete', 'Control+Z', 'Control+Y', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'Tab']
  for (let left = keys; left > 0; left -= 1) {
    const chance = next(100)
    if (chance < 55) await page.keyboard.insertText(['a', 'bc ', '🦦', 'é', '(', '"', '\n', 'x = 1'][next(8)] ?? 'z')
    else if (chance < 60) await page.keyboard.press('Control+Shift+K')
    else if (chance < 64) await page.keyboard.press('Alt+ArrowDown')
    else if (chance < 67) await page.keyboard.press('Shift+Alt+ArrowDown')
    else if (chance < 70) await page.keyboard.press('Escape')
    else await page.keyboard.press(press[next(press.length)] ?? 'End')
  }
}

test('three pages on which people type, undo, move lines and delete all at once end with one text', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'wild.txt': 'one\ntwo\nthree\nfour\nfive\n' })
  await using bob = await another(ada, id, 'Bob')
  for (const person of [ada, bob]) {
    await openProject(person, id)
    await isShared(person.page)
  }
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
  await using bob = await another(ada, id, 'Bob')
  await openProject(bob, id)
  await isShared(bob.page)
  let release = (): void => {}
  const held = new Promise<void>((done) => {
    release = done
  })
  await ada.page.route('**/assets/*.js', async (route) => {
    await held
    await route.continue()
  })
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
  await using bob = await another(ada, id, '</style><b>"Bob\\')
  for (const person of [ada, bob]) {
    await openProject(person, id)
    await isShared(person.page)
  }
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

test('without the network one goes on typing; it is kept on the device and comes together with the rest', async () => {
  await using network = await startNetworkSwitch(server.url)
  await using ada = await guestPage(browser, behind(network), clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\ntwo = 2\n' })
  await using bob = await another(ada, id, 'Bob')
  for (const person of [ada, bob]) {
    await openProject(person, id)
    await isShared(person.page)
  }
  network.off()
  await goTo(ada.page, 'Home')
  await ada.page.keyboard.type('# written on a train\n')
  await goTo(bob.page, 'End')
  await bob.page.keyboard.type('# written at home\n')
  await savedIn(bob.page)
  await ada.page.getByText('Offline, kept on this device').waitFor()
  assert.equal(await textByRest(bob.guest, id, 'main.py'), 'one = 1\ntwo = 2\n# written at home\n')
  network.on()
  assert.equal(
    await oneText([ada.page, bob.page], ada.guest, id, 'main.py'),
    '# written on a train\none = 1\ntwo = 2\n# written at home\n',
  )
})

test('a page that is closed without the network leaves its edits on the device, and the next one brings them in', async () => {
  await using network = await startNetworkSwitch(server.url)
  await using ada = await guestPage(browser, behind(network), clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\n' })
  await openProject(ada, id)
  await isShared(ada.page)
  network.off()
  await goTo(ada.page, 'End')
  await ada.page.keyboard.type('two = 2\n')
  await ada.page.getByText('Offline, kept on this device').waitFor()
  await ada.page.keyboard.type('three = 3\n')
  await deviceKeeps(ada.page, 'three = 3', true)
  await ada.page.getByText('Offline, kept on this device').waitFor()
  await ada.page.close()
  network.on()
  assert.equal(await textByRest(ada.guest, id, 'main.py'), 'one = 1\n')
  const page = await ada.context.newPage()
  await page.goto(`${ada.guest.url}/projects/${id}`)
  await page.getByText('kept on this device are back').waitFor()
  await isShared(page)
  assert.equal(await oneText([page], ada.guest, id, 'main.py'), 'one = 1\ntwo = 2\nthree = 3\n')
  await deviceKeeps(page, 'three = 3', false)
  await page.reload()
  await isShared(page)
  assert.equal(await textIn(page), 'one = 1\ntwo = 2\nthree = 3\n')
})

/** Waits until the browser's own database has kept edits of a text with these words, or none any more. */
async function deviceKeeps(page: Page, words: string, expected: boolean): Promise<void> {
  const asked = `new Promise((resolve, reject) => {
    const opening = indexedDB.open('atelier-edits')
    opening.onerror = reject
    opening.onsuccess = () => {
      const all = opening.result.transaction('edits').objectStore('edits').getAll()
      all.onsuccess = () => {
        opening.result.close()
        resolve(all.result.some((edit) => edit.text.includes(${JSON.stringify(words)})))
      }
    }
  })`
  for (let left = 300; left > 0; left -= 1) {
    if ((await page.evaluate<boolean>(asked)) === expected) return
    await pause(100)
  }
  assert.fail(`the device ${expected ? 'has not kept' : 'still keeps'} “${words}”`)
}

test('while the database is away nothing can be typed, the page says why, and what was typed is stored when it is back', async () => {
  await using own = await startServer()
  await using ada = await guestPage(browser, own, clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\n' })
  await openProject(ada, id)
  await isShared(ada.page)
  await goTo(ada.page, 'End')
  const resume = freezeDatabase(own)
  try {
    await ada.page.keyboard.type('two = 2\n')
    await ada.page.getByText('Not saved, kept on this device').waitFor()
    assert.match((await ada.page.locator('[data-save]').getAttribute('title')) ?? '', /cannot store changes just now/)
    await ada.page.keyboard.type('not taken')
  } finally {
    resume()
  }
  await savedIn(ada.page)
  await ada.page.keyboard.type('three = 3\n')
  assert.equal(await oneText([ada.page], ada.guest, id, 'main.py'), 'one = 1\ntwo = 2\nthree = 3\n')
})

/** Stops every process of the server's PostgreSQL; answers what lets them go on. */
function freezeDatabase({ dataFolder }: ServerUnderTest): () => void {
  const [first = ''] = readFileSync(join(dataFolder, 'postgres/cluster/data/postmaster.pid'), 'utf8').split('\n')
  // The first one first: from then on there are no new ones. One of the others may end by itself.
  process.kill(Number(first), 'SIGSTOP')
  const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ')
  const signalChildren = (name: NodeJS.Signals): void => {
    for (const pid of children)
      try {
        process.kill(Number(pid), name)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
  }
  signalChildren('SIGSTOP')
  return () => {
    signalChildren('SIGCONT')
    process.kill(Number(first), 'SIGCONT')
  }
}

test('a server that is killed in the middle of typing loses nothing and doubles nothing', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'atelier-journey-'))
  try {
    const environment = { ATELIER_PORT: String(await freePort()) }
    await using first = await startServer({ dataFolder, environment })
    await using ada = await guestPage(browser, first, clipboard)
    const id = await projectOf(ada, { 'main.py': 'start\n' })
    await using bob = await another(ada, id, 'Bob', first)
    for (const person of [ada, bob]) {
      await openProject(person, id)
      await isShared(person.page)
      await goTo(person.page, 'End')
    }
    const lines = Array.from({ length: 60 }, (_, at) => `line ${at}\n`)
    const typing = (async () => {
      for (const line of lines) await ada.page.keyboard.type(line)
    })()
    await ada.page.locator('.view-lines').getByText('line 20').first().waitFor()
    await first.end('SIGKILL')
    await typing
    await goTo(bob.page, 'Home')
    await bob.page.keyboard.type('# while it was away\n')
    await bob.page.getByText('Offline, kept on this device').waitFor()
    await using second = await startServer({ dataFolder, environment })
    assert.equal(second.url, first.url)
    assert.equal(await oneText([ada.page, bob.page], ada.guest, id, 'main.py'), `# while it was away\nstart\n${lines.join('')}`)
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
})

test('with operational transformation in place of Yjs pages end with one text as well, and bring back what the server lacks', async () => {
  await using own = await startServer(variant('v1'))
  await using network = await startNetworkSwitch(own.url)
  await using ada = await guestPage(browser, behind(network, own), clipboard)
  const id = await projectOf(ada, { 'wild.txt': 'one\ntwo\nthree\n' })
  await using bob = await another(ada, id, 'Bob', own)
  for (const person of [ada, bob]) {
    await openProject(person, id)
    await isShared(person.page)
    await goTo(person.page, 'End')
  }
  const seed = Number(process.env.ATELIER_SEED ?? Date.now() % 1_000_000)
  await Promise.all([typeWildly(ada.page, seed, 60), typeWildly(bob.page, seed + 1, 60)])
  await oneText([ada.page, bob.page], bob.guest, id, 'wild.txt')
  network.off()
  await goTo(ada.page, 'End')
  await ada.page.keyboard.type('\nadas last words')
  await deviceKeeps(ada.page, 'adas last words', true)
  await ada.page.close()
  await goTo(bob.page, 'Home')
  await bob.page.keyboard.type('bobs ')
  network.on()
  const page = await ada.context.newPage()
  await page.goto(`${ada.guest.url}/projects/${id}`)
  await page.getByText('kept on this device are back').waitFor()
  const text = await oneText([page, bob.page], bob.guest, id, 'wild.txt')
  // The editor indents a new line as the one before, however wild that is.
  assert.match(text, /^bobs .*\n *adas last words$/s, `seed ${seed}`)
  assert.deepEqual([...ada.complaints.filter(isOfThePage), ...bob.complaints], [], `seed ${seed}`)
})

/** That a connection cannot be made is the browser's own complaint. */
const isOfThePage = (complaint: string): boolean => !/ERR_|WebSocket connection/.test(complaint)

test('on a touch screen the same document is edited with another editor', async () => {
  await using ada = await guestPage(browser, server, clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\ntwo = 2\n' })
  await openProject(ada, id)
  await isShared(ada.page)
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
  await using bob = await another(ada, id, 'Bob')
  for (const person of [ada, bob]) {
    await openProject(person, id)
    await isShared(person.page)
  }
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
