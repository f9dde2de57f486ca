/** The left panel: the project's files, with what can be done to them. */
import { useRef, useState } from 'react'
import { useStore } from 'zustand'
import { shownKeys } from '../commands/keys.ts'
import { IconButton } from '../design/Icon.tsx'
import { MenuButton, MenuItem } from '../design/Menus.tsx'
import { mayWrite, whyViewOnly } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { takeDrop } from './dropped-files.ts'
import { FileTree } from './FileTree.tsx'
import './files.css'

export function FilesPane() {
  const workbench = useWorkbench()
  const isEmpty = useStore(workbench.files, ({ entries, naming }) => entries.size === 0 && naming === null)
  const [over, setOver] = useState(false)
  const depth = useRef(0)
  const canWrite = useStore(workbench.access, mayWrite)
  const isFromDesktop = (event: React.DragEvent): boolean => canWrite && event.dataTransfer.types.includes('Files')
  return (
    <aside
      className={over ? 'files-pane dropping' : 'files-pane'}
      data-pane="files"
      aria-label="Files"
      onDragEnter={(event) => {
        if (!isFromDesktop(event)) return
        depth.current += 1
        setOver(true)
      }}
      onDragLeave={() => {
        depth.current = Math.max(0, depth.current - 1)
        if (depth.current === 0) setOver(false)
      }}
      onDragOver={(event) => {
        if (isFromDesktop(event)) event.preventDefault()
      }}
      onDrop={(event) => {
        depth.current = 0
        setOver(false)
        if (!isFromDesktop(event) || event.defaultPrevented) return
        event.preventDefault()
        void workbench.changes.upload(takeDrop(event.dataTransfer), '')
      }}
    >
      <header className="pane-head">
        <h2 className="pane-title">Files</h2>
        <IconButton
          icon="search"
          label="Search in all files"
          keys={shownKeys('Mod+Shift+F')}
          suppressHydrationWarning
          onClick={() => workbench.showSearch('find')}
        />
        {canWrite ? (
          <>
            <IconButton icon="new-file" label="New file" onClick={() => workbench.startNaming('new-file')} />
            <IconButton icon="new-folder" label="New folder" onClick={() => workbench.startNaming('new-folder')} />
            <MenuButton trigger={<IconButton icon="cloud-upload" label="Upload" />}>
              <MenuItem icon="new-file" text="Upload files …" onClick={() => workbench.pickUploads(false)} />
              <MenuItem icon="new-folder" text="Upload a folder …" onClick={() => workbench.pickUploads(true)} />
              <MenuItem icon="cloud-upload" text="Import a zip file …" onClick={() => workbench.archive('import')} />
            </MenuButton>
          </>
        ) : null}
        <IconButton
          icon="collapse-all"
          label="Collapse all folders"
          onClick={() => workbench.files.setState({ expanded: new Set() })}
        />
      </header>
      {isEmpty ? <EmptyTree /> : <FileTree />}
      <div className="drop-hint" aria-hidden="true">
        Drop to upload
      </div>
    </aside>
  )
}

function EmptyTree() {
  const workbench = useWorkbench()
  const canWrite = useStore(workbench.access, mayWrite)
  if (!canWrite)
    return (
      <div className="empty-tree" data-pane-focus="files" tabIndex={-1}>
        <p>No files yet.</p>
        <p>{whyViewOnly}</p>
      </div>
    )
  return (
    <div className="empty-tree" data-pane-focus="files" tabIndex={-1}>
      <p>No files yet.</p>
      <p>Make one, drop files from your desktop here, or start from a template.</p>
      <button type="button" className="button" onClick={() => workbench.startNaming('new-file', '')}>
        New file
      </button>
      <button type="button" className="button quiet" onClick={() => workbench.dialogs.show({ kind: 'new-project' })}>
        New project from a template
      </button>
    </div>
  )
}
