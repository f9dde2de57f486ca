/**
 * A long list whose rows all have one height: only those near the viewport are in the page, so ten thousand rows scroll like ten.
 * The scroller is its user's element, which says how high a row is (`--row`), hears the keys and names the active row.
 */
import { type ReactNode, type RefObject, type UIEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** Rows drawn beyond the edges, so that scrolling shows no gaps. */
const beyond = 12
/** As many rows as the server renders, which does not know the height. */
const firstRows = 40

export type VirtualList = {
  /** The rows from `start` to before `end` are to be drawn. */
  readonly start: number
  readonly end: number
  readonly count: number
  readonly rowHeight: number
  /** What the element that scrolls has to be given. */
  readonly scroller: RefObject<HTMLDivElement | null>
  onScroll(event: UIEvent<HTMLDivElement>): void
}

/** `activeIndex`: the row that is scrolled to when it becomes another one; below 0 for none. */
export function useVirtualList(count: number, activeIndex: number): VirtualList {
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 0, rowHeight: 28 })
  const { rowHeight } = view
  // An empty list may have no scroller yet.
  const isEmpty = count === 0
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null || isEmpty) return
    const measure = (): void => {
      const height = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) || 28
      setView({ top: element.scrollTop, height: element.clientHeight, rowHeight: height })
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [isEmpty])
  useEffect(() => {
    const element = scroller.current
    if (element === null || activeIndex < 0) return
    const top = activeIndex * rowHeight
    if (top < element.scrollTop) element.scrollTop = top - rowHeight
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + 2 * rowHeight - element.clientHeight
  }, [activeIndex, rowHeight])
  const start = Math.max(0, Math.min(count - 1, Math.floor(view.top / rowHeight)) - beyond)
  const end = view.height === 0 ? start + firstRows : Math.ceil((view.top + view.height) / rowHeight) + beyond
  return {
    ...{ start, end: Math.min(count, end), count, rowHeight, scroller },
    onScroll: (event) => {
      const { scrollTop } = event.currentTarget
      setView((before) =>
        Math.abs(before.top - scrollTop) < before.rowHeight * 4 && scrollTop > 0 ? before : { ...before, top: scrollTop },
      )
    },
  }
}

/** The rows that are drawn, at their place among all. */
export function VirtualRows({ list, children }: { readonly list: VirtualList; readonly children: ReactNode }) {
  return (
    <div className="virtual-rows" role="presentation" style={{ height: list.count * list.rowHeight }}>
      <div className="virtual-window" role="presentation" style={{ transform: `translateY(${list.start * list.rowHeight}px)` }}>
        {children}
      </div>
    </div>
  )
}
