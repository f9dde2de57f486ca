/** Debian's chromium, driven as a person would. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'

export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  // It leaves files of its own behind now and then, which are ours to remove.
  const temporaryFolder = mkdtempSync(join(tmpdir(), 'atelier-browser-'))
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    env: { ...process.env, TMPDIR: temporaryFolder },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
  // Its processes may still be writing there for a moment.
  browser.on('disconnected', () => rmSync(temporaryFolder, { recursive: true, force: true, maxRetries: 20 }))
  return browser
}

/** A picture for people to look at, where the environment names a folder for it. */
export async function shot(page: Page, name: string): Promise<void> {
  if (process.env.ATELIER_SCREENSHOTS !== undefined)
    await page.screenshot({ path: `${process.env.ATELIER_SCREENSHOTS}/${name}.png` })
}

/** What the page complained about in the console; empty when all is well. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return complaints
}

/**
 * Waits until what `expression` says is so in the page. Not Playwright's waitForFunction: from the second look on it evaluates within the
 * page, which our Content-Security-Policy refuses.
 */
export async function becomesTrue(page: Page, expression: string): Promise<void> {
  for (let left = 300; !(await page.evaluate<boolean>(expression)); left -= 1) {
    assert.ok(left > 0, `never so: ${expression}`)
    await pause(100)
  }
}

/** Replaces the text of the open file, as somebody who selects all and pastes. The context must allow the clipboard. */
export async function replaceText(page: Page, text: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Control+V')
}

/** Keeps every script of the page away, until what it answers is called: the network is slow. */
export async function holdScripts(page: Page): Promise<() => void> {
  let release = (): void => {}
  const held = new Promise<void>((done) => {
    release = done
  })
  await page.route('**/assets/*.js', async (route) => {
    await held
    await route.continue()
  })
  return release
}
