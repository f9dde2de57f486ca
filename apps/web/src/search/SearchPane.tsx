/** Search in the files of the project: fields above, what was found below, in the place of the tree. */
import { useLayoutEffect, useRef } from 'react'
import { useStore } from 'zustand'
import { shownKeys } from '../commands/keys.ts'
import { IconButton } from '../design/Icon.tsx'
import { mayWrite } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { SearchFields } from './SearchFields.tsx'
import { SearchOutcome } from './SearchOutcome.tsx'
import { SearchResults } from './SearchResults.tsx'
import { SearchStatus } from './SearchStatus.tsx'
import { createSearch } from './search.ts'
import './search.css'

export default function SearchPane() {
  const workbench = useWorkbench()
  workbench.search.current ??= createSearch(workbench)
  const search = workbench.search.current
  const canWrite = useStore(workbench.access, mayWrite)
  const asked = useStore(workbench.layout.store, ({ searchAsked }) => searchAsked)
  const pane = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    // Each time it is asked for, also when it is on show already.
    if (asked === null) return
    workbench.layout.store.setState({ searchAsked: null })
    const { typed } = workbench.search
    workbench.search.typed = ''
    search.begin(asked.part === 'replace' && canWrite ? 'replace' : 'find', typed)
    const field = pane.current?.querySelector<HTMLInputElement>('[name="pattern"]')
    field?.focus()
    if (typed === '') field?.select()
  }, [asked, search, canWrite, workbench])
  return (
    <aside ref={pane} className="files-pane search-pane" data-pane="files" aria-label="Search">
      <header className="pane-head">
        <h2 className="pane-title">Search</h2>
        <IconButton icon="clear-all" label="Clear the search" onClick={() => search.clear()} />
        <IconButton icon="collapse-all" label="Close or open all files" onClick={() => search.collapseAll()} />
        <IconButton
          icon="close"
          label="Back to the files"
          keys={shownKeys('Mod+Shift+E')}
          onClick={() => workbench.showFiles()}
        />
      </header>
      <SearchFields search={search} canWrite={canWrite} />
      <SearchOutcome search={search} />
      <SearchStatus search={search} />
      <SearchResults search={search} canWrite={canWrite} />
    </aside>
  )
}
