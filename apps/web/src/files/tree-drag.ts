/** Dragging in the tree: rows onto folders to move them, files from the desktop onto folders to upload them. */
import { useEffect, useRef, useState } from 'react'
import type { Workbench } from '../workbench/workbench.ts'
import { takeDrop } from './dropped-files.ts'
import { setExpanded } from './files.ts'
import { isWithin, joinPath, nameOf, parentOf, type TreeRow } from './tree.ts'

const type = 'application/x-atelier-path'
/** A folder that something hovers over opens after this long. */
const openAfterMs = 600

export type Drag = {
  /** The folder under the pointer, '' for the top of the project, null for none. */
  readonly overFolder: string | null
  readonly onTree: Pick<React.DOMAttributes<HTMLElement>, 'onDragOver' | 'onDragLeave' | 'onDrop'>
  onRow(row: TreeRow): Pick<React.DOMAttributes<HTMLElement>, 'onDragStart' | 'onDragEnd'>
}

export function useTreeDrag(workbench: Workbench): Drag {
  const [overFolder, setOverFolder] = useState<string | null>(null)
  const dragged = useRef<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  /** At this moment: a drop may come before what the state says is drawn. */
  const over = useRef<string | null>(null)
  useEffect(() => () => clearTimeout(timer.current), [])

  const folderAt = (event: React.DragEvent): string => {
    const element = (event.target as Element).closest<HTMLElement>('[data-path]')
    const path = element?.dataset.path
    if (path === undefined) return ''
    return element?.dataset.kind === 'folder' ? path : parentOf(path)
  }
  const isOurs = (event: React.DragEvent): boolean => event.dataTransfer.types.includes(type)
  const hover = (folder: string | null): void => {
    if (folder === over.current) return
    over.current = folder
    setOverFolder(folder)
    clearTimeout(timer.current)
    if (folder !== null && folder !== '')
      timer.current = setTimeout(() => setExpanded(workbench.files, folder, true), openAfterMs)
  }
  const end = (): void => {
    dragged.current = null
    hover(null)
  }

  return {
    overFolder,
    onTree: {
      onDragOver(event) {
        const fromDesktop = event.dataTransfer.types.includes('Files')
        if (!isOurs(event) && !fromDesktop) return
        const folder = folderAt(event)
        const path = dragged.current
        if (path !== null && (isWithin(folder, path) || parentOf(path) === folder)) return hover(null)
        event.preventDefault()
        event.dataTransfer.dropEffect = fromDesktop ? 'copy' : 'move'
        hover(folder)
      },
      onDragLeave(event) {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) hover(null)
      },
      onDrop(event) {
        const folder = folderAt(event)
        if (isOurs(event)) {
          event.preventDefault()
          const path = event.dataTransfer.getData(type)
          void workbench.changes.move(path, joinPath(folder, nameOf(path)))
        } else if (event.dataTransfer.types.includes('Files')) {
          event.preventDefault()
          void workbench.changes.upload(takeDrop(event.dataTransfer), folder)
        }
        end()
      },
    },
    onRow: (row) => ({
      onDragStart(event) {
        dragged.current = row.path
        event.dataTransfer.setData(type, row.path)
        event.dataTransfer.setData('text/plain', row.path)
        event.dataTransfer.effectAllowed = 'move'
      },
      onDragEnd: end,
    }),
  }
}
