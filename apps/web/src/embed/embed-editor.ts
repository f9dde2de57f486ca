/** CodeMirror for the files of an embed: one view, a state per file, each with its own undo. */
import type { EmbedLook } from '@atelier/protocol/embeds'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, type Extension, RangeSet, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import { languageFor } from '../editor/codemirror/languages.ts'
import '../editor/codemirror/codemirror.css'

export type EmbedEditor = {
  /** Text of a file; undefined: it was never shown. */
  text(path: string): string | undefined
  show(path: string, text: string): void
  /** Other texts from now on; what is not named is forgotten. */
  forget(): void
  /** Puts the caret there. */
  reveal(line: number, column: number): void
  lookAt(line: number): void
  focus(): void
}

export type EmbedEditorOptions = {
  readonly host: HTMLElement
  readonly readOnly: boolean
  /** Lines of one file that stand out. */
  readonly highlights: { readonly path: string; readonly lines: EmbedLook['highlights'] }
  readonly changed: () => void
  readonly run: () => void
}

export function createEmbedEditor({ host, readOnly, highlights, changed, run }: EmbedEditorOptions): EmbedEditor {
  const states = new Map<string, EditorState>()
  const language = new Compartment()
  const view = new EditorView({ parent: host })
  let shown: string | null = null
  const startIt = (): boolean => {
    run()
    return true
  }
  const base: Extension = [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    indentOnInput(),
    bracketMatching(),
    indentUnit.of('    '),
    EditorState.tabSize.of(4),
    syntaxHighlighting(classHighlighter),
    EditorView.contentAttributes.of({
      'aria-label': 'Code editor',
      autocapitalize: 'off',
      autocorrect: 'off',
      spellcheck: 'false',
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed()
    }),
    keymap.of([{ key: 'Mod-Enter', run: startIt, preventDefault: true }, indentWithTab, ...historyKeymap, ...defaultKeymap]),
    readOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : [],
  ]
  return {
    text: (path) => (path === shown ? view.state : states.get(path))?.doc.toString(),
    show(path, text) {
      if (shown !== null) states.set(shown, view.state)
      shown = path
      const marked = path === highlights.path ? highlighted(highlights.lines) : []
      view.setState(states.get(path) ?? EditorState.create({ doc: text, extensions: [base, language.of([]), marked] }))
      void languageFor(path).then((support) => {
        if (shown === path) view.dispatch({ effects: language.reconfigure(support) })
      })
    },
    forget() {
      states.clear()
      shown = null
    },
    reveal(line, column) {
      const { doc } = view.state
      const at = doc.line(Math.max(1, Math.min(line, doc.lines)))
      const place = Math.min(at.from + column - 1, at.to)
      view.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: 'center' }) })
      view.focus()
    },
    lookAt(line) {
      const { doc } = view.state
      const { from } = doc.line(Math.max(1, Math.min(line, doc.lines)))
      view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'center' }) })
    },
    focus: () => view.focus(),
  }
}

const mark = Decoration.line({ class: 'embed-highlight' })

/** They stay with their text while it is edited. */
const highlighted = (lines: EmbedLook['highlights']): Extension =>
  StateField.define<DecorationSet>({
    create({ doc }) {
      const numbers = new Set<number>()
      for (const [from, to] of lines)
        for (let line = Math.max(1, from); line <= Math.min(to, doc.lines); line += 1) numbers.add(line)
      return RangeSet.of(
        [...numbers].map((line) => mark.range(doc.line(line).from)),
        true,
      )
    },
    update: (marks, { changes }) => marks.map(changes),
    provide: (field) => EditorView.decorations.from(field),
  })
