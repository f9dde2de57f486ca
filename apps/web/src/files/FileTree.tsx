/**
 * The tree, after the ARIA tree pattern: one tab stop, arrows move, the active row is named by `aria-activedescendant`. A project of
 * ten thousand files opens as fast as one of ten (design/VirtualList.tsx).
 */
import { useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { ContextMenuArea } from '../design/Menus.tsx'
import { useVirtualList, VirtualRows } from '../design/VirtualList.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { takeDrop } from './dropped-files.ts'
import { type Naming, setExpanded } from './files.ts'
import { NameField } from './NameField.tsx'
import { TreeMenu } from './TreeMenu.tsx'
import { TreeRow } from './TreeRow.tsx'
import { childrenOf, parentOf, type TreeRow as Row, visibleRows } from './tree.ts'
import { type Drag, useTreeDrag } from './tree-drag.ts'
import { handleTreeKey } from './tree-keys.ts'

/** A row to draw: of the tree, or the field in which something new is named. */
export type Slot = { readonly kind: 'row'; readonly row: Row } | { readonly kind: 'new'; readonly level: number }

export const rowId = (path: string): string => `tree-${encodeURIComponent(path)}`

export function FileTree() {
  const workbench = useWorkbench()
  const { files } = workbench
  const { entries, expanded, selected, naming } = useStore(files)
  const children = useMemo(() => childrenOf(entries), [entries])
  const rows = useMemo(() => visibleRows(children, expanded), [children, expanded])
  const slots = useMemo(() => withNaming(rows, naming), [rows, naming])
  const drag: Drag = useTreeDrag(workbench)
  const [menuPath, setMenuPath] = useState<string | null>(null)

  const activeIndex = slots.findIndex((slot) =>
    slot.kind === 'new'
      ? true
      : naming?.kind === 'rename'
        ? slot.row.path === naming.path
        : slot.row.path === selected && naming === null,
  )
  const list = useVirtualList(slots.length, activeIndex)
  return (
    <ContextMenuArea menu={<TreeMenu path={menuPath} />}>
      <div
        ref={list.scroller}
        className={drag.overFolder === '' ? 'tree drop-target' : 'tree'}
        role="tree"
        aria-label="Project files"
        aria-activedescendant={selected === null ? undefined : rowId(selected)}
        tabIndex={0}
        data-pane-focus="files"
        onScroll={list.onScroll}
        onFocus={(event) => {
          if (event.target === event.currentTarget && selected === null && rows[0] !== undefined)
            files.setState({ selected: rows[0].path })
        }}
        onKeyDown={(event) => {
          if (event.target === event.currentTarget && handleTreeKey(workbench, rows, event)) event.preventDefault()
        }}
        onPaste={(event) => {
          if (event.target !== event.currentTarget || event.clipboardData.files.length === 0) return
          event.preventDefault()
          const chosen = selected === null ? undefined : entries.get(selected)
          const folder = chosen === undefined ? '' : chosen.kind === 'folder' ? chosen.path : parentOf(chosen.path)
          void workbench.changes.upload(takeDrop(event.clipboardData), folder)
        }}
        onPointerDownCapture={(event) => setMenuPath(pathUnder(event.target))}
        onContextMenuCapture={(event) => setMenuPath(event.target === event.currentTarget ? selected : pathUnder(event.target))}
        {...drag.onTree}
      >
        <VirtualRows list={list}>
          {slots
            .slice(list.start, list.end)
            .map((slot) =>
              slot.kind === 'new' ? (
                <NameField key="new" level={slot.level} />
              ) : naming?.kind === 'rename' && naming.path === slot.row.path ? (
                <NameField key={slot.row.path} level={slot.row.level} />
              ) : (
                <TreeRow
                  key={slot.row.path}
                  row={slot.row}
                  selected={slot.row.path === selected}
                  dropTarget={drag.overFolder === slot.row.path}
                  drag={drag}
                  onToggle={() => setExpanded(files, slot.row.path, !slot.row.expanded)}
                />
              ),
            )}
        </VirtualRows>
      </div>
    </ContextMenuArea>
  )
}

const pathUnder = (target: EventTarget): string | null =>
  (target as Element).closest<HTMLElement>('[data-path]')?.dataset.path ?? null

/** The field for a new name stands first in its folder. */
function withNaming(rows: readonly Row[], naming: Naming | null): readonly Slot[] {
  const slots: Slot[] = rows.map((row) => ({ kind: 'row', row }))
  if (naming === null || naming.kind === 'rename') return slots
  const at = naming.folder === '' ? 0 : rows.findIndex((row) => row.path === naming.folder) + 1
  const level = naming.folder === '' ? 1 : naming.folder.split('/').length + 1
  slots.splice(at, 0, { kind: 'new', level })
  return slots
}
