/**
 * What was found, after the ARIA tree pattern: files, and below each its matches; one tab stop, the active row is named by
 * `aria-activedescendant`.
 */
import { useMemo } from 'react'
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { useVirtualList, VirtualRows } from '../design/VirtualList.tsx'
import { FileIcon } from '../files/FileIcon.tsx'
import { nameOf, parentOf } from '../files/tree.ts'
import { isSameSpot, isTicked, type Row, rowsOf, shownParts, tickOf } from './results.ts'
import type { Search } from './search.ts'

export function SearchResults({ search, canWrite }: { readonly search: Search; readonly canWrite: boolean }) {
  const { files, collapsed, active, showsReplace, leftOut } = useStore(search.store)
  const rows = useMemo(() => rowsOf(files, collapsed), [files, collapsed])
  const isReplacing = showsReplace && canWrite
  const activeIndex = active === null ? -1 : rows.findIndex((row) => isSameSpot(row, active))
  const list = useVirtualList(rows.length, activeIndex)
  if (files.length === 0) return <div className="search-nothing" />

  const activeRow = rows[activeIndex]
  return (
    <div
      ref={list.scroller}
      className="tree search-results"
      role="tree"
      aria-label="Search results"
      aria-activedescendant={activeRow === undefined ? undefined : rowId(activeRow)}
      tabIndex={0}
      onScroll={list.onScroll}
      onFocus={() => {
        if (activeIndex < 0 && rows[0] !== undefined) search.activate(rows[0])
      }}
      onKeyDown={(event) => {
        if (handleKey(search, rows, activeIndex, isReplacing, event)) event.preventDefault()
      }}
    >
      <VirtualRows list={list}>
        {rows.slice(list.start, list.end).map((row) => (
          <ResultRow
            key={rowId(row)}
            row={row}
            search={search}
            isActive={isSameSpot(row, active)}
            isOpen={!collapsed.has(row.path)}
            tick={!isReplacing ? null : row.match === null ? tickOf(row.file, leftOut) : isTicked(row, leftOut) ? 'all' : 'none'}
          />
        ))}
      </VirtualRows>
    </div>
  )
}

const rowId = ({ path, match }: Row): string => `found-${encodeURIComponent(path)}-${match ?? 'file'}`

function ResultRow({
  row,
  search,
  isActive,
  isOpen,
  tick,
}: {
  readonly row: Row
  readonly search: Search
  readonly isActive: boolean
  readonly isOpen: boolean
  /** null: there is nothing to tick. */
  readonly tick: 'all' | 'some' | 'none' | null
}) {
  const { path, match, file } = row
  const found = match === null ? undefined : file.matches[match]
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys and names this row as active
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={rowId(row)}
      className={`tree-row found-row${isActive ? ' selected' : ''}${tick === 'none' ? ' left-out' : ''}`}
      role="treeitem"
      aria-level={match === null ? 1 : 2}
      aria-selected={isActive}
      aria-expanded={match === null ? isOpen : undefined}
      aria-checked={tick === null ? undefined : tick === 'some' ? 'mixed' : tick === 'all'}
      title={found === undefined ? path : `${path}, line ${found.line}`}
      onClick={() => {
        if (match === null) {
          search.activate(row)
          search.toggle(path)
        } else search.open(row, false)
      }}
      onDoubleClick={() => {
        if (match !== null) search.open(row, true)
      }}
    >
      {match === null ? (
        <span className="tree-twist" data-open={isOpen}>
          <Icon name="chevron-right" />
        </span>
      ) : null}
      {tick === null ? null : (
        <input
          type="checkbox"
          className="found-tick"
          tabIndex={-1}
          aria-hidden="true"
          checked={tick === 'all'}
          ref={(element) => {
            if (element !== null) element.indeterminate = tick === 'some'
          }}
          onChange={() => search.tick(row)}
          onClick={(event) => event.stopPropagation()}
        />
      )}
      {found === undefined ? (
        <>
          <FileIcon path={path} />
          <bdi className="found-name">{nameOf(path)}</bdi>
          <bdi className="found-folder">{parentOf(path)}</bdi>
          <span className="found-count">
            {file.matches.length}
            {file.cut === null ? '' : '+'}
          </span>
        </>
      ) : (
        <FoundLine found={found} shows={tick === null ? 'match' : tick === 'none' ? 'match' : 'replacement'} />
      )}
    </div>
  )
}

function FoundLine({
  found,
  shows,
}: {
  readonly found: Row['file']['matches'][number]
  readonly shows: 'match' | 'replacement'
}) {
  const { before, match, after } = shownParts(found)
  const hasReplacement = shows === 'replacement' && found.replacement !== undefined
  return (
    <>
      <span className="found-line">
        <span>{before}</span>
        {hasReplacement ? (
          <>
            <del>{match}</del>
            <ins>{found.replacement}</ins>
          </>
        ) : (
          <mark>{match}</mark>
        )}
        <span>{after}</span>
      </span>
      <span className="found-number">
        <span className="visually-hidden">line </span>
        {found.line}
      </span>
    </>
  )
}

function handleKey(
  search: Search,
  rows: readonly Row[],
  at: number,
  isReplacing: boolean,
  { key, ctrlKey, metaKey, altKey }: React.KeyboardEvent,
): boolean {
  if (ctrlKey || metaKey || altKey) return false
  const row = rows[at]
  const go = (to: number): boolean => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))]
    if (next !== undefined) search.activate(next)
    return true
  }
  const isOpen = row !== undefined && rows[at + 1]?.path === row.path
  switch (key) {
    case 'ArrowDown':
      return go(at + 1)
    case 'ArrowUp':
      return go(at - 1)
    case 'PageDown':
      return go(at + 15)
    case 'PageUp':
      return go(at - 15)
    case 'Home':
      return go(0)
    case 'End':
      return go(rows.length - 1)
    case 'ArrowRight':
      if (row?.match !== null) return true
      if (isOpen) return go(at + 1)
      search.toggle(row.path)
      return true
    case 'ArrowLeft':
      if (row === undefined) return true
      if (row.match !== null) return go(rows.findIndex((each) => each.path === row.path))
      if (isOpen) search.toggle(row.path)
      return true
    case 'Enter':
      if (row !== undefined) search.open({ path: row.path, match: row.match ?? 0 }, true)
      return true
    case ' ':
      if (row === undefined) return true
      if (isReplacing) search.tick(row)
      else if (row.match === null) search.toggle(row.path)
      else search.open(row, false)
      return true
    default:
      return false
  }
}
