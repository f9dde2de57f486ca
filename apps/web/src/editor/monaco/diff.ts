/** Monaco's diff editor; a chunk of its own. */
import 'monaco-editor/features/diffEditor/register'
import { editor } from 'monaco-editor/editor'
import type { ThemeName } from '../../appearance/appearance.ts'
import { defineThemes } from './themes.ts'

type Diff = { readonly theirs: string; readonly mine: string; readonly language: string; readonly theme: ThemeName }

/** Shows the difference in `host`; returns the function that removes it. */
export function showDiff(host: HTMLElement, { theirs, mine, language, theme }: Diff): () => void {
  defineThemes()
  const original = editor.createModel(theirs, language)
  const modified = editor.createModel(mine, language)
  const place = document.createElement('div')
  place.className = 'diff-place'
  host.append(place)
  const diff = editor.createDiffEditor(place, {
    theme: `atelier-${theme}`,
    readOnly: true,
    automaticLayout: true,
    fontFamily: getComputedStyle(host).fontFamily,
    fontSize: 13,
    renderSideBySide: host.clientWidth > 700,
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    renderOverviewRuler: false,
    unicodeHighlight: { ambiguousCharacters: false },
  })
  let isCompared = false
  let isRemoved = false
  const dispose = (): void => {
    diff.dispose()
    original.dispose()
    modified.dispose()
  }
  diff.onDidUpdateDiff(() => {
    isCompared = true
    // Not within its own event.
    if (isRemoved) setTimeout(dispose)
  })
  diff.setModel({ original, modified })
  return () => {
    place.remove()
    isRemoved = true
    // Texts that go while Monaco's worker compares them make it fail, which would be reported as an error of the page.
    if (isCompared) dispose()
  }
}
