/** Files as a person handles them: brought in from the desktop, looked at, taken home. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { becomesTrue, openBrowser, shot } from './browser.ts'
import { fileAddress, guestPage, openProject, projectOf } from './guest-page.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

let server: ServerUnderTest
let browser: Browser
let desktop: string

before(async () => {
  desktop = await mkdtemp(join(tmpdir(), 'atelier-desktop-'))
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await rm(desktop, { recursive: true, force: true })
})

/** Drags files and folders of this machine's disk onto an element, as from a window beside the browser. */
async function dropOn(page: Page, selector: string, files: readonly string[]): Promise<void> {
  const box = await page.locator(selector).first().boundingBox()
  assert.ok(box !== null, `${selector} is not on the page`)
  const cdp = await page.context().newCDPSession(page)
  const at = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 60) }
  const data = { items: [], files: [...files], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await cdp.send('Input.dispatchDragEvent', { type, ...at, data })
  await cdp.detach()
}

async function onDesktop(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(desktop, path, '..'), { recursive: true })
    await writeFile(join(desktop, path), content)
  }
}

const attack = `<img src=x onerror="window.attacked='name'">`
/** One pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

test('a folder that is dropped on a folder arrives whole; what is refused is reported by name; names that exist are asked about once', async () => {
  await using me = await guestPage(browser, server)
  const { page, guest } = me
  const id = await projectOf(me, { 'main.py': 'print(1)\n', 'docs/old.md': 'old\n' })
  await openProject(me, id, 'main.py')
  await onDesktop({
    'holiday/notes.txt': 'sun\n',
    'holiday/deep/er/photo.png': png,
    [`holiday/${attack}.txt`]: 'markup\n',
    'holiday/-rf': 'a name that is refused',
    'holiday/ends with a dot.': 'another',
    'holiday/.DS_Store': 'left out',
  })
  for (let n = 0; n < 130; n++) await onDesktop({ [`holiday/many/${n}.txt`]: `${n}\n` })
  await mkdir(join(desktop, 'holiday/empty'))
  const names = async () => {
    const { items } = (await (await guest.ask(`/api/v1/projects/${id}/files`)).json()) as { items: { path: string }[] }
    return items.map(({ path }) => path)
  }

  await dropOn(page, '[data-path="docs"]', [join(desktop, 'holiday')])
  const refused = page.getByRole('dialog', { name: '2 files were not uploaded' })
  await refused.waitFor()
  await shot(page, 'files-not-uploaded')
  assert.match(await refused.innerText(), /“holiday\/-rf”: A name starts with a dash/)
  assert.match(
    await refused.innerText(),
    /“holiday\/ends with a dot\.”: A name starts with a space, or ends with a space or a dot/,
  )
  await refused.getByRole('button', { name: 'Close' }).click()
  const there = await names()
  for (const path of ['notes.txt', 'deep/er/photo.png', `${attack}.txt`, 'many/129.txt', 'empty'])
    assert.ok(there.includes(`docs/holiday/${path}`), `${path} is missing`)
  assert.equal(there.filter((path) => path.startsWith('docs/holiday/many/')).length, 130)
  assert.ok(!there.some((path) => path.includes('DS_Store')))
  await page.locator('[data-path="docs"]').click()
  await page.locator('[data-path="docs/holiday"]').waitFor()

  // Once more, with one file that is new and two that are there.
  await onDesktop({ 'again/one.txt': 'new one\n', 'again/two.txt': 'new two\n' })
  const files = ['one.txt', 'two.txt'].map((name) => join(desktop, 'again', name))
  await dropOn(page, '[data-path="main.py"]', files)
  for (const path of ['one.txt', 'two.txt']) await page.locator(`[data-path="${path}"]`).waitFor()
  await onDesktop({ 'again/one.txt': 'newer one\n', 'again/two.txt': 'newer two\n', 'again/three.txt': 'three\n' })
  await dropOn(page, '[data-path="main.py"]', [...files, join(desktop, 'again/three.txt')])
  const question = page.getByRole('alertdialog', { name: '2 of 3 files are here already' })
  await question.waitFor()
  await shot(page, 'files-question')
  await question.getByRole('button', { name: 'Keep both' }).click()
  for (const path of ['three.txt', 'one 2.txt', 'two 2.txt']) await page.locator(`[data-path="${path}"]`).waitFor()
  const text = async (path: string) => (await guest.ask(fileAddress(id, path))).text()
  assert.deepEqual([await text('one.txt'), await text('one 2.txt')], ['new one\n', 'newer one\n'])

  await dropOn(page, '[data-path="main.py"]', files)
  await page.getByRole('alertdialog').getByRole('button', { name: 'Replace' }).click()
  // The first upload has said the same as this one, and may still be on show: the file itself tells.
  for (let left = 300; left > 0 && (await text('one.txt')) !== 'newer one\n'; left -= 1) await page.waitForTimeout(100)
  assert.equal(await text('one.txt'), 'newer one\n')
  assert.equal(await page.evaluate('window.attacked'), undefined)
  assert.deepEqual(me.complaints, [])
})

test('an upload can be cancelled: what has arrived stays, the rest is not sent', async () => {
  await using me = await guestPage(browser, server)
  const { page, guest } = me
  const id = await projectOf(me, { 'main.py': 'print(1)\n' })
  await openProject(me, id, 'main.py')
  for (let n = 0; n < 40; n++) await onDesktop({ [`slow/${n}.txt`]: `${n}\n` })
  // All but the first never get to the server.
  let asked = 0
  await page.route('**/files/slow/*', (route) => {
    asked += 1
    if (asked === 1) void route.continue()
  })
  await dropOn(page, '[data-path="main.py"]', [join(desktop, 'slow')])
  await page.getByText('Uploading … 1 of 40').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Stopped: 1 file of 40 uploaded.').waitFor()
  const { items } = (await (await guest.ask(`/api/v1/projects/${id}/files`)).json()) as { items: { path: string }[] }
  assert.equal(items.filter(({ path }) => path.startsWith('slow/')).length, 1)
  assert.ok(asked < 40, 'the rest was not even asked for')
})

test('a file that is pasted into the tree is there', async () => {
  await using me = await guestPage(browser, server)
  const { page } = me
  const id = await projectOf(me, { 'main.py': 'print(1)\n' })
  await openProject(me, id, 'main.py')
  await page.getByRole('tree').focus()
  await page.evaluate(`{
    const transfer = new DataTransfer()
    transfer.items.add(new File(['pasted'], 'from the clipboard.txt'))
    document.querySelector('[role="tree"]').dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
  }`)
  await page.locator('[data-path="from the clipboard.txt"]').waitFor()
})

test('pictures, bytes and long texts are shown, nothing of them runs, and looking changes no byte', async () => {
  await using me = await guestPage(browser, server)
  const { page, guest } = me
  const broken = Buffer.concat([Buffer.from('caf\xe9 in Latin-1, and UTF-8: é\n', 'latin1'), Buffer.from('é\u202egnp.exe\n')])
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>top.attacked='svg'</script><image href="/api/v1/session" onerror="top.attacked='svg'"/><circle cx="20" cy="20" r="18" fill="teal" onload="top.attacked='svg'"/></svg>`
  const polyglot = Buffer.concat([Buffer.from(`GIF89a/*<script>window.attacked='polyglot'</script>*/=1;`), randomBytes(64)])
  const long = `${'a line of a long log\n'.repeat(300_000)}the end\n`
  const html = `<script>window.attacked='html'</script>`
  const files: Readonly<Record<string, string | Buffer>> = {
    ...{ 'main.py': 'print(1)\n', 'dot.png': png, 'latin.txt': broken, 'drawing.svg': svg, 'poly.gif': polyglot },
    ...{ 'long.log': long, 'page.html': html, 'page.png': html, 'sound.wav': silence() },
    [`${attack}${'x'.repeat(150)}.bin`]: randomBytes(6000),
  }
  const id = await projectOf(me, {})
  for (const [path, content] of Object.entries(files)) {
    const body = new Uint8Array(Buffer.from(content))
    const headers = { 'content-type': 'application/octet-stream' }
    assert.equal((await guest.ask(fileAddress(id, path), { method: 'PUT', body, headers })).status, 201)
  }
  await openProject(me, id, 'main.py')
  const open = (path: string) => page.locator(`[data-path="${path}"]`).click()

  await open('dot.png')
  await page.getByText('1 × 1').waitFor()
  await open('sound.wav')
  assert.equal(
    await page.locator('audio').evaluate(
      (audio) =>
        new Promise((ready) => {
          const player = audio as unknown as { duration: number; addEventListener(name: string, then: () => void): void }
          if (player.duration > 0) ready(true)
          else player.addEventListener('loadedmetadata', () => ready(player.duration > 0))
        }),
    ),
    true,
  )
  await open('drawing.svg')
  await page.getByRole('button', { name: 'Picture' }).click()
  await page.locator('.svg-picture img').waitFor()
  await becomesTrue(page, `document.querySelector('.svg-picture img')?.naturalWidth === 40`)
  await shot(page, 'files-svg')
  await open('poly.gif')
  await page.getByText('This picture has 10799 × 29500 pixels, too many to be shown').waitFor()
  await open('page.png')
  await page.getByText('This picture cannot be shown').waitFor()
  await page.getByRole('region', { name: 'Beginning of page.png' }).getByText("<script>window.attacked='html'").waitFor()
  await open('latin.txt')
  await page.getByRole('button', { name: 'Show as text' }).click()
  await page.getByText('caf\uFFFD in Latin-1').waitFor()
  await shot(page, 'files-latin')
  await open('long.log')
  await page.getByText('is too much to edit here').waitFor()
  const shown = page.getByRole('region', { name: 'Beginning of long.log' })
  const before = (await shown.innerText()).length
  assert.ok(before > 100_000 && before <= 256 * 1024)
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByText('first 512 KB').waitFor()
  await shot(page, 'files-long')
  await page.locator('[data-kind="file"]').first().click()
  await page.getByText('This file is not text').waitFor()
  await shot(page, 'files-hex')

  for (const [path, content] of Object.entries(files)) {
    const raw = await guest.ask(fileAddress(id, path))
    assert.deepEqual(Buffer.from(await raw.arrayBuffer()).equals(Buffer.from(content)), true, `${path} was changed`)
    assert.equal(raw.headers.get('etag'), '"1"')
    assert.equal(raw.headers.get('x-content-type-options'), 'nosniff')
    assert.match(raw.headers.get('content-disposition') ?? '', /^attachment/)
    assert.match(raw.headers.get('content-security-policy') ?? '', /^sandbox/)
  }
  // Not even somebody who goes to its address sees the page that another user made.
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate(`location.href = ${JSON.stringify(fileAddress(id, 'page.html'))}`),
  ])
  assert.equal(await readFile(await download.path(), 'utf8'), String(files['page.html']))
  assert.equal(await page.evaluate('window.attacked'), undefined)
  assert.deepEqual(me.complaints, [])
})

test('a folder goes home as a zip file from its menu, and so does the project', async () => {
  await using me = await guestPage(browser, server)
  const { page } = me
  const id = await projectOf(me, { 'main.py': 'print(1)\n', 'src/a.py': '1\n', 'src/b.py': '2\n' })
  await openProject(me, id, 'main.py')
  await page.locator('[data-path="src"]').click({ button: 'right' })
  await shot(page, 'files-menu')
  const [folder] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Download as a zip file' }).click(),
  ])
  assert.equal(folder.suggestedFilename(), 'src.zip')
  const zip = await readFile(await folder.path(), 'latin1')
  assert.ok(zip.startsWith('PK') && zip.includes('src/a.py') && zip.includes('src/b.py') && !zip.includes('main.py'))
  await page.getByRole('tree').click({ button: 'right', position: { x: 100, y: 300 } })
  const [whole] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Download the project as a zip file' }).click(),
  ])
  assert.equal(whole.suggestedFilename(), 'Journey.zip')
  assert.ok((await readFile(await whole.path(), 'latin1')).includes('main.py'))
})

/** A tenth of a second of nothing. */
function silence(): Buffer {
  const samples = Buffer.alloc(800)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8000, 24)
  header.writeUInt32LE(8000, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples.fill(128)])
}
