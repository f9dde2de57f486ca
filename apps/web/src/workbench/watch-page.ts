/** What happens around the page: it is hidden, shown, closed, or the server comes back. */
import { isUnsaved } from '../documents/save-state.ts'
import { selectPath } from '../files/files.ts'
import { nameOf } from '../files/tree.ts'
import type { Workbench } from './workbench.ts'

export function watchPage(workbench: Workbench): void {
  const { documents, editing, connection, changes, projects, files } = workbench
  const catchUp = (): void => {
    // Without the server there is nothing to catch up with; the connection says so itself.
    changes.refresh().catch(() => {})
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') editing.saver.hide()
    else catchUp()
  })
  window.addEventListener('pagehide', () => editing.saver.hide())
  connection.onReturn(() => {
    void editing.saver.saveAll()
    catchUp()
  })
  window.addEventListener('beforeunload', (event) => {
    const { open, keepsDrafts } = documents.getState()
    const unsaved = Object.values(open).some((state) => state.kind === 'text' && isUnsaved(state.save))
    // What is unsaved is kept in this browser and comes back; only where it cannot be kept must the person be asked.
    if (unsaved && !keepsDrafts) event.preventDefault()
  })
  const title = (): void => {
    const { active } = documents.getState()
    const { name } = projects.store.getState().current
    document.title = `${active === null ? '' : `${nameOf(active)} · `}${name} · Atelier`
  }
  documents.subscribe((state, before) => {
    if (state.active === before.active) return
    title()
    // The tree shows where one is, unless somebody is naming a file in it.
    if (state.active !== null && files.getState().naming === null && files.getState().entries.has(state.active))
      selectPath(files, state.active)
  })
  projects.store.subscribe(title)
  // A file dropped beside the tree would make the browser leave the page.
  for (const type of ['dragover', 'drop'] as const)
    window.addEventListener(type, (event) => {
      if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault()
    })
}
