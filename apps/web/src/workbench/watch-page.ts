/** What happens around the page: it is hidden, shown, closed, or the server comes back. */
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
    const isVisible = document.visibilityState === 'visible'
    editing.seen(isVisible)
    if (isVisible) catchUp()
  })
  window.addEventListener('pagehide', () => editing.seen(false))
  window.addEventListener('blur', () => editing.focused(false))
  window.addEventListener('focus', () => editing.focused(true))
  connection.onReturn(() => {
    void editing.saveAll()
    catchUp()
  })
  window.addEventListener('beforeunload', (event) => {
    // What is unsaved is kept in this browser and comes back; only where it cannot be kept must the person be asked.
    if (editing.wouldLose()) event.preventDefault()
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
