/** Monaco as the text surface: one editor, a model per open file, each with its own caret, scroll and undo. */
import './features.ts'
import './monaco.css'
import '../carets.css'
import { editor, type IDisposable, Range, Selection, SelectionDirection, Uri } from 'monaco-editor/editor'
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import type { ThemeName } from '../../appearance/appearance.ts'
import type { Handover, Place, SharedText, SurfaceEvents, TextSurface } from '../surface.ts'
import { bindModel, type ModelBinding } from './bind-model.ts'
import { registerJson } from './json-colours.ts'
import { showOtherCarets } from './other-carets.ts'
import { defineThemes } from './themes.ts'

self.MonacoEnvironment = { getWorker: () => new EditorWorker() }
registerJson()
defineThemes()

export type MonacoSurface = TextSurface & {
  readonly editor: editor.IStandaloneCodeEditor
  setTheme(theme: ThemeName): void
  setLanguage(path: string, language: string): void
  wraps(): boolean
  setWordWrap(wrap: boolean): void
}

export type MonacoOptions = {
  readonly host: HTMLElement
  readonly theme: ThemeName
  readonly languageOf: (path: string) => string
  readonly events: SurfaceEvents
  readonly handover: readonly Handover[]
}

type Opened = {
  readonly model: editor.ITextModel
  readonly listener: IDisposable
  view: editor.ICodeEditorViewState | null
  bound: { readonly shared: SharedText; readonly binding: ModelBinding } | null
  readOnly: string | null
}

