/**
 * Between the wire and the screen: a flood is read a little per frame, so that the page stays smooth while megabytes arrive. What
 * would scroll out of the kept output before anybody saw it is not read at all.
 */
import type { Origin, OutputScreen } from './output-screen.ts'

/** Longest time that one frame is spent reading output. */
const readBudgetMs = 5
const sliceCharacters = 16 * 1024

export type OutputFeed = {
  push(origin: Origin, text: string): void
  /** Reads all that waits, now. */
  flush(): void
  /** Forgets what waits. */
  clear(): void
}

export type FeedOptions = {
  readonly screen: OutputScreen
  /** Most characters that wait: as many as the screen keeps. */
  readonly mostCharacters: number
  readonly changed: () => void
  /** Calls back before the next frame; at once where there are no frames. */
  readonly nextFrame: (work: () => void) => void
  readonly nowMs: () => number
}

export function createOutputFeed({ screen, mostCharacters, changed, nextFrame, nowMs }: FeedOptions): OutputFeed {
  let queue: { origin: Origin; text: string }[] = []
  let characters = 0
  let scheduled = false

  const read = (budgetMs: number): void => {
    const start = nowMs()
    while (queue.length > 0) {
      const first = queue[0]
      if (first === undefined) break
      const slice = first.text.slice(0, sliceCharacters)
      screen.write(first.origin, slice)
      characters -= slice.length
      if (slice.length === first.text.length) queue.shift()
      else first.text = first.text.slice(sliceCharacters)
      if (nowMs() - start > budgetMs) break
    }
    changed()
  }
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    nextFrame(() => {
      scheduled = false
      read(readBudgetMs)
      if (queue.length > 0) schedule()
    })
  }
  return {
    push(origin, text) {
      if (text === '') return
      queue.push({ origin, text })
      characters += text.length
      while (characters > mostCharacters && queue.length > 1) characters -= queue.shift()?.text.length ?? 0
      schedule()
    },
    flush: () => read(Number.POSITIVE_INFINITY),
    clear() {
      queue = []
      characters = 0
    },
  }
}

/** Frames do not come while a tab is hidden: then the work is done at once. */
export const browserFrame = (work: () => void): void => {
  if (document.hidden) work()
  else requestAnimationFrame(work)
}
