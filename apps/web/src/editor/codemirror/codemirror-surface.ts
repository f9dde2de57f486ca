/**
 * CodeMirror as the text surface, where fingers type: it uses the system's own keyboard, selection and menus, which Monaco does not. One
 * view; a state per open file, with its own caret and scroll.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorSelection, EditorState, type Extension, type TransactionSpec } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import searchIcon from '@vscode/codicons/src/icons/search.svg?raw'
import { changeBetween } from '../../documents/changes.ts'
import type { Handover, SharedText, SurfaceEvents, TextSurface } from '../surface.ts'
import { applied, bindState, fromOthers } from './bind-state.ts'
import { languageFor } from './languages.ts'
import { caretField, watchCarets } from './other-carets.ts'
import './codemirror.css'
import '../carets.css'

type Opened = {
  /** Of a text that is not on show; the view has the state of the one that is. */
  state: EditorState
  scrollTop: number
  shared: { readonly text: SharedText; readonly stop: () => void } | null
}

export type CodeMirrorOptions = {
  readonly host: HTMLElement
  readonly events: SurfaceEvents
  readonly handover: readonly Handover[]
}

export function createCodeMirrorSurface({ host, events, handover }: CodeMirrorOptions): TextSurface {
  const opened = new Map<string, Opened>()
  const [language, access, undoing, finding] = [new Compartment(), new Compartment(), new Compartment(), new Compartment()]
  let shown: string | null = null
  let stopCarets: (() => void) | null = null

  const view = new EditorView({ parent: host })
  const find = (): void => void import('./find.ts').then(({ openFind }) => openFind(view, finding))
  host.append(findButton(find))
  const stateOf = (path: string): EditorState | undefined => (path === shown ? view.state : opened.get(path)?.state)
  const dispatch = (path: string, spec: TransactionSpec): void => {
    const entry = opened.get(path)
    if (entry === undefined) return
    if (path === shown) view.dispatch(spec)
    else entry.state = entry.state.update(spec).state
  }
  const pathOf = (entry: Opened): string | null => [...opened].find(([, each]) => each === entry)?.[0] ?? null
  const tellCursor = (): void => {
    if (shown === null) return
    const { main } = view.state.selection
    const line = view.state.doc.lineAt(main.head)
    events.cursor({ line: line.number, column: main.head - line.from + 1, selected: main.to - main.from })
    opened.get(shown)?.shared?.text.here(() => view.state.selection.main)
  }
  const base: Extension = [
    lineNumbers(),
    drawSelection(),
    highlightActiveLine(),
    indentOnInput(),
    bracketMatching(),
    indentUnit.of('    '),
    EditorState.tabSize.of(4),
    EditorState.allowMultipleSelections.of(true),
    EditorView.lineWrapping,
    syntaxHighlighting(classHighlighter),
    EditorView.contentAttributes.of({
      'aria-label': 'Code editor',
      autocapitalize: 'off',
      autocorrect: 'off',
      spellcheck: 'false',
    }),
    EditorView.updateListener.of((update) => {
      if (shown !== null && update.transactions.some((each) => each.docChanged && each.annotation(fromOthers) !== true))
        events.edited(shown)
      if (update.selectionSet || update.docChanged) tellCursor()
    }),
    caretField,
    keymap.of([
      {
        key: 'Mod-f',
        run: () => {
          find()
          return true
        },
      },
      indentWithTab,
      ...defaultKeymap,
    ]),
  ]
  const ownHistory: Extension = [history(), keymap.of(historyKeymap)]

  const load = (path: string, text: string): void => {
    if (opened.has(path)) return
    const extensions = [finding.of([]), base, language.of([]), access.of([]), undoing.of(ownHistory)]
    const entry: Opened = { state: EditorState.create({ doc: text, extensions }), scrollTop: 0, shared: null }
    opened.set(path, entry)
    speak(path, entry)
  }
  /** The colours come when they are there. */
  const speak = (path: string, entry: Opened): void => {
    void languageFor(path).then((support) => {
      const now = pathOf(entry)
      if (now !== null) dispatch(now, { effects: language.reconfigure(support) })
    })
  }
  const display = (path: string | null): void => {
    shown = path
    const entry = path === null ? undefined : opened.get(path)
    view.setState(entry?.state ?? EditorState.create({}))
    view.scrollDOM.scrollTop = entry?.scrollTop ?? 0
    stopCarets?.()
    stopCarets = entry?.shared == null ? null : watchCarets(view, entry.shared.text)
    tellCursor()
  }
  const remember = (): void => {
    const entry = shown === null ? undefined : opened.get(shown)
    if (entry === undefined) return
    entry.state = view.state
    entry.scrollTop = view.scrollDOM.scrollTop
  }
  const unshare = (path: string): void => {
    const entry = opened.get(path)
    if (entry?.shared == null) return
    entry.shared.stop()
    entry.shared = null
    dispatch(path, { effects: undoing.reconfigure(ownHistory) })
    if (path === shown) stopCarets?.()
  }

  for (const { path, text, selection, scrollTop, shown: wasShown } of handover) {
    load(path, text)
    if (!wasShown) continue
    display(path)
    const { start, end, backward } = selection
    view.dispatch({ selection: backward ? EditorSelection.range(end, start) : EditorSelection.range(start, end) })
    view.scrollDOM.scrollTop = scrollTop
  }

  return {
    kind: 'codemirror',
    load,
    unload(path) {
      unshare(path)
      opened.delete(path)
      if (path === shown) display(null)
    },
    rename(from, to) {
      const entry = opened.get(from)
      if (entry === undefined) return
      opened.delete(from)
      opened.set(to, entry)
      if (shown === from) shown = to
      speak(to, entry)
    },
    text: (path) => stateOf(path)?.doc.toString() ?? '',
    replace(path, text) {
      const change = changeBetween(stateOf(path)?.doc.toString() ?? '', text)
      if (change === null) return
      const { at, remove, insert } = change
      const isShared = opened.get(path)?.shared != null
      dispatch(path, { changes: { from: at, to: at + remove, insert }, ...(isShared ? {} : applied) })
    },
    share(path, shared, from) {
      const entry = opened.get(path)
      if (entry === undefined) return
      unshare(path)
      const target = {
        state: () => (pathOf(entry) === shown ? view.state : entry.state),
        dispatch: (spec: TransactionSpec) => {
          const now = pathOf(entry)
          if (now !== null) dispatch(now, spec)
        },
        isShown: () => pathOf(entry) === shown,
      }
      const { extension, begin } = bindState(shared.replica, from, target)
      dispatch(path, { effects: undoing.reconfigure(extension) })
      entry.shared = { text: shared, stop: begin() }
      if (path !== shown) return
      stopCarets?.()
      stopCarets = watchCarets(view, shared)
      tellCursor()
    },
    unshare,
    setReadOnly(path, reason) {
      const extension = reason === null ? [] : [EditorState.readOnly.of(true), EditorView.editable.of(false)]
      dispatch(path, { effects: access.reconfigure(extension) })
    },
    show(path) {
      if (path === shown) return
      remember()
      if (shown !== null) opened.get(shown)?.shared?.text.here(null)
      display(path !== null && opened.has(path) ? path : null)
    },
    reveal({ line, column, end = { line, column } }) {
      const { doc } = view.state
      const offsetOf = (position: { readonly line: number; readonly column: number }): number => {
        const at = doc.line(Math.max(1, Math.min(position.line, doc.lines)))
        return Math.min(at.from + position.column - 1, at.to)
      }
      const [anchor, head] = [offsetOf({ line, column }), offsetOf(end)]
      view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
    },
    find,
    lookAt(offset) {
      const place = Math.min(offset, view.state.doc.length)
      view.dispatch({ effects: EditorView.scrollIntoView(place, { y: 'nearest', yMargin: 80 }) })
    },
    focus: () => view.focus(),
    hasFocus: () => view.hasFocus,
    handOver: () => [],
  }
}

/** For who has no Ctrl+F. */
function findButton(onClick: () => void): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'cm-find-button'
  button.ariaLabel = 'Find in this file'
  button.title = 'Find in this file'
  button.innerHTML = searchIcon
  button.addEventListener('click', onClick)
  return button
}
