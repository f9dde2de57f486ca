/**
 * Draws an OutputScreen into the page: blocks of lines that the browser lays out only when they are near the viewport. Once per frame
 * the changed end is drawn again; a flood of a megabyte costs a few text nodes, and finding and selecting text works as anywhere.
 */
import type { Style } from './ansi.ts'
import type { Line, OutputScreen, Run } from './output-screen.ts'
import { findPlaces } from './places.ts'

const linesPerBlock = 64
/** Longest time that one frame is spent drawing output. */
const drawBudgetMs = 5

export type OutputView = {
  /** Draws what changed; call as often as you like, it works once per frame. */
  draw(): void
  /** Follows the end, until the person scrolls up. */
  readonly atEnd: boolean
  jumpToEnd(): void
  dispose(): void
}

export type OutputViewOptions = {
  readonly scroller: HTMLElement
  readonly host: HTMLElement
  readonly screen: OutputScreen
  /** Whether a name in the output is a file of the project: then it becomes a link. */
  readonly isFile: (path: string) => boolean
  readonly onAtEnd: (atEnd: boolean) => void
}

export function createOutputView({ scroller, host, screen, isFile, onAtEnd }: OutputViewOptions): OutputView {
  /** Block n holds the lines n × linesPerBlock …; numbers never change, so a block is found by its lines. */
  const blocks = new Map<number, HTMLElement>()
  /** Blocks that look different from what is drawn. */
  const stale = new Set<number>()
  let frame = 0
  let atEnd = true
  let drawnLast = screen.endLine

  const setAtEnd = (value: boolean): void => {
    if (value === atEnd) return
    atEnd = value
    onAtEnd(value)
  }
  const onScroll = (): void => setAtEnd(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 24)
  scroller.addEventListener('scroll', onScroll, { passive: true })

  const drawNow = (): void => {
    frame = 0
    const from = Math.min(screen.takeChanges(), drawnLast)
    drawnLast = screen.endLine - 1
    const firstBlock = Math.floor(screen.firstLine / linesPerBlock)
    const lastBlock = Math.floor((screen.endLine - 1) / linesPerBlock)
    for (const [number, block] of blocks) {
      if (number >= firstBlock && number <= lastBlock) continue
      block.remove()
      blocks.delete(number)
    }
    for (let number = Math.max(firstBlock, Math.floor(from / linesPerBlock)); number <= lastBlock; number += 1) stale.add(number)
    // From the end, which is what one sees, and only for as long as the frame stays smooth; the rest follows in the next ones.
    const start = performance.now()
    for (const number of [...stale].sort((a, b) => b - a)) {
      stale.delete(number)
      if (number < firstBlock || number > lastBlock) continue
      drawBlock(number)
      if (performance.now() - start > drawBudgetMs) break
    }
    if (atEnd) scroller.scrollTop = scroller.scrollHeight
    if (stale.size > 0) frame = requestAnimationFrame(drawNow)
  }

  const drawBlock = (number: number): void => {
    let block = blocks.get(number)
    if (block === undefined) {
      block = document.createElement('div')
      block.className = 'output-block'
      let next: HTMLElement | null = null
      for (const [other, element] of blocks)
        if (other > number && (next === null || other < Number(next.dataset.block))) next = element
      block.dataset.block = String(number)
      blocks.set(number, block)
      host.insertBefore(block, next)
    }
    block.replaceChildren(
      drawLines(Math.max(screen.firstLine, number * linesPerBlock), Math.min(screen.endLine, (number + 1) * linesPerBlock)),
    )
  }

  const drawLines = (from: number, to: number): DocumentFragment => {
    const fragment = document.createDocumentFragment()
    let plain = ''
    const flush = (): void => {
      if (plain !== '') fragment.append(plain)
      plain = ''
    }
    for (let number = from; number < to; number += 1) {
      const line = screen.line(number)
      for (const run of line.runs) {
        const className = classOf(run)
        const linked = run.text.length < 2_000 ? findPlaces(run.text, isFile) : []
        if (className === '' && linked.length === 0 && !isCustom(run.style)) plain += run.text
        else {
          flush()
          fragment.append(drawRun(run, className, linked))
        }
      }
      if (number < screen.endLine - 1 && !isContinued(number)) plain += '\n'
    }
    flush()
    return fragment
  }
  const isContinued = (number: number): boolean =>
    number + 1 < screen.endLine ? (screen.line(number + 1) as Line).continues : false

  return {
    draw() {
      if (frame === 0) frame = requestAnimationFrame(drawNow)
    },
    get atEnd() {
      return atEnd
    },
    jumpToEnd() {
      scroller.scrollTop = scroller.scrollHeight
      setAtEnd(true)
    },
    dispose() {
      cancelAnimationFrame(frame)
      scroller.removeEventListener('scroll', onScroll)
      host.replaceChildren()
    },
  }
}

function drawRun(run: Run, className: string, places: ReturnType<typeof findPlaces>): HTMLElement {
  const span = document.createElement('span')
  span.className = className
  const { fg, bg, inverse } = run.style
  const [front, back] = inverse ? [bg, fg] : [fg, bg]
  if (typeof front === 'string') span.style.color = front
  if (typeof back === 'string') span.style.backgroundColor = back
  let at = 0
  for (const { start, end, path, line, column } of places) {
    span.append(run.text.slice(at, start))
    const link = document.createElement('a')
    link.className = 'output-place'
    link.href = `?file=${encodeURIComponent(path)}`
    link.dataset.path = path
    link.dataset.line = String(line)
    link.dataset.column = String(column)
    link.textContent = run.text.slice(start, end)
    span.append(link)
    at = end
  }
  span.append(run.text.slice(at))
  return span
}

const isCustom = ({ fg, bg }: Style): boolean => typeof fg === 'string' || typeof bg === 'string'

function classOf({ style, origin }: Run): string {
  const names: string[] = []
  if (origin !== 'stdout') names.push(`from-${origin}`)
  const [front, back] = style.inverse ? [style.bg ?? 'back', style.fg ?? 'front'] : [style.fg, style.bg]
  if (typeof front === 'number' || front === 'back') names.push(`fg-${front}`)
  if (typeof back === 'number' || back === 'front') names.push(`bg-${back}`)
  if (style.bold) names.push('bold')
  if (style.dim) names.push('dim')
  if (style.italic) names.push('italic')
  if (style.underline) names.push('underline')
  if (style.strike) names.push('strike')
  return names.join(' ')
}
