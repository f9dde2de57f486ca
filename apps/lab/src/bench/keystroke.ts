// From a key to its paint: alone in a file, while 20 others type in it too, and alone in code-server, in turns
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sessionCookie } from '@atelier/protocol/sessions'
import type { CDPSession } from 'playwright-core'
import { type Load, startLoad } from '../documents/load-process.ts'
import { startOurServer } from '../documents/our-server.ts'
import { launchChromium } from '../page/chromium.ts'
import { startCodeServer, untilSettled } from '../page/code-server.ts'
import { median, percentile } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: process.env.ATELIER_BENCH_ROUNDS ?? '3' },
    others: { type: 'string', default: '20' },
    keys: { type: 'string', default: '80' },
  },
})
const [rounds, others, keys] = [Number(values.rounds), Number(values.others), Number(values.keys)]
const keyEveryMs = 120
const paintedMs = 10_000
const openMs = 60_000
const othersKeysPerSecond = 5

/** In the page: from the moment the browser got the key to the end of the frame that shows it. A plain string: no part of this program. */
const watch = `
window.strokes = []
addEventListener('keydown', (event) => {
  if (event.key !== 'x') return
  requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => window.strokes.push(performance.now() - event.timeStamp)
    channel.port2.postMessage(null)
  })
}, true)
`

const control = 2

async function press(cdp: CDPSession, key: string, code: string, windowsVirtualKeyCode: number, modifiers = 0): Promise<void> {
  for (const type of ['rawKeyDown', 'keyUp'] as const)
    await cdp.send('Input.dispatchKeyEvent', { type, key, code, windowsVirtualKeyCode, modifiers })
}

/** Each turn begins with an empty file: no line grows longer in one editor than in the other, and the others type where it can be seen. */
async function emptyFile(cdp: CDPSession): Promise<void> {
  await press(cdp, 'Escape', 'Escape', 27)
  await press(cdp, 'a', 'KeyA', 65, control)
  await press(cdp, 'Delete', 'Delete', 46)
  await new Promise((next) => setTimeout(next, 500))
}

async function typeKeys(cdp: CDPSession): Promise<number[]> {
  await cdp.send('Runtime.evaluate', { expression: 'window.strokes = []' })
  for (let typed = 0; typed < keys; typed += 1) {
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', text: 'x', key: 'x', code: 'KeyX', windowsVirtualKeyCode: 88 })
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'x', code: 'KeyX', windowsVirtualKeyCode: 88 })
    await new Promise((next) => setTimeout(next, keyEveryMs))
  }
  for (const deadline = Date.now() + paintedMs; ; await new Promise((next) => setTimeout(next, 200))) {
    const { result } = await cdp.send('Runtime.evaluate', { expression: 'JSON.stringify(window.strokes)' })
    const strokes = JSON.parse(String(result.value)) as number[]
    if (strokes.length === keys) return strokes
    if (Date.now() > deadline) throw new Error(`of ${keys} keys ${strokes.length} were painted`)
  }
}

async function typeAlone(cdp: CDPSession): Promise<number[]> {
  await emptyFile(cdp)
  return typeKeys(cdp)
}

async function amongOthers(load: Load, room: Parameters<typeof connect>[1], cdp: CDPSession): Promise<number[]> {
  await emptyFile(cdp)
  await connect(load, room)
  const seconds = (keys * keyEveryMs * 1.5) / 1000
  const typing = load.tell({ do: 'type', seconds, keysPerSecond: othersKeysPerSecond, seed: 1 })
  // Whatever fails below is told first.
  typing.catch(() => {})
  await new Promise((next) => setTimeout(next, 1000))
  const strokes = await typeKeys(cdp)
  const { missing } = await typing
  if (missing > 0) console.log(`${missing} edits did not arrive`)
  await load.tell({ do: 'leave' })
  return strokes
}

const connect = (load: Load, room: Awaited<ReturnType<typeof server.documents>>[number]) =>
  load.tell({ do: 'connect', rooms: [room], members: others, atOnce: 5 })

const editorInput = '.monaco-editor .native-edit-context, .monaco-editor textarea.inputarea'

/** A page in which a file of code-server can be typed into; null without it. */
async function openCodeServer(): Promise<CDPSession | null> {
  if (codeServer === null) return null
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.addInitScript(watch)
  await page.goto(codeServer.url)
  await page.locator('.explorer-folders-view .monaco-list-row[aria-label^="main.py"]').dblclick({ timeout: openMs })
  await page.locator('.monaco-editor .view-lines').first().waitFor({ timeout: openMs })
  await untilSettled(page)
  await page.locator(editorInput).first().focus()
  return context.newCDPSession(page)
}

const folder = await mkdtemp(join(tmpdir(), 'atelier-keystroke-'))
await writeFile(join(folder, 'main.py'), '')
const codeServer = await startCodeServer(folder)
const server = await startOurServer()
const load = startLoad()
const browser = await launchChromium()
try {
  const [file] = await server.files(1, others + 2)
  if (file === undefined) throw new Error('no file')
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  await context.addCookies([{ name: sessionCookie, value: file.token, url: server.server.url }])
  const page = await context.newPage()
  await page.addInitScript(watch)
  await page.goto(`${server.server.url}/projects/${file.project}`)
  await page.locator('.surface[data-surface="monaco"]').waitFor()
  await page.locator('[data-save="saved"]').waitFor()
  await page.locator(editorInput).first().focus()
  const cdp = await context.newCDPSession(page)
  const theirs = await openCodeServer()
  await typeKeys(cdp)
  if (theirs !== null) await typeKeys(theirs)
  const [alone, together, reference]: [number[][], number[][], number[][]] = [[], [], []]
  for (let round = 1; round <= rounds; round += 1) {
    alone.push(await typeAlone(cdp))
    together.push(await amongOthers(load, server.addressOf(file), cdp))
    if (theirs !== null) reference.push(await typeAlone(theirs))
    const say = (strokes: readonly number[] = []) =>
      `p50 ${percentile(strokes, 0.5).toFixed(1)} p95 ${percentile(strokes, 0.95).toFixed(1)} ms`
    const beside = theirs === null ? '' : `   code-server ${say(reference.at(-1))}`
    console.log(`round ${round}   alone ${say(alone.at(-1))}   with ${others} others typing ${say(together.at(-1))}${beside}`)
  }
  const of = (all: readonly number[][], share: number): number =>
    Number(median(all.map((strokes) => percentile(strokes, share))).toFixed(1))
  const ratio = (mine: number, of: number): number => Number((mine / of).toFixed(3))
  const [aloneP95Ms, togetherP95Ms] = [of(alone, 0.95), of(together, 0.95)]
  const theirP95Ms = theirs === null ? null : of(reference, 0.95)
  console.log(
    `\n${JSON.stringify({
      ...{ others, aloneP50Ms: of(alone, 0.5), aloneP95Ms, togetherP50Ms: of(together, 0.5), togetherP95Ms },
      ...{ codeServerP50Ms: theirs === null ? null : of(reference, 0.5), codeServerP95Ms: theirP95Ms },
      ...{
        p95ToAlone: ratio(togetherP95Ms, aloneP95Ms),
        p95Ratio: theirP95Ms === null ? null : ratio(togetherP95Ms, theirP95Ms),
      },
    })}`,
  )
} finally {
  await browser.close()
  await load.stop()
  await server.stop()
  await codeServer?.stop()
  await rm(folder, { recursive: true, force: true })
}
