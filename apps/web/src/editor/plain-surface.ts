/** The textarea that the server has filled: the editor until another one is there, and for good where none can run. */
import { applyChanges } from '../documents/changes.ts'
import { meet } from '../documents/meet.ts'
import type { Handover, SharedText, SurfaceEvents, TextSurface } from './surface.ts'

type Kept = { text: string; start: number; end: number; backward: boolean; scrollTop: number }
/** `base`: the text that textarea and replica had in common last. */
type Bound = { readonly shared: SharedText; base: string; readonly stop: () => void }

export function createPlainSurface(area: HTMLTextAreaElement, shownPath: string | null, events: SurfaceEvents): TextSurface {
  const kept = new Map<string, Kept>()
  const bound = new Map<string, Bound>()
  const reasons = new Map<string, string>()
  let shown: string | null = null
  let isComposing = false

  const tellCursor = (): void => {
    if (shown === null) return
    bound.get(shown)?.shared.here(() => {
      const [start, end] = [area.selectionStart, area.selectionEnd]
      return area.selectionDirection === 'backward' ? { anchor: end, head: start } : { anchor: start, head: end }
    })
    const caret = area.selectionDirection === 'backward' ? area.selectionStart : area.selectionEnd
    const before = area.value.slice(0, caret)
    const lineStart = before.lastIndexOf('\n') + 1
    events.cursor({
      line: before.split('\n').length,
      column: caret - lineStart + 1,
      selected: area.selectionEnd - area.selectionStart,
    })
  }
  const remember = (): void => {
    if (shown === null) return
    kept.set(shown, {
      text: area.value,
      start: area.selectionStart,
      end: area.selectionEnd,
      backward: area.selectionDirection === 'backward',
      scrollTop: area.scrollTop,
    })
  }
  const display = (path: string | null): void => {
    shown = path
    const now = path === null ? undefined : kept.get(path)
    area.value = now?.text ?? ''
    area.disabled = now === undefined
    area.readOnly = path !== null && reasons.has(path)
    area.title = (path === null ? undefined : reasons.get(path)) ?? ''
    if (now === undefined) return
    area.setSelectionRange(now.start, now.end, now.backward ? 'backward' : 'forward')
    area.scrollTop = now.scrollTop
    tellCursor()
  }
  const textOf = (path: string): string => (path === shown ? area.value : (kept.get(path)?.text ?? ''))
  /** Both sides get what the other has changed since they were the same. */
  const sync = (path: string): void => {
    const entry = bound.get(path)
    if (entry === undefined) return
    const { replica } = entry.shared
    const [mine, theirs] = [textOf(path), replica.text]
    if (mine === theirs) {
      entry.base = mine
      return
    }
    const met = meet(entry.base, mine, theirs)
    entry.base = applyChanges(mine, met.theirs)
    if (met.theirs.length > 0) {
      if (path === shown) remember()
      const before = kept.get(path)
      if (before !== undefined) {
        const moved = (offset: number): number =>
          met.theirs.reduce((at, change) => (change.at < offset ? at + change.insert.length - change.remove : at), offset)
        kept.set(path, { ...before, text: entry.base, start: moved(before.start), end: moved(before.end) })
      }
      if (path === shown) display(path)
    }
    if (met.mine.length > 0) replica.edit(met.mine)
  }
  const unshare = (path: string): void => {
    bound.get(path)?.stop()
    bound.delete(path)
  }
  const onInput = (): void => {
    if (shown === null) return
    events.edited(shown)
    sync(shown)
    tellCursor()
  }
  const onComposition = (event: Event): void => {
    isComposing = event.type === 'compositionstart'
    area.toggleAttribute('data-composing', isComposing)
    if (!isComposing && shown !== null) sync(shown)
  }
  area.addEventListener('input', onInput)
  area.addEventListener('select', tellCursor)
  area.addEventListener('keyup', tellCursor)
  area.addEventListener('pointerup', tellCursor)
  area.addEventListener('keydown', indent)
  area.addEventListener('compositionstart', onComposition)
  area.addEventListener('compositionend', onComposition)

  const share = (path: string, shared: SharedText, base: string): void => {
    unshare(path)
    // Another text in the textarea would end what an input method is putting together.
    const stop = shared.replica.onChange(() => {
      if (!isComposing || path !== shown) sync(path)
    })
    bound.set(path, { shared, base, stop })
    if (!isComposing || path !== shown) sync(path)
    if (path === shown) tellCursor()
  }

  // Before this ran, somebody may have typed already: the textarea is the truth, not what the server sent.
  if (shownPath !== null) {
    shown = shownPath
    remember()
    tellCursor()
  }

  return {
    kind: 'plain',
    load: (path, text) => {
      if (!kept.has(path)) kept.set(path, { text, start: 0, end: 0, backward: false, scrollTop: 0 })
    },
    unload: (path) => {
      unshare(path)
      reasons.delete(path)
      kept.delete(path)
      if (shown === path) display(null)
    },
    rename(from, to) {
      if (shown === from) remember()
      const entry = kept.get(from)
      if (entry === undefined) return
      kept.delete(from)
      kept.set(to, entry)
      if (shown === from) shown = to
      const [shared, reason] = [bound.get(from)?.shared, reasons.get(from)]
      reasons.delete(from)
      if (reason !== undefined) reasons.set(to, reason)
      if (shared === undefined) return
      unshare(from)
      share(to, shared, entry.text)
    },
    text: textOf,
    share,
    unshare,
    setReadOnly(path, reason) {
      if (reason === null) reasons.delete(path)
      else reasons.set(path, reason)
      if (path !== shown) return
      area.readOnly = reason !== null
      area.title = reason ?? ''
    },
    replace(path, text) {
      if (path === shown) remember()
      const before = kept.get(path)
      const start = Math.min(before?.start ?? 0, text.length)
      kept.set(path, { text, start, end: start, backward: false, scrollTop: before?.scrollTop ?? 0 })
      if (path === shown) display(path)
      sync(path)
    },
    show(path) {
      if (path === shown) return
      remember()
      if (shown !== null) bound.get(shown)?.shared.here(null)
      display(path)
    },
    reveal({ line, column, end = { line, column } }) {
      const lines = area.value.split('\n')
      const offsetOf = (at: { readonly line: number; readonly column: number }): number =>
        lines.slice(0, at.line - 1).reduce((sum, each) => sum + each.length + 1, 0) + at.column - 1
      area.setSelectionRange(Math.min(offsetOf({ line, column }), area.value.length), Math.min(offsetOf(end), area.value.length))
      area.scrollTop = Math.max(0, (area.scrollHeight / Math.max(1, lines.length)) * (line - 1) - area.clientHeight / 2)
      tellCursor()
    },
    // The browser's own search finds it.
    find() {},
    lookAt(offset) {
      const line = area.value.slice(0, offset).split('\n').length
      area.scrollTop = Math.max(
        0,
        (area.scrollHeight / Math.max(1, area.value.split('\n').length)) * (line - 1) - area.clientHeight / 2,
      )
    },
    focus: () => area.focus({ preventScroll: true }),
    hasFocus: () => document.activeElement === area,
    handOver() {
      for (const path of [...bound.keys()]) {
        sync(path)
        unshare(path)
      }
      remember()
      area.removeEventListener('input', onInput)
      const focused = document.activeElement === area
      return [...kept].map(([path, entry]): Handover => {
        const { text, start, end, backward, scrollTop } = entry
        return {
          path,
          text,
          selection: { start, end, backward },
          scrollTop,
          shown: path === shown,
          focused: focused && path === shown,
        }
      })
    },
  }
}

/** Tab indents, as in every code editor; Escape and then Tab moves on. */
let tabMovesOn = false
function indent(event: KeyboardEvent): void {
  if (event.key === 'Escape') tabMovesOn = true
  else if (event.key !== 'Tab' || event.ctrlKey || event.altKey || event.metaKey) {
    if (event.key !== 'Shift') tabMovesOn = false
  } else if (!tabMovesOn && !event.shiftKey) {
    event.preventDefault()
    document.execCommand('insertText', false, '    ')
  }
}