export function createMonacoSurface({ host, theme, languageOf, events, handover }: MonacoOptions): MonacoSurface {
  const opened = new Map<string, Opened>()
  let shown: string | null = null
  let replacing = false
  let carets: IDisposable | null = null

  const instance = editor.create(host, {
    model: null,
    theme: `atelier-${theme}`,
    automaticLayout: true,
    fontFamily: getComputedStyle(host).fontFamily,
    fontSize: 14,
    lineHeight: 22,
    fontLigatures: false,
    minimap: { enabled: false },
    padding: { top: 12, bottom: 12 },
    scrollBeyondLastLine: false,
    smoothScrolling: false,
    renderLineHighlight: 'all',
    renderLineHighlightOnlyWhenFocus: true,
    roundedSelection: true,
    lineNumbersMinChars: 4,
    lineDecorationsWidth: 12,
    folding: true,
    glyphMargin: false,
    stickyScroll: { enabled: true, maxLineCount: 3 },
    guides: { indentation: true, bracketPairs: false },
    scrollbar: { verticalScrollbarSize: 12, horizontalScrollbarSize: 12, useShadows: false },
    overviewRulerLanes: 2,
    overviewRulerBorder: false,
    fixedOverflowWidgets: true,
    wordWrap: matchMedia('(max-width: 719px)').matches ? 'on' : 'off',
    wrappingIndent: 'same',
    quickSuggestions: { other: true, comments: false, strings: false },
    wordBasedSuggestions: 'currentDocument',
    acceptSuggestionOnEnter: 'smart',
    ariaLabel: 'Code editor',
    // A multiplication sign in a string is no danger; an invisible character is.
    unicodeHighlight: { ambiguousCharacters: false, invisibleCharacters: true },
    // Dropped files are for the tree.
    dropIntoEditor: { enabled: false },
  })

  const tellCursor = (): void => {
    const selection = instance.getSelection()
    const model = instance.getModel()
    if (selection === null || model === null) return
    const { positionLineNumber: line, positionColumn: column } = selection
    events.cursor({ line, column, selected: selection.isEmpty() ? 0 : model.getValueLengthInRange(selection) })
    shownBound()?.shared.here(() => {
      const now = instance.getSelection() ?? selection
      return { anchor: model.getOffsetAt(now.getSelectionStart()), head: model.getOffsetAt(now.getPosition()) }
    })
  }
  const shownEntry = (): Opened | undefined => (shown === null ? undefined : opened.get(shown))
  const shownBound = (): Opened['bound'] => shownEntry()?.bound ?? null
  instance.onDidChangeCursorSelection((event) => {
    tellCursor()
    if (event.reason === editor.CursorChangeReason.Explicit) shownBound()?.shared.replica.closeUndoStep()
  })

  const load = (path: string, text: string): void => {
    if (opened.has(path)) return
    const model = editor.createModel(text, languageOf(path), Uri.from({ scheme: 'atelier', path: `/${path}` }))
    model.setEOL(editor.EndOfLineSequence.LF)
    model.detectIndentation(true, 4)
    const listener = model.onDidChangeContent(() => onContent(entry))
    const entry: Opened = { model, listener, view: null, bound: null, readOnly: null }
    opened.set(path, entry)
  }
  const onContent = (entry: Opened): void => {
    if (replacing || entry.bound?.binding.isApplying() === true) return
    for (const [path, each] of opened) if (each === entry) events.edited(path)
  }
  const show = (path: string | null): void => {
    if (path === shown) return
    const before = shownEntry()
    if (before !== undefined) before.view = instance.saveViewState()
    before?.bound?.shared.here(null)
    carets?.dispose()
    carets = null
    const next = path === null ? undefined : opened.get(path)
    shown = next === undefined ? null : path
    instance.setModel(next?.model ?? null)
    if (next?.view != null) instance.restoreViewState(next.view)
    dress()
    tellCursor()
  }
  /** What the editor itself has of the text on show: whether it can be typed into, and the others' carets. */
  const dress = (): void => {
    const entry = shownEntry()
    const reason = entry?.readOnly ?? null
    instance.updateOptions({ readOnly: reason !== null, readOnlyMessage: { value: reason ?? '' } })
    carets?.dispose()
    carets =
      entry?.bound == null
        ? null
        : showOtherCarets({
            ...{ model: entry.model, shared: entry.bound.shared },
            isOthers: entry.bound.binding.isApplying,
          })
  }
  const unshare = (path: string): void => {
    const entry = opened.get(path)
    entry?.bound?.binding.dispose()
    if (entry !== undefined) entry.bound = null
    if (path === shown) dress()
  }

  for (const { path, text, selection, scrollTop, shown: wasShown } of handover) {
    load(path, text)
    const model = opened.get(path)?.model
    if (model === undefined) continue
    const from = model.getPositionAt(selection.start)
    const to = model.getPositionAt(selection.end)
    const direction = selection.backward ? SelectionDirection.RTL : SelectionDirection.LTR
    if (wasShown) {
      show(path)
      instance.setSelection(Selection.createWithDirection(from.lineNumber, from.column, to.lineNumber, to.column, direction))
      instance.setScrollTop(scrollTop)
    }
  }
  // Fonts decide where a click lands; they may come after the editor.
  void document.fonts?.ready.then(() => editor.remeasureFonts())

  return {
    kind: 'monaco',
    editor: instance,
    load,
    unload(path) {
      const entry = opened.get(path)
      if (entry === undefined) return
      if (shown === path) show(null)
      unshare(path)
      opened.delete(path)
      entry.listener.dispose()
      entry.model.dispose()
    },
    rename(from, to) {
      const entry = opened.get(from)
      if (entry === undefined) return
      opened.delete(from)
      opened.set(to, entry)
      if (shown === from) shown = to
      editor.setModelLanguage(entry.model, languageOf(to))
    },
    text: (path) => opened.get(path)?.model.getValue() ?? '',
    replace(path, text) {
      const model = opened.get(path)?.model
      if (model === undefined || model.getValue() === text) return
      replacing = opened.get(path)?.bound == null
      try {
        const view = shown === path ? instance.saveViewState() : null
        model.pushStackElement()
        model.pushEditOperations([], [editBetween(model, text)], () => null)
        model.pushStackElement()
        if (view !== null) instance.restoreViewState(view)
      } finally {
        replacing = false
      }
    },
    share(path, shared, base) {
      const entry = opened.get(path)
      if (entry === undefined) return
      unshare(path)
      const { model } = entry
      const shownIn = () => (instance.getModel() === model ? instance : null)
      entry.bound = { shared, binding: bindModel({ model, replica: shared.replica, base, shownIn }) }
      if (path !== shown) return
      dress()
      tellCursor()
    },
    unshare,
    setReadOnly(path, reason) {
      const entry = opened.get(path)
      if (entry === undefined || entry.readOnly === reason) return
      entry.readOnly = reason
      if (path === shown) dress()
    },
    show,
    reveal: ({ line, column, end = { line, column } }: Place) => {
      instance.setSelection(new Range(line, column, end.line, end.column))
      instance.revealPositionInCenterIfOutsideViewport({ lineNumber: line, column })
    },
    find() {
      instance.focus()
      void instance.getAction('actions.find')?.run()
    },
    lookAt(offset) {
      const position = instance.getModel()?.getPositionAt(offset)
      if (position !== undefined) instance.revealPositionInCenterIfOutsideViewport(position)
    },
    focus: () => instance.focus(),
    hasFocus: () => instance.hasTextFocus(),
    handOver: () => [],
    setTheme: (name) => editor.setTheme(`atelier-${name}`),
    wraps: () => instance.getOption(editor.EditorOption.wordWrap) === 'on',
    setWordWrap: (wrap) => instance.updateOptions({ wordWrap: wrap ? 'on' : 'off' }),
    setLanguage(path, language) {
      const model = opened.get(path)?.model
      if (model !== undefined) editor.setModelLanguage(model, language)
    },
  }
}

/** One edit that changes only what differs, so that carets and folds elsewhere stay. */
function editBetween(model: editor.ITextModel, text: string): { range: Range; text: string } {
  const before = model.getValue()
  let start = 0
  const shortest = Math.min(before.length, text.length)
  while (start < shortest && before.charCodeAt(start) === text.charCodeAt(start)) start += 1
  let end = 0
  while (end < shortest - start && before.charCodeAt(before.length - 1 - end) === text.charCodeAt(text.length - 1 - end)) end += 1
  const from = model.getPositionAt(start)
  const to = model.getPositionAt(before.length - end)
  return { range: Range.fromPositions(from, to), text: text.slice(start, text.length - end) }
}
