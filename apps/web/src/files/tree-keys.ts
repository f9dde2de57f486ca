/** Keys of the ARIA tree pattern, and those of every file manager. */
import type { Workbench } from '../workbench/workbench.ts'
import { selectPath, setExpanded } from './files.ts'
import { parentOf, type TreeRow } from './tree.ts'

type Key = Pick<React.KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

const pageRows = 12
let typed = ''
let typedAtMs = 0
const typeAheadMs = 700

/** Returns whether the key meant something. */
export function handleTreeKey(workbench: Workbench, rows: readonly TreeRow[], event: Key): boolean {
  const { files } = workbench
  const { selected } = files.getState()
  const at = rows.findIndex((row) => row.path === selected)
  const row = rows[at]
  const go = (index: number): boolean => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, index))]
    if (next !== undefined) files.setState({ selected: next.path })
    return true
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  switch (event.key) {
    case 'ArrowDown':
      return go(at + 1)
    case 'ArrowUp':
      return go(at < 0 ? 0 : at - 1)
    case 'PageDown':
      return go(at + pageRows)
    case 'PageUp':
      return go(at - pageRows)
    case 'Home':
      return go(0)
    case 'End':
      return go(rows.length - 1)
    case 'ArrowRight':
      if (row?.kind !== 'folder') return true
      if (row.expanded) return go(at + 1)
      setExpanded(files, row.path, true)
      return true
    case 'ArrowLeft':
      if (row === undefined) return true
      if (row.expanded) setExpanded(files, row.path, false)
      else if (parentOf(row.path) !== '') selectPath(files, parentOf(row.path))
      return true
    case 'Enter':
    case ' ':
      if (row?.kind === 'folder') setExpanded(files, row.path, !row.expanded)
      else if (row !== undefined) {
        workbench.layout.show('editor')
        void workbench.editing.open(row.path, { focus: event.key === 'Enter' })
      }
      return true
    case 'F2':
      workbench.startRename(row?.path ?? null)
      return true
    case 'Delete':
      if (row !== undefined) void workbench.changes.remove(row.path)
      return true
    case '*':
      for (const sibling of rows)
        if (sibling.kind === 'folder' && parentOf(sibling.path) === parentOf(row?.path ?? ''))
          setExpanded(files, sibling.path, true)
      return true
  }
  return event.key.length === 1 ? go(typeAhead(rows, at, event.key)) : false
}

/** Typed letters go to the next row that starts with them. */
function typeAhead(rows: readonly TreeRow[], at: number, key: string): number {
  const now = performance.now()
  typed = now - typedAtMs < typeAheadMs ? typed + key.toLowerCase() : key.toLowerCase()
  typedAtMs = now
  const from = typed.length === 1 ? at + 1 : Math.max(0, at)
  for (let step = 0; step < rows.length; step += 1) {
    const index = (from + step) % rows.length
    if (rows[index]?.name.toLowerCase().startsWith(typed) === true) return index
  }
  return at
}
