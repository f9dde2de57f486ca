/** A real browser on a page of another site, with the cookies of somebody who is signed in here: nothing changes, nothing is read. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { guestPage, projectOf } from './guest-page.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

let server: ServerUnderTest
let browser: Browser
let page = ''
/** `127.0.0.1` is another site than `localhost`, where our server is. */
const evil = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page))

before(async () => {
  evil.listen(0, '127.0.0.1')
  await once(evil, 'listening')
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  evil.closeAllConnections()
  evil.close()
})

const evilUrl = (): string => `http://127.0.0.1:${(evil.address() as AddressInfo).port}/`

test('forms, fetches and sockets of another site change nothing with the cookie of somebody who is signed in, and read nothing', async () => {
  await using ada = await guestPage(browser, server)
  const id = await projectOf(ada, { 'secret.txt': 'the secret' })
  // As any page of ours sets it: a cookie that does not travel with what other sites send.
  await ada.page.goto(`${server.url}/projects/${id}`)
  const project = `${server.url}/api/v1/projects/${id}`

  page = `<form id="f" method="post" enctype="text/plain" target="_self" action="${server.url}/api/v1/projects">
    <input name='{"name":"Forged","x":"' value='"}'></form>`
  for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    page = page.replace(/enctype="[^"]*"/, `enctype="${enctype}"`)
    await ada.page.goto(evilUrl())
    const [answer] = await Promise.all([
      ada.page.waitForResponse((response) => response.request().method() === 'POST'),
      // To its end: otherwise it gets in the way of what comes next.
      ada.page.waitForURL(`${server.url}/api/v1/projects`),
      ada.page.evaluate('document.forms[0].submit()'),
    ])
    assert.equal(answer.status(), 403, enctype)
  }

  page = '<title>another site</title>'
  await ada.page.goto(evilUrl())
  const tried = await ada.page.evaluate(
    async ([project = '', socket = '']) => {
      const attempt = async (path: string, init: RequestInit): Promise<string> =>
        fetch(project + path, { credentials: 'include', ...init }).then(
          async (response) => (response.type === 'opaque' ? 'opaque' : `${response.status} ${await response.text()}`),
          () => 'refused by the browser',
        )
      const outcomes: Record<string, string> = {
        'read a file': await attempt('/files/secret.txt', {}),
        'read a file without CORS': await attempt('/files/secret.txt', { mode: 'no-cors' }),
        'save with text/plain': await attempt('/files/secret.txt', { method: 'PUT', body: 'forged' }),
        'post with text/plain': await attempt('/folders', { method: 'POST', mode: 'no-cors', body: '{"path":"forged"}' }),
        delete: await attempt('', { method: 'DELETE' }),
        'fork without CORS': await attempt('/fork', { method: 'POST', mode: 'no-cors' }),
        'move as the page goes': await attempt('/move', {
          ...{ method: 'POST', mode: 'no-cors', keepalive: true, body: '{"from":"secret.txt","to":"forged.txt"}' },
        }),
      }
      outcomes['open a socket'] = await new Promise<string>((done) => {
        const opened = new WebSocket(socket)
        opened.onopen = () => done('opened')
        opened.onerror = () => done('refused')
      })
      return outcomes
    },
    [project, `${server.url.replace('http', 'ws')}/api/v1/socket`],
  )
  for (const [what, outcome] of Object.entries(tried)) assert.match(outcome, /^(refused|opaque)/, what)
  assert.equal(tried['open a socket'], 'refused')

  page = `<iframe id="f" src="${server.url}/projects/${id}"></iframe>`
  await ada.page.goto(evilUrl())
  await ada.page.locator('#f').waitFor()
  const frame = ada.page.frames().find((each) => each !== ada.page.mainFrame())
  assert.ok(!(await frame?.content().catch(() => ''))?.includes('secret.txt'), 'no page of ours in a frame of theirs')

  const { items } = (await (await ada.guest.ask('/api/v1/projects')).json()) as { items: { id: string }[] }
  assert.deepEqual(
    items.map((each) => each.id),
    [id],
  )
  const tree = (await (await ada.guest.ask(`/api/v1/projects/${id}/files`)).json()) as {
    items: { path: string; version: number }[]
  }
  assert.deepEqual(
    tree.items.map(({ path, version }) => [path, version]),
    [['secret.txt', 1]],
  )
})
