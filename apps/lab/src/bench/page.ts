// The editor page in chromium: bytes over the wire, milliseconds until a typed character is painted, cold and warm, and its heap
import { sessionCookie } from '@atelier/protocol/sessions'
import { firstVisitor, launchChromium } from '../page/chromium.ts'
import { type CountingProxy, openCountingProxy } from '../page/counting-proxy.ts'
import { type Visit, visitPage } from '../page/page-visit.ts'
import { startServerProcess } from '../server-process.ts'
import { median } from '../statistics.ts'

const rounds = Number(process.env.ATELIER_BENCH_ROUNDS ?? 7)
async function measure(proxy: CountingProxy): Promise<{ cold: Visit; warm: Visit }> {
  const { token, path } = await firstVisitor(proxy.url)
  // A fresh browser has nothing: no connection, no cache, no compiled code.
  const browser = await launchChromium()
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addCookies([{ name: sessionCookie, value: token, url: proxy.url }])
    const cold = await visitPage(context, proxy, proxy.url + path)
    const warm = await visitPage(context, proxy, proxy.url + path)
    return { cold, warm }
  } finally {
    await browser.close()
  }
}

const server = await startServerProcess({ ATELIER_TOOLCHAIN: 'off' })
const proxy = await openCountingProxy(new URL(server.url))
try {
  const results: { cold: Visit; warm: Visit }[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const result = await measure(proxy)
    results.push(result)
    for (const [name, visit] of Object.entries(result))
      console.log(
        `round ${round} ${name}  ${(visit.bytes / 1024).toFixed(1).padStart(7)} KB  editable ${visit.editableMs.toFixed(0).padStart(5)} ms` +
          `  Monaco ${visit.monacoMs.toFixed(0).padStart(5)} ms  heap ${(visit.heapBytes / 1048576).toFixed(1)} MB${visit.kept ? '' : '  TYPED TEXT LOST'}`,
      )
  }
  if (!results.every(({ cold, warm }) => cold.kept && warm.kept)) throw new Error('what was typed before Monaco came was lost')
  const of = (pick: (result: { cold: Visit; warm: Visit }) => number, digits = 1): number =>
    Number(median(results.map(pick)).toFixed(digits))
  console.log(
    JSON.stringify({
      coldKB: of(({ cold }) => cold.bytes / 1024),
      coldEditableMs: of(({ cold }) => cold.editableMs),
      warmKB: of(({ warm }) => warm.bytes / 1024),
      warmEditableMs: of(({ warm }) => warm.editableMs),
      heapMB: of(({ cold }) => cold.heapBytes / 1048576),
    }),
  )
} finally {
  await proxy.close()
  await server.stop()
}
