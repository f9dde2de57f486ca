/** The open files. Arrow keys move between tabs, Delete closes, a middle click closes, dragging reorders. */
import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { IconButton } from '../design/Icon.tsx'
import { ContextMenuArea, MenuItem, MenuLine } from '../design/Menus.tsx'
import { type DocumentState, isDirty } from '../documents/documents.ts'
import { FileIcon } from '../files/FileIcon.tsx'
import { nameOf, parentOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'

const dragType = 'application/x-atelier-tab'

export const tabId = (path: string): string => `tab-${encodeURIComponent(path)}`

export function Tabs() {
  const workbench = useWorkbench()
  const { tabs, active, open } = useStore(workbench.documents)
  const strip = useRef<HTMLDivElement>(null)
  const [before, setBefore] = useState<string | null>(null)
  const [menuPath, setMenuPath] = useState<string | null>(null)
  useEffect(() => {
    if (active !== null) document.getElementById(tabId(active))?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [active])
  const names = tabs.map(nameOf)
  return (
    <ContextMenuArea menu={menuPath === null ? null : <TabMenu path={menuPath} />}>
      <div
        ref={strip}
        className="tabs"
        role="tablist"
        aria-label="Open files"
        onWheel={(event) => {
          if (event.deltaX === 0) event.currentTarget.scrollLeft += event.deltaY
        }}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes(dragType)) return
          event.preventDefault()
          setBefore(tabUnder(event.target))
        }}
        onDrop={(event) => {
          const path = event.dataTransfer.getData(dragType)
          if (path === '') return
          event.preventDefault()
          if (path !== before) workbench.editing.moveTab(path, before)
          setBefore(null)
        }}
        onDragEnd={() => setBefore(null)}
        onPointerDownCapture={(event) => setMenuPath(tabUnder(event.target))}
        onContextMenuCapture={(event) => setMenuPath(tabUnder(event.target))}
      >
        {tabs.map((path) => (
          <Tab
            key={path}
            path={path}
            state={open[path]}
            active={path === active}
            dropBefore={path === before}
            showFolder={names.filter((name) => name === nameOf(path)).length > 1}
          />
        ))}
      </div>
    </ContextMenuArea>
  )
}

const tabUnder = (target: EventTarget): string | null =>
  (target as Element).closest<HTMLElement>('[data-tab]')?.dataset.tab ?? null

function Tab({
  path,
  state,
  active,
  dropBefore,
  showFolder,
}: {
  readonly path: string
  readonly state: DocumentState | undefined
  readonly active: boolean
  readonly dropBefore: boolean
  readonly showFolder: boolean
}) {
  const workbench = useWorkbench()
  const { editing, documents } = workbench
  const dirty = isDirty(state)
  const step = (by: number): void => {
    const { tabs } = documents.getState()
    const next = tabs[(tabs.indexOf(path) + by + tabs.length) % tabs.length]
    if (next === undefined) return
    void editing.open(next, { focus: false })
    requestAnimationFrame(() => document.getElementById(tabId(next))?.focus())
  }
  return (
    <div
      id={tabId(path)}
      className={`tab${active ? ' active' : ''}${dropBefore ? ' drop-before' : ''}${dirty ? ' dirty' : ''}`}
      role="tab"
      aria-selected={active}
      aria-controls="editor-body"
      tabIndex={active ? 0 : -1}
      data-tab={path}
      title={path}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.setData(dragType, path)
        event.dataTransfer.effectAllowed = 'move'
      }}
      onMouseDown={(event) => {
        // The middle button would start scrolling.
        if (event.button === 1) event.preventDefault()
      }}
      onClick={() => void editing.open(path)}
      onAuxClick={(event) => {
        if (event.button === 1) void editing.close(path)
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return
        if (event.key === 'ArrowRight') step(1)
        else if (event.key === 'ArrowLeft') step(-1)
        else if (event.key === 'Delete') void editing.close(path)
        else if (event.key === 'Enter' || event.key === ' ') void editing.open(path)
        else return
        event.preventDefault()
      }}
    >
      <FileIcon path={path} />
      <span className="tab-name">{nameOf(path)}</span>
      {showFolder ? <span className="tab-folder">{parentOf(path) || 'top'}</span> : null}
      {dirty ? (
        <span className="tab-dot">
          <span className="visually-hidden">not saved yet</span>
        </span>
      ) : null}
      <IconButton
        icon="close"
        label={`Close ${nameOf(path)}`}
        tabIndex={-1}
        onClick={(event) => {
          event.stopPropagation()
          void editing.close(path)
        }}
      />
    </div>
  )
}

function TabMenu({ path }: { readonly path: string }) {
  const workbench = useWorkbench()
  const { editing, documents } = workbench
  const closeAll = async (paths: readonly string[]): Promise<void> => {
    for (const each of paths) await editing.close(each)
  }
  return (
    <>
      <MenuItem icon="close" text="Close" keys="Alt+W" onClick={() => void editing.close(path)} />
      <MenuItem
        text="Close the others"
        onClick={() => void closeAll(documents.getState().tabs.filter((each) => each !== path))}
      />
      <MenuItem text="Close all" onClick={() => void closeAll(documents.getState().tabs)} />
      <MenuLine />
      <MenuItem icon="edit" text="Rename" onClick={() => workbench.startRename(path)} />
      <MenuItem icon="download" text="Download" onClick={() => workbench.download(path)} />
    </>
  )
}
