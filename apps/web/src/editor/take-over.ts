/** Puts Monaco in the place of the textarea, with text, caret and scroll as they are in that moment. */
import type { Workbench } from '../workbench/workbench.ts'

/** Monaco is not made for fingers: on a device without a fine pointer the textarea stays. */
const wantsMonaco = (): boolean => matchMedia('(any-pointer: fine)').matches || !matchMedia('(pointer: coarse)').matches

export async function takeOver(workbench: Workbench): Promise<void> {
  if (!wantsMonaco()) return
  const host = document.querySelector<HTMLElement>('.surface-monaco')
  const surfaceElement = host?.parentElement
  if (host === null || surfaceElement === null || surfaceElement === undefined) return
  try {
    await idle()
    const { createMonacoSurface } = await import('./monaco/monaco-surface.ts')
    await whileNotComposing()
    const handover = workbench.surface.current.handOver()
    const monaco = createMonacoSurface({
      host,
      theme: workbench.appearance.store.getState().theme,
      languageOf: (path) => {
        const state = workbench.documents.getState().open[path]
        return state?.kind === 'text' ? state.language : 'plaintext'
      },
      events: workbench.surfaceEvents,
      handover,
    })
    workbench.editing.attach(monaco, handover)
    workbench.monaco.current = monaco
    surfaceElement.dataset.surface = 'monaco'
    if (handover.some(({ focused }) => focused)) monaco.focus()
    workbench.appearance.store.subscribe(({ theme }) => monaco.setTheme(theme))
  } catch {
    workbench.notices.offer('The editor could not be loaded. You can go on in plain text.', 'Reload', () => location.reload())
  }
}

/** Monaco takes the page's thread for a moment when it starts: keys come first. */
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
