/** A moment of a history in Monaco, which is loaded for this: read-only, with everybody's text in their colour. */
import { editor, Range } from 'monaco-editor/editor'
import type { ThemeName } from '../appearance/appearance.ts'
import { defineThemes } from '../editor/monaco/themes.ts'
import { editBetween } from './edit-between.ts'
import { nobody } from './history.ts'

/** Classes `typed-by-1` … in playback.css; further people share them. */
export const colourClasses = 12
/** Runs of one person's text that are coloured at once; beyond, a screen full of single letters stays plain. */
const mostRuns = 2_000

/** The text, and whose it is from the beginning to the end; see history.ts for the numbers. */
export type Moment = { readonly text: string; readonly runs: readonly { readonly units: number; readonly number: number }[] }
/** `name` null: nobody knows who. */
export type Caret = { readonly offset: number; readonly number: number; readonly name: string | null }

export type FilmView = {
  show(moment: Moment, caret: Caret | null): void
  dispose(): void
}

export const classOf = (number: number): string => `typed-by-${((number - 1) % colourClasses) + 1}`

export function createFilmView(host: HTMLElement, language: string, theme: ThemeName): FilmView {
  defineThemes()
  const model = editor.createModel('', language)
  model.setEOL(editor.EndOfLineSequence.LF)
  const instance = editor.create(host, {
    model,
    theme: `atelier-${theme}`,
    readOnly: true,
    domReadOnly: true,
    automaticLayout: true,
    fontFamily: getComputedStyle(host).fontFamily,
    fontSize: 13,
    lineHeight: 20,
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    renderLineHighlight: 'none',
    occurrencesHighlight: 'off',
    selectionHighlight: false,
    folding: false,
    stickyScroll: { enabled: false },
    contextmenu: false,
    wordWrap: host.clientWidth < 600 ? 'on' : 'off',
    ariaLabel: 'The text at this moment',
    unicodeHighlight: { ambiguousCharacters: false, invisibleCharacters: false },
  })
  const typed = instance.createDecorationsCollection()
  const label = createLabel()
  let shown: Moment = { text: '', runs: [] }
  let labelAt: { lineNumber: number; column: number } | null = null
  const widget: editor.IContentWidget = {
    getId: () => 'playback.caret',
    getDomNode: () => label.element,
    getPosition: () =>
      labelAt === null
        ? null
        : {
            position: labelAt,
            preference: [editor.ContentWidgetPositionPreference.ABOVE, editor.ContentWidgetPositionPreference.BELOW],
          },
  }
  instance.addContentWidget(widget)

  /** Only what is on the screen. */
  const colour = (): void => {
    const decorations: editor.IModelDeltaDecoration[] = []
    for (const range of instance.getVisibleRanges()) {
      const end = model.getOffsetAt({ lineNumber: range.endLineNumber, column: model.getLineMaxColumn(range.endLineNumber) })
      const start = model.getOffsetAt({ lineNumber: range.startLineNumber, column: 1 })
      let at = 0
      for (const { units, number } of shown.runs) {
        const [from, to] = [Math.max(start, at), Math.min(end, at + units)]
        if (at >= end || decorations.length === mostRuns) break
        at += units
        if (number === nobody || from >= to) continue
        decorations.push({
          range: Range.fromPositions(model.getPositionAt(from), model.getPositionAt(to)),
          options: { inlineClassName: classOf(number) },
        })
      }
    }
    typed.set(decorations)
  }
  const scrolling = instance.onDidScrollChange(colour)
  const layout = instance.onDidLayoutChange(colour)

  return {
    show(moment, caret) {
      const edit = editBetween(shown.text, moment.text)
      shown = moment
      if (edit !== null)
        model.applyEdits([
          { range: Range.fromPositions(model.getPositionAt(edit.start), model.getPositionAt(edit.end)), text: edit.text },
        ])
      const place = caret === null ? null : model.getPositionAt(caret.offset)
      labelAt = caret === null || caret.name === null ? null : place
      if (caret?.name != null) label.say(caret.name, caret.number)
      instance.layoutContentWidget(widget)
      if (place !== null) instance.revealPositionInCenterIfOutsideViewport(place, editor.ScrollType.Immediate)
      colour()
    },
    dispose() {
      scrolling.dispose()
      layout.dispose()
      instance.dispose()
      model.dispose()
    },
  }
}

function createLabel(): { readonly element: HTMLElement; say(name: string, number: number): void } {
  const element = document.createElement('div')
  const name = document.createElement('bdi')
  element.append(name)
  return {
    element,
    say(text, number) {
      element.className = `film-caret ${classOf(number)}`
      name.textContent = text
    },
  }
}
