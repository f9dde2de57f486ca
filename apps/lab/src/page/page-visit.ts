/** One visit to the editor page: how long until a typed character is painted, how many bytes, how much memory. */
import type { BrowserContext, CDPSession } from 'playwright-core'
import type { CountingProxy } from './counting-proxy.ts'

export type Visit = {
  /** From the start of the navigation to the frame that shows the first typed character. */
  readonly editableMs: number
  /** From the start of the navigation until Monaco has taken over. */
  readonly monacoMs: number
  readonly bytes: number
  readonly heapBytes: number
  /** Characters that were typed before Monaco came, and are there afterwards. */
  readonly kept: boolean
}

const keyPauseMs = 8
const quietMs = 600
const longestMs = 30_000

/** Runs before the page's own scripts. A plain string: it is not part of this program. */
const watch = `
const look = () => {
  const text = document.getElementById('first-text')?.value ?? ''
  const lines = document.querySelector('.view-lines')?.textContent ?? ''
  if (!text.startsWith('x') && !lines.startsWith('x')) return requestAnimationFrame(look)
  // The frame that shows it ends after this callback.
  const channel = new MessageChannel()
  channel.port1.onmessage = () => { window.firstPaint = performance.now() }
  channel.port2.postMessage(null)
}
requestAnimationFrame(look)
new MutationObserver((_, self) => {
  const surface = document.querySelector('.surface[data-surface="monaco"]')
  if (surface === null) return
  self.disconnect()
  window.monacoThere = performance.now()
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-surface'] })
`

export async function visitPage(context: BrowserContext, proxy: CountingProxy, address: string): Promise<Visit> {
  const page = await context.newPage()
  try {
    await page.addInitScript(watch)
    const cdp = await context.newCDPSession(page)
    const before = proxy.bytes()
    await page.goto(address, { waitUntil: 'commit' })
    const typed = await typeUntilPainted(cdp)
    await page.locator('.surface[data-surface="monaco"]').waitFor({ timeout: longestMs })
    await untilQuiet(proxy)
    const bytes = proxy.bytes() - before
    const times = (await page.evaluate('({ paint: window.firstPaint, monaco: window.monacoThere })')) as {
      paint: number
      monaco: number
    }
    const text = (await page.evaluate("document.querySelector('.view-lines')?.textContent ?? ''")) as string
    await cdp.send('HeapProfiler.collectGarbage')
    const { usedSize } = await cdp.send('Runtime.getHeapUsage')
    return {
      ...{ editableMs: times.paint, monacoMs: times.monaco, bytes, heapBytes: usedSize },
      kept: text.includes('x'.repeat(Math.max(1, typed))),
    }
  } finally {
    await page.close()
  }
}

/** Types until a character is on the screen; resolves with how many went in. */
async function typeUntilPainted(cdp: CDPSession): Promise<number> {
  const deadline = Date.now() + longestMs
  while (Date.now() < deadline) {
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', text: 'x', key: 'x', code: 'KeyX', windowsVirtualKeyCode: 88 })
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'x', code: 'KeyX', windowsVirtualKeyCode: 88 })
    const expression = 'window.firstPaint > 0 ? (document.getElementById("first-text")?.value.match(/^x*/)?.[0].length ?? 1) : 0'
    const { result } = await cdp.send('Runtime.evaluate', { expression })
    if (typeof result.value === 'number' && result.value > 0) return result.value
    await new Promise((done) => setTimeout(done, keyPauseMs))
  }
  throw new Error('the page never became editable')
}

/** Everything the first screen needs has come when nothing more comes. */
async function untilQuiet(proxy: CountingProxy): Promise<void> {
  for (let last = -1; last !== proxy.bytes(); ) {
    last = proxy.bytes()
    await new Promise((done) => setTimeout(done, quietMs))
  }
}
