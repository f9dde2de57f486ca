// A folder of 5,000 files, from the click on it to its rows on the screen, and a folder in it: ours and code-server, in turns
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { sessionCookie } from '@atelier/protocol/sessions'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../page/chromium.ts'
import { startCodeServer, untilSettled } from '../page/code-server.ts'
import { startServerProcess } from '../server-process.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: process.env.ATELIER_BENCH_ROUNDS ?? '7' },
    files: { type: 'string', default: '5000' },
  },
})
const [rounds, files] = [Number(values.rounds), Number(values.files)]
const nested = 500
const longestMs = 60_000
const uploadsAtOnce = 16

/** `many` holds the files and, first, the folder `inner`. */
const paths = [
  'main.py',
  ...Array.from({ length: files }, (_, n) => `many/file-${n}.py`),
  ...Array.from({ length: nested }, (_, n) => `many/inner/part-${n}.py`),
]
const contentOf = (path: string): string => `print(${JSON.stringify(path)})\n`

type Contender = {
  readonly name: 'ours' | 'codeServer'
  open(browser: Browser): Promise<Page>
  /** The row of a path. */
  row(path: string): string
}
/** `openMs`: from the start of the navigation until the tree is there and takes a click. */
type Taken = { readonly openMs: number; readonly folderMs: number; readonly nestedMs: number }

/** In the page: from the moment the browser got the click to the end of the frame that shows the row. A plain string: no part of this program. */
const watch = `
window.shownAfter = (clicked, wanted) => new Promise((done) => {
  let from
  document.querySelector(clicked).ownerDocument.addEventListener('pointerdown', (event) => { from = event.timeStamp }, { capture: true, once: true })
  const look = () => {
    if (from === undefined || document.querySelector(wanted) === null) return requestAnimationFrame(look)
    const channel = new MessageChannel()
    channel.port1.onmessage = () => done(performance.now() - from)
    channel.port2.postMessage(null)
  }
  requestAnimationFrame(look)
})
`

async function clickUntil(page: Page, { row }: Contender, folder: string, first: string): Promise<number> {
  const shown = page.evaluate(`window.shownAfter(${JSON.stringify(row(folder))}, ${JSON.stringify(row(first))})`)
  await page.locator(row(folder)).first().click()
  return (await shown) as number
}

async function measure(browser: Browser, contender: Contender): Promise<Taken> {
  const page = await contender.open(browser)
  try {
    const began = performance.now()
    await page.locator(contender.row('many')).first().waitFor({ timeout: longestMs })
    const openMs = performance.now() - began
    await untilSettled(page)
    const folderMs = await clickUntil(page, contender, 'many', 'many/file-0.py')
    await new Promise((next) => setTimeout(next, 500))
    const nestedMs = await clickUntil(page, contender, 'many/inner', 'many/inner/part-0.py')
    return { openMs, folderMs, nestedMs }
  } finally {
    await page.context().close()
  }
}

async function ours(url: string): Promise<Contender> {
  const created = await fetch(`${url}/api/v1/sessions`, { method: 'POST' })
  const { token } = (await created.json()) as { token: string }
  const headers = { authorization: `Bearer ${token}` }
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url + path, { ...init, headers: { ...headers, ...init.headers } })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return response
  }
  const project = await ask('/api/v1/projects', {
    ...{ method: 'POST', body: JSON.stringify({ name: 'Tree' }), headers: { 'content-type': 'application/json' } },
  })
  const { id } = (await project.json()) as { id: string }
  const rest = paths.values()
  const lane = async (): Promise<void> => {
    for (const path of rest)
      await ask(`/api/v1/projects/${id}/files/${path}`, {
        ...{ method: 'PUT', body: contentOf(path), headers: { 'content-type': 'application/octet-stream' } },
      })
  }
  await Promise.all(Array.from({ length: uploadsAtOnce }, lane))
  return {
    name: 'ours',
    row: (path) => `[data-path="${path}"]`,
    async open(browser) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
      await context.addCookies([{ name: sessionCookie, value: token, url }])
      const page = await context.newPage()
      await page.addInitScript(watch)
      await page.goto(`${url}/projects/${id}?file=main.py`, { waitUntil: 'commit' })
      return page
    },
  }
}

const theirs = (url: string): Contender => ({
  name: 'codeServer',
  row: (path) => `.explorer-folders-view .monaco-list-row[aria-label^="${path.slice(path.lastIndexOf('/') + 1)}"]`,
  async open(browser) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    await page.addInitScript(watch)
    await page.goto(url, { waitUntil: 'commit' })
    return page
  },
})

const folder = await mkdtemp(join(tmpdir(), 'atelier-tree-'))
const server = await startServerProcess({
  ATELIER_TOOLCHAIN: 'off',
  ATELIER_WARM_SANDBOXES: '0',
  ATELIER_ISOLATIONS: 'container',
})
const browser = await launchChromium()
let codeServer: Awaited<ReturnType<typeof startCodeServer>> = null
try {
  for (const path of paths) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await writeFile(join(folder, path), contentOf(path))
  }
  codeServer = await startCodeServer(folder)
  const contenders = [await ours(server.url), ...(codeServer === null ? [] : [theirs(codeServer.url)])]
  const taken = new Map<string, Taken[]>(contenders.map(({ name }) => [name, []]))
  // One visit each that does not count: the first fills caches and compiles.
  for (let round = 0; round <= rounds; round += 1)
    for (const contender of contenders) {
      const found = await measure(browser, contender)
      if (round === 0) continue
      taken.get(contender.name)?.push(found)
      const say = `${round} ${contender.name.padEnd(10)}  tree there ${found.openMs.toFixed(0).padStart(5)} ms`
      console.log(
        `${say}  ${files} files ${found.folderMs.toFixed(1).padStart(6)} ms  folder in it ${found.nestedMs.toFixed(1).padStart(6)} ms`,
      )
    }
  const of = (name: string, part: keyof Taken): number | null => {
    const all = taken.get(name) ?? []
    return all.length === 0 ? null : Number(median(all.map((each) => each[part])).toFixed(1))
  }
  const ratio = (part: keyof Taken): number | null => {
    const [mine, reference] = [of('ours', part), of('codeServer', part)]
    return mine === null || reference === null ? null : Number((mine / reference).toFixed(3))
  }
  const all = (name: string) => ({ openMs: of(name, 'openMs'), folderMs: of(name, 'folderMs'), nestedMs: of(name, 'nestedMs') })
  console.log(
    `\n${JSON.stringify({
      ...{ files, ours: all('ours'), codeServer: codeServer === null ? null : all('codeServer') },
      ...{ openRatio: ratio('openMs'), folderRatio: ratio('folderMs'), nestedRatio: ratio('nestedMs') },
    })}`,
  )
} finally {
  await browser.close()
  await codeServer?.stop()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
