/** What the editor page promises about text, names, saving, small screens and the keyboard, in a real browser. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { complaintsOf, holdScripts, openBrowser } from './browser.ts'
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

type Visitor = AsyncDisposable & { readonly page: Page; readonly projectUrl: string; readonly filesUrl: string }

/** A new visitor with an empty project of their own. */
async function visitor(options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  await page.request.get(server.url)
  const created = await page.request.post(`${server.url}/api/v1/projects`, { data: { name: 'Journey' } })
  const { id } = (await created.json()) as { id: string }
  return {
    ...{ page, projectUrl: `${server.url}/projects/${id}`, filesUrl: `${server.url}/api/v1/projects/${id}/files` },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

async function put({ page, filesUrl }: Visitor, path: string, text: string): Promise<void> {
  const address = `${filesUrl}/${path.split('/').map(encodeURIComponent).join('/')}`
  const response = await page.request.put(address, {
    data: Buffer.from(text),
    headers: { 'content-type': 'application/octet-stream' },
  })
  assert.ok(response.ok(), `${response.status()} ${await response.text()}`)
}

async function textOnServer({ page, filesUrl }: Visitor, path: string): Promise<string> {
  return (await page.request.get(`${filesUrl}/${encodeURIComponent(path)}`)).text()
}

const editorIsThere = (page: Page) => page.locator('.surface[data-surface="monaco"]').waitFor()
const saved = (page: Page) => page.locator('[data-save="saved"]').waitFor()
const tree = (page: Page) => page.getByRole('tree', { name: 'Project files' })

test('text that looks like markup stays text, in the first response and in the editor', async () => {
  await using someone = await visitor()
  const { page, projectUrl } = someone
  const complaints = complaintsOf(page)
  const hostile =
    '\n</textarea><script>document.title = "broken in"</script><!-- &amp; &lt; ]]> \u2028 "\' \n<img src=x onerror="document.title=\'broken in\'">\n'
  await put(someone, 'page.html', hostile)
  const response = await page.goto(projectUrl)
  assert.match(response?.headers()['content-security-policy'] ?? '', /script-src 'self' 'sha256-[^']+';.*frame-ancestors 'none'/)
  await editorIsThere(page)
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('end')
  await saved(page)
  assert.equal(await textOnServer(someone, 'page.html'), `${hostile}end`)
  assert.doesNotMatch(await page.title(), /broken in/)
  assert.deepEqual(complaints, [])
})

test('names with quotes and markup are shown as they are, everywhere', async () => {
  await using someone = await visitor()
  const { page, projectUrl } = someone
  const complaints = complaintsOf(page)
  const name = `<img src=x onerror=alert(1)>"'&quot;.py`
  await put(someone, name, 'print("fine")\n')
  await put(someone, `a"><script>alert(2)<folder/x.txt`, '')
  await page.request.patch(projectUrl.replace('/projects/', '/api/v1/projects/'), { data: { name: '</script><b>bold</b>' } })
  let alerts = 0
  page.on('dialog', (dialog) => {
    alerts += 1
    void dialog.dismiss()
  })
  await page.goto(`${projectUrl}?file=${encodeURIComponent(name)}`)
  await editorIsThere(page)
  await tree(page).getByText(name, { exact: true }).waitFor()
  await page.getByRole('tab').getByText(name, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Project </script><b>bold</b>' }).waitFor()
  await page.keyboard.press('Control+P')
  await page.getByRole('dialog').getByText(name, { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.goto(`${projectUrl}?file=${encodeURIComponent('"><script>alert(3)</script>')}`)
  await page.getByText('There is no file').waitFor()
  assert.equal(alerts, 0)
  assert.deepEqual(complaints, [])
})

test('what is typed before any script has come is kept, with the caret where it was', async () => {
  await using someone = await visitor()
  const { page, projectUrl } = someone
  await put(someone, 'main.py', 'print("second")\n')
  const release = await holdScripts(page)
  await page.goto(projectUrl, { waitUntil: 'commit' })
  await page.locator('#first-text:focus').waitFor()
  await page.keyboard.type('print("first")\n')
  release()
  await editorIsThere(page)
  await page.keyboard.type('# between\n')
  await saved(page)
  assert.equal(await textOnServer(someone, 'main.py'), 'print("first")\n# between\nprint("second")\n')
})

test('Run pressed before any script has come is done when they have', async () => {
  await using someone = await visitor()
  const { page, projectUrl } = someone
  await put(someone, 'main.py', 'print("it ran")\n')
  const release = await holdScripts(page)
  await page.goto(projectUrl, { waitUntil: 'commit' })
  await page.locator('#first-text:focus').waitFor()
  await page.keyboard.press('Control+Enter')
  release()
  await page.getByRole('log', { name: 'Program output' }).getByText('it ran').waitFor()
})

test('a file that is not text is not torn apart: it is offered for download', async () => {
  await using someone = await visitor()
  const { page, projectUrl, filesUrl } = someone
  await page.request.put(`${filesUrl}/data.bin`, { data: Buffer.from([0, 255, 254, 10, 13]) })
  await page.goto(projectUrl)
  await page.getByText('This file is not text').waitFor()
  await page.getByRole('link', { name: 'Download' }).waitFor()
})

test('files that a program makes are offered: to save on this device, and to put into the project', async () => {
  await using someone = await visitor()
  const { page, projectUrl } = someone
  await put(someone, 'main.py', 'import os\nos.makedirs("out")\nopen("out/<b>.txt", "w").write("made")\nopen("two.txt", "w")')
  await page.goto(projectUrl)
  await editorIsThere(page)
  await page.getByRole('button', { name: /^Run/ }).click()
  const made = page.getByRole('region', { name: 'Files that the program made' })
  await made.waitFor()
  assert.match((await made.textContent()) ?? '', /The program made 2 files.*two\.txt.*out\/<b>\.txt.*4 B/)
  const [download] = await Promise.all([page.waitForEvent('download'), made.getByRole('link', { name: /<b>/ }).click()])
  assert.equal(await readFile(await download.path(), 'utf8'), 'made')
  await made.getByRole('button', { name: 'Add to the project' }).click()
  await page.getByText('Uploaded 2 files.').waitFor()
  await tree(page).getByText('two.txt').waitFor()
  assert.equal(await (await page.request.get(`${someone.filesUrl}/out/%3Cb%3E.txt`)).text(), 'made')
  if (process.env.ATELIER_SCREENSHOT !== undefined) await page.screenshot({ path: process.env.ATELIER_SCREENSHOT })
})

test('at 390 pixels there is one panel at a time, and a program can be answered', async () => {
  await using someone = await visitor({ viewport: { width: 390, height: 844 } })
  const { page, projectUrl } = someone
  await put(someone, 'main.py', 'name = input("Name? ")\nprint("hello", name)\n')
  await put(someone, 'other.txt', 'other text\n')
  await page.goto(projectUrl)
  await editorIsThere(page)
  const panels = page.getByRole('navigation', { name: 'Panels' })
  await panels.getByRole('button', { name: 'Files' }).click()
  await page.locator('.monaco-editor').first().waitFor({ state: 'hidden' })
  await tree(page).getByText('other.txt').click()
  await page.locator('.view-lines').getByText('other text').waitFor()
  await panels.getByRole('button', { name: 'Files' }).click()
  await tree(page).getByText('main.py').click()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const input = page.getByRole('textbox', { name: 'Input for the program' })
  await input.fill('Ada')
  await input.press('Enter')
  await page.getByRole('log').getByText('hello Ada').waitFor()
  const width = await page.evaluate('document.documentElement.scrollWidth')
  assert.equal(width, 390)
})

test('everything goes by keyboard: make a file, write, run, answer, rename, delete, undo', async () => {
  await using someone = await visitor()
  const { page, projectUrl } = someone
  const complaints = complaintsOf(page)
  await page.goto(projectUrl)
  await page.locator('.surface[data-surface="monaco"]').waitFor({ state: 'attached' })
  await page.keyboard.press('Control+Shift+P')
  await page.keyboard.type('new file')
  await page.getByRole('option', { name: /New file/, selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Name of the new file' }).and(page.locator(':focus')).waitFor()
  await page.keyboard.type('a\\b.py')
  await page.getByRole('alert').getByText('backslash').waitFor()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('ask.py')
  await page.keyboard.press('Enter')
  await page.getByRole('tab', { name: /ask\.py/ }).waitFor()
  await page.locator('.monaco-editor.focused, .monaco-editor .focused').first().waitFor()
  // Brackets and quotes that the editor closes by itself are typed over.
  await page.keyboard.type('name = input("Name? ")\nprint("hello", name)\n')
  await page.keyboard.press('Control+Enter')
  await page.locator('.input-line[data-waiting="true"] input:focus').waitFor()
  await page.keyboard.type('Grace')
  await page.keyboard.press('Enter')
  await page.getByRole('log').getByText('hello Grace').waitFor()
  await page.keyboard.press('Control+Shift+E')
  await page.locator('[role="tree"]:focus').waitFor()
  await page.keyboard.press('F2')
  await page.getByRole('textbox', { name: 'New name of ask.py' }).and(page.locator(':focus')).waitFor()
  await page.keyboard.type('answer')
  await page.keyboard.press('Enter')
  await tree(page).getByRole('treeitem', { name: 'answer.py' }).waitFor()
  await page.locator('[role="tree"]:focus').waitFor()
  await page.keyboard.press('Delete')
  await tree(page).getByRole('treeitem', { name: 'answer.py' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await tree(page).getByRole('treeitem', { name: 'answer.py' }).waitFor()
  assert.equal(await textOnServer(someone, 'answer.py'), 'name = input("Name? ")\nprint("hello", name)\n')
  assert.deepEqual(complaints, [])
})
