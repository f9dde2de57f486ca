import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { mayWrite } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { FileIcon } from './FileIcon.tsx'
import { rowId } from './FileTree.tsx'
import type { TreeRow as Row } from './tree.ts'
import type { Drag } from './tree-drag.ts'

export function TreeRow({
  row,
  selected,
  dropTarget,
  drag,
  onToggle,
}: {
  readonly row: Row
  readonly selected: boolean
  readonly dropTarget: boolean
  readonly drag: Drag
  readonly onToggle: () => void
}) {
  const workbench = useWorkbench()
  const canWrite = useStore(workbench.access, mayWrite)
  const open = (focus: boolean): void => {
    workbench.files.setState({ selected: row.path })
    if (row.kind === 'folder') onToggle()
    else {
      workbench.layout.show('editor')
      void workbench.editing.open(row.path, { focus })
    }
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys and names this row as active
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={rowId(row.path)}
      className={`tree-row${selected ? ' selected' : ''}${dropTarget ? ' drop-target' : ''}`}
      role="treeitem"
      aria-level={row.level}
      aria-setsize={row.siblings}
      aria-posinset={row.position}
      aria-selected={selected}
      aria-expanded={row.kind === 'folder' ? row.expanded : undefined}
      data-path={row.path}
      data-kind={row.kind}
      draggable={canWrite}
      style={{ paddingLeft: 8 + (row.level - 1) * 14 }}
      title={row.path}
      onClick={() => open(false)}
      onDoubleClick={() => {
        if (row.kind === 'file') open(true)
      }}
      {...drag.onRow(row)}
    >
      <span className="tree-twist" data-open={row.expanded}>
        {row.kind === 'folder' ? <Icon name="chevron-right" /> : null}
      </span>
      {row.kind === 'folder' ? (
        <span className="icon file-icon" data-tone="folder">
          <Icon name={row.expanded ? 'folder-open' : 'folder'} />
        </span>
      ) : (
        <FileIcon path={row.path} />
      )}
      <span className="tree-name">{row.name}</span>
    </div>
  )
}
