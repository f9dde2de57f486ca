/** A guest at a browser of their own, and the same guest as a script: what one does, the other can check. */
import assert from 'node:assert/strict'
import { sessionCookie } from '@atelier/protocol/sessions'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { complaintsOf } from './browser.ts'
import { Guest } from './guest.ts'
import type { ServerUnderTest } from './server-under-test.ts'

export type GuestPage = AsyncDisposable & {
  readonly guest: Guest
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: readonly string[]
}

export async function guestPage(
  browser: Browser,
  server: ServerUnderTest,
  options: BrowserContextOptions = {},
): Promise<GuestPage> {
  const guest = await Guest.of(server)
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  await context.addCookies([{ name: sessionCookie, value: guest.token, url: server.url }])
  const page = await context.newPage()
  return { guest, context, page, complaints: complaintsOf(page), [Symbol.asyncDispose]: () => context.close() }
}

/** A project with these files; its id. */
export async function projectOf({ guest }: GuestPage, files: Readonly<Record<string, string>>): Promise<string> {
  const created = await guest.ask('/api/v1/projects', { json: { name: 'Journey' } })
  const { id } = (await created.json()) as { id: string }
  for (const [path, body] of Object.entries(files)) await putFile(guest, id, path, body)
  return id
}

export const fileAddress = (id: string, path: string): string =>
  `/api/v1/projects/${id}/files/${path.split('/').map(encodeURIComponent).join('/')}`

export async function putFile(guest: Guest, id: string, path: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' }
  const response = await guest.ask(fileAddress(id, path), { method: 'PUT', body, headers })
  assert.ok(response.ok, `${response.status} ${await response.text()}`)
}

/** Goes to a project and waits until the editor can be typed into. */
export async function openProject({ page, guest }: GuestPage, id: string, path?: string): Promise<void> {
  await page.goto(`${guest.url}/projects/${id}${path === undefined ? '' : `?file=${encodeURIComponent(path)}`}`)
  await page.locator('.surface[data-surface="monaco"]').waitFor({ state: 'attached' })
}

/** Joins by the API, without a click; the role that the link gives. */
export async function letIn(owner: Guest, id: string, other: Guest, role: 'editor' | 'viewer' = 'editor'): Promise<void> {
  const made = await owner.ask(`/api/v1/projects/${id}/share-links`, { json: { role, expiresInHours: 1 } })
  const { token } = (await made.json()) as { token: string }
  const joined = await other.ask(`/api/v1/share-links/${token}/join`, { method: 'POST' })
  assert.equal(joined.status, 200, await joined.text())
}

export async function rename(guest: Guest, name: string): Promise<void> {
  const response = await guest.ask('/api/v1/session', { method: 'PATCH', json: { name } })
  assert.equal(response.status, 200, await response.text())
}

export const tree = (page: Page) => page.getByRole('tree', { name: 'Project files' })
export const peopleButton = (page: Page) => page.getByRole('button', { name: /^People/ })
/** Waits until so many are shown to be here. */
export const peopleAre = (page: Page, count: number) => page.getByRole('button', { name: `People: ${count} here` }).waitFor()
