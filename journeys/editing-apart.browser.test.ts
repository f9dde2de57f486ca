/** What may happen to people who edit one file: no network, no database, no server. Nothing of what they typed is lost or doubled. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import {
  anotherPage,
  clipboard,
  goTo,
  isShared,
  oneText,
  openTogether,
  savedIn,
  textByRest,
  textIn,
  typeWildly,
} from './editing-pages.ts'
import { guestPage, openProject, projectOf } from './guest-page.ts'
import { freePort, type NetworkSwitch, startNetworkSwitch } from './network-switch.ts'
import { type ServerUnderTest, startServer, variant } from './server-under-test.ts'

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

const behind = ({ url }: NetworkSwitch, on = server): ServerUnderTest => ({ ...on, url })

test('without the network one goes on typing; it is kept on the device and comes together with the rest', async () => {
  await using network = await startNetworkSwitch(server.url)
  await using ada = await guestPage(browser, behind(network), clipboard)
  const id = await projectOf(ada, { 'main.py': 'one = 1\ntwo = 2\n' })
  await using bob = await anotherPage(browser, server, ada, id, 'Bob')
  await openTogether([ada, bob], id)
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
  await openTogether([ada], id)
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
  await openTogether([ada], id)
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
    await using bob = await anotherPage(browser, first, ada, id, 'Bob')
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
  await using bob = await anotherPage(browser, own, ada, id, 'Bob')
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
