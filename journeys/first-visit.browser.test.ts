/** What a new user does: opens the printed address, runs programs, talks to them, stops one, comes back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ensureToolchainForTests } from '@atelier/sandbox/toolchain/test-toolchain'
import type { Browser, Page } from 'playwright-core'
import { complaintsOf, openBrowser, replaceText } from './browser.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

let server: ServerUnderTest
let browser: Browser

before(async () => {
  await ensureToolchainForTests()
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function visit(): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(server.url)
  await editorIsThere(page)
  return { page, complaints }
}

const editorIsThere = (page: Page) => page.locator('.surface[data-surface="monaco"]').waitFor()
const outputOf = (page: Page) => page.getByRole('log', { name: 'Program output' })
const run = (page: Page) => page.getByRole('button', { name: /^Run/ }).click()

/** Waits until the output shows the text. */
async function shows(page: Page, text: string | RegExp): Promise<void> {
  await outputOf(page).getByText(text).first().waitFor()
}

async function answer(page: Page, line: string): Promise<void> {
  const input = page.getByRole('textbox', { name: 'Input for the program' })
  await input.fill(line)
  await input.press('Enter')
}

async function newProject(page: Page, template: string): Promise<void> {
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type('New project')
  await page.getByRole('option', { name: /New project …/ }).click()
  await page
    .getByRole('dialog')
    .getByRole('strong')
    .filter({ hasText: new RegExp(`^${template}$`) })
    .click()
  const before = page.url()
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.waitForURL((url) => url.href !== before)
  await editorIsThere(page)
}

test('the first page is a project that runs: Python asks for two inputs and gets them', async () => {
  const { page, complaints } = await visit()
  await replaceText(page, 'first = input("First? ")\nsecond = input("Second? ")\nprint(f"{first} and {second}")\n')
  await run(page)
  await shows(page, 'First?')
  await answer(page, 'Ada')
  await shows(page, 'Second?')
  await answer(page, 'Grace')
  await shows(page, 'Ada and Grace')
  await page.getByText('The program ended well.').waitFor()
  assert.deepEqual(complaints, [])
  await page.context().close()
})

for (const [template, input] of [
  ['Go', null],
  ['Rust', '3 1 2'],
] as const)
  test(`a ${template} project from its template compiles and runs`, async () => {
    const { page } = await visit()
    await newProject(page, template)
    await run(page)
    if (input !== null) {
      await shows(page, 'Some numbers')
      await answer(page, input)
    }
    await page.getByText('The program ended well.').waitFor()
    assert.notEqual((await outputOf(page).innerText()).trim(), '')
    await page.context().close()
  })

test('an endless loop is stopped with the Stop button, and the next run works', async () => {
  const { page } = await visit()
  await replaceText(page, 'while True:\n    pass\n')
  await run(page)
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.locator('.result').getByText('Stopped.').waitFor()
  await replaceText(page, 'print("alive again")\n')
  await run(page)
  await shows(page, 'alive again')
  await page.context().close()
})

test('after a reload the files are there as they were left, and a program that runs is still running', async () => {
  const { page } = await visit()
  await replaceText(page, 'print("kept text")\nname = input("still there? ")\nprint("yes,", name)\n')
  await run(page)
  await shows(page, 'still there?')
  await page.reload()
  await page.locator('.monaco-editor').first().waitFor()
  await page.locator('.view-lines').getByText('kept text').first().waitFor()
  await shows(page, 'still there?')
  await answer(page, 'Ada')
  await shows(page, 'yes, Ada')
  await page.context().close()
})

test('a program that breaks says so: the error in the output, the exit code in the result', async () => {
  const { page } = await visit()
  await replaceText(page, 'print(1 / 0)\n')
  await run(page)
  await shows(page, /ZeroDivisionError/)
  await page.getByText('The program ended with exit code 1.').waitFor()
  await page.context().close()
})

test("another visitor cannot open this visitor's project", async () => {
  const { page } = await visit()
  const address = page.url()
  const stranger = await browser.newContext()
  const other = await stranger.newPage()
  const response = await other.goto(address)
  assert.equal(response?.status(), 404)
  await stranger.close()
  await page.context().close()
})
