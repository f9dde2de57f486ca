/** Puts an editor in the place of the textarea, with text, caret and scroll as they are in that moment. */
import type { Workbench } from '../workbench/workbench.ts'
import type { Handover, TextSurface } from './surface.ts'

/** Monaco is not made for fingers: where there is no fine pointer, CodeMirror comes. */
const isForFingers = (): boolean => matchMedia('(pointer: coarse)').matches && !matchMedia('(any-pointer: fine)').matches

type Maker = (host: HTMLElement, handover: readonly Handover[]) => TextSurface

export async function takeOver(workbench: Workbench): Promise<void> {
  const host = document.querySelector<HTMLElement>('.surface-editor')
  const surfaceElement = host?.parentElement
  if (host === null || surfaceElement === null || surfaceElement === undefined) return
  try {
    await idle()
    const make = await (isForFingers() ? codeMirror(workbench) : monaco(workbench))
    await whileNotComposing()
    const handover = workbench.surface.current.handOver()
    const editor = make(host, handover)
    workbench.editing.attach(editor, handover)
    surfaceElement.dataset.surface = editor.kind
    if (handover.some(({ focused }) => focused)) editor.focus()
  } catch {
    workbench.notices.offer('The editor could not be loaded. You can go on in plain text.', 'Reload', () => location.reload())
  }
}

async function monaco({ documents, surfaceEvents, appearance, monaco: current }: Workbench): Promise<Maker> {
  const { createMonacoSurface } = await import('./monaco/monaco-surface.ts')
  return (host, handover) => {
    const editor = createMonacoSurface({
      ...{ host, handover, events: surfaceEvents, theme: appearance.store.getState().theme },
      languageOf: (path) => {
        const state = documents.getState().open[path]
        return state?.kind === 'text' ? state.language : 'plaintext'
      },
    })
    current.current = editor
    appearance.store.subscribe(({ theme }) => editor.setTheme(theme))
    return editor
  }
}

async function codeMirror({ surfaceEvents }: Workbench): Promise<Maker> {
  const { createCodeMirrorSurface } = await import('./codemirror/codemirror-surface.ts')
  return (host, handover) => createCodeMirrorSurface({ host, handover, events: surfaceEvents })
}

/** An editor takes the page's thread for a moment when it starts: keys come first. */
const idle = (): Promise<unknown> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(resolve, { timeout: 300 })
    else setTimeout(resolve, 30)
  })

/** A character that is being put together by an input method would be lost: wait until it is done. */
function whileNotComposing(): Promise<void> {
  const area = document.getElementById('first-text')
  if (area === null || !area.matches('[data-composing]')) return Promise.resolve()
  return new Promise((resolve) => area.addEventListener('compositionend', () => resolve(), { once: true }))
}
