/** Open files are open again after a reload; each tab of the browser has its own. */
import type { Workbench } from '../workbench/workbench.ts'

const mostTabs = 20

export async function restoreTabs(workbench: Workbench): Promise<void> {
  const { documents, files, editing, projectId } = workbench
  const key = `atelier.tabs.${projectId}`
  const first = documents.getState().active
  const kept = readTabs(sessionStorage.getItem(key) ?? localStorage.getItem(key))
  const wanted = kept.filter((path) => files.getState().entries.has(path)).slice(0, mostTabs)
  const { tabs } = documents.getState()
  const order = [...wanted, ...tabs.filter((path) => !wanted.includes(path))]
  const closed = wanted.filter((path) => !tabs.includes(path))
  documents.setState(({ open }) => ({
    tabs: order,
    open: { ...Object.fromEntries(closed.map((path) => [path, { kind: 'asleep' } as const])), ...open },
  }))
  documents.subscribe((state, before) => {
    if (state.tabs === before.tabs && state.active === before.active) return
    const text = JSON.stringify(state.tabs)
    try {
      sessionStorage.setItem(key, text)
      localStorage.setItem(key, text)
    } catch {
      // Full or forbidden: then they are forgotten.
    }
    showInAddress(state.active)
  })
  if (first === null && order[0] !== undefined) await editing.open(order[0], { focus: false })
}

function readTabs(text: string | null): readonly string[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}

/** The address names the open file, so that a reload or a copied link comes back to it. */
function showInAddress(path: string | null): void {
  const url = new URL(location.href)
  if (path === null) url.searchParams.delete('file')
  else url.searchParams.set('file', path)
  history.replaceState(null, '', url)
}
