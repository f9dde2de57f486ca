/** CodeMirror for the files of an embed: one view, a state per file, each with its own undo. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import { languageFor } from '../editor/codemirror/languages.ts'
import '../editor/codemirror/codemirror.css'

export type EmbedEditor = {
  /** Text of a file; undefined: it was never shown. */
  text(path: string): string | undefined
  show(path: string, text: string): void
  /** Other texts from now on; what is not named is forgotten. */
  forget(): void
  reveal(line: number, column: number): void
  focus(): void
}

export type EmbedEditorOptions = {
  readonly host: HTMLElement
  readonly readOnly: boolean
  readonly changed: () => void
  readonly run: () => void
}

export function createEmbedEditor({ host, readOnly, changed, run }: EmbedEditorOptions): EmbedEditor {
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
      view.setState(states.get(path) ?? EditorState.create({ doc: text, extensions: [base, language.of([])] }))
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
    focus: () => view.focus(),
  }
}
