/** The load's process, as the benchmark sees it. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Answer, Connected, Order, Pointed, Typed, Verified } from './load.ts'
import type { Taken } from './take-trace.ts'

type AnswerTo<One extends Order> = One extends { do: 'connect' }
  ? Connected
  : One extends { do: 'type' }
    ? Typed
    : One extends { do: 'point' }
      ? Pointed
      : One extends { do: 'verify' }
        ? Verified
        : One extends { do: 'trace' }
          ? Taken
          : { readonly left: number }

export type Load = { tell<One extends Order>(order: One): Promise<AnswerTo<One>>; stop(): Promise<void> }

export function startLoad(): Load {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async tell<One extends Order>(order: One) {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`the load ended while it was told to ${order.do}`)
      return JSON.parse(value) as Answer as AnswerTo<One>
    },
    async stop() {
      child.stdin.end()
      child.kill()
      await exited
    },
  }
}
