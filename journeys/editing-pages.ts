/** Pages that edit one file together: what their people do to it, and what all of them then have. */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { Guest } from './guest.ts'
import { fileAddress, type GuestPage, guestPage, letIn, openProject, rename } from './guest-page.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** For a context: its pages may read what they copy. */
export const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] }

/** Somebody else who may edit the project of `owner`, in a browser of their own. */
export async function anotherPage(
  browser: Browser,
  server: ServerUnderTest,
  owner: GuestPage,
  id: string,
  name: string,
): Promise<GuestPage> {
  const other = await guestPage(browser, server, clipboard)
  await rename(other.guest, name)
  await letIn(owner.guest, id, other.guest)
  return other
}

export const editorOf = (page: Page) => page.locator('.monaco-editor .view-lines, .cm-content').first()
export const savedIn = (page: Page) => page.locator('[data-save="saved"]').waitFor()

/** The room has answered: from now on every key goes to the others. */
export async function isShared(page: Page): Promise<void> {
  await page.locator('.surface[data-surface]').waitFor()
  await savedIn(page)
}

export async function openTogether(people: readonly GuestPage[], id: string): Promise<void> {
  for (const person of people) {
    await openProject(person, id)
    await isShared(person.page)
  }
}

/** By no click: a list of suggestions may lie over the text. */
async function focusEditor(page: Page): Promise<void> {
  await page.bringToFront()
  await page.locator('.monaco-editor .native-edit-context, .monaco-editor textarea.inputarea, .cm-content').first().focus()
  await page.keyboard.press('Escape')
}

/** Puts the caret to the beginning or the end of the text. */
export async function goTo(page: Page, place: 'Home' | 'End'): Promise<void> {
  await focusEditor(page)
  await page.keyboard.press(`Control+${place}`)
}

/** As a person takes it: everything selected and copied. The context must allow the clipboard. */
export async function textIn(page: Page): Promise<string> {
  await focusEditor(page)
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Control+C')
  const text = await page.evaluate<string>('navigator.clipboard.readText()')
  await page.keyboard.press('ArrowRight')
  return text
}

export async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
  await page.keyboard.press('Control+V')
}

export const textByRest = async (guest: Guest, id: string, path: string): Promise<string> =>
  (await guest.ask(fileAddress(id, path))).text()

/** Waits until all pages and the REST interface have one text, and answers it. */
export async function oneText(pages: readonly Page[], guest: Guest, id: string, path: string): Promise<string> {
  for (const page of pages) await savedIn(page)
  let texts: string[] = []
  // What is under way reaches everybody within moments, on a busy machine within more; a text that stays apart fails.
  for (let left = 200; left > 0; left -= 1) {
    texts = [await textByRest(guest, id, path)]
    for (const page of pages) texts.push(await textIn(page))
    if (texts.every((text) => text === texts[0])) return texts[0] ?? ''
    await pause(100)
  }
  assert.deepEqual(texts, Array(texts.length).fill(texts[0]))
  return ''
}

/** What somebody does who does not look: keys from a list, in an order given by a seed. */
export async function typeWildly(page: Page, seed: number, keys: number): Promise<void> {
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
