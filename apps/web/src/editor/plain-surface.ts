/** The textarea that the server has filled: the editor until Monaco is there, and for good where it cannot run. */
import type { Handover, SurfaceEvents, TextSurface } from './surface.ts'

type Kept = { text: string; start: number; end: number; backward: boolean; scrollTop: number }

export function createPlainSurface(area: HTMLTextAreaElement, shownPath: string | null, events: SurfaceEvents): TextSurface {
  const kept = new Map<string, Kept>()
  let shown: string | null = null

  const tellCursor = (): void => {
    if (shown === null) return
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
    if (now === undefined) return
    area.setSelectionRange(now.start, now.end, now.backward ? 'backward' : 'forward')
    area.scrollTop = now.scrollTop
    tellCursor()
  }
  const onInput = (): void => {
    if (shown === null) return
    events.edited(shown)
    tellCursor()
  }
  area.addEventListener('input', onInput)
  area.addEventListener('select', tellCursor)
  area.addEventListener('keyup', tellCursor)
  area.addEventListener('pointerup', tellCursor)
  area.addEventListener('keydown', indent)
  area.addEventListener('compositionstart', () => area.setAttribute('data-composing', ''))
  area.addEventListener('compositionend', () => area.removeAttribute('data-composing'))

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
    },
    text: (path) => (path === shown ? area.value : (kept.get(path)?.text ?? '')),
    replace(path, text) {
      if (path === shown) remember()
      const before = kept.get(path)
      const start = Math.min(before?.start ?? 0, text.length)
      kept.set(path, { text, start, end: start, backward: false, scrollTop: before?.scrollTop ?? 0 })
      if (path === shown) display(path)
    },
    show(path) {
      if (path === shown) return
      remember()
      display(path)
    },
    reveal({ line, column }) {
      const lines = area.value.split('\n')
      const index = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1
      const caret = Math.min(index, area.value.length)
      area.setSelectionRange(caret, caret)
      area.scrollTop = Math.max(0, (area.scrollHeight / Math.max(1, lines.length)) * (line - 1) - area.clientHeight / 2)
      tellCursor()
    },
    focus: () => area.focus({ preventScroll: true }),
    hasFocus: () => document.activeElement === area,
    handOver() {
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
