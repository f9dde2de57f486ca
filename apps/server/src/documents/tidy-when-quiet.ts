/**
 * What opening leaves behind is collected when nothing else is to be done. Each document and connection that is opened makes ten times
 * as much garbage as it keeps, and V8 lets it lie until the heap has grown by as much again: a thousand documents held 60 MB that
 * nobody used. A collection stops everything for some ten milliseconds, so it waits for a quiet second.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Fewer openings are not worth it. */
const worthwhileOpenings = 50
const lookEveryMs = 1000
/** Share of the last second in which the event loop had work. */
const quietShare = 0.05

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'major' }) => void

export class TidyWhenQuiet {
  #openings = 0
  #timer: NodeJS.Timeout | null = null
  #last = performance.eventLoopUtilization()

  /** Something was opened. */
  note(): void {
    this.#openings += 1
    if (this.#openings < worthwhileOpenings || this.#timer !== null) return
    this.#last = performance.eventLoopUtilization()
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref()
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #look(): void {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#last)
    this.#last = now
    if (utilization > quietShare) return
    this.close()
    this.#openings = 0
    collect({ type: 'major' })
  }
}
