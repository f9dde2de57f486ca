/** The search is on its way and has the keys already: otherwise they would go into the code. */
import { useWorkbench } from '../workbench/context.ts'

export function SearchComing() {
  const { search } = useWorkbench()
  return (
    <aside className="files-pane" data-pane="files" aria-label="Search" aria-busy="true">
      <header className="pane-head">
        <h2 className="pane-title">Search</h2>
      </header>
      <input
        ref={(element) => element?.focus()}
        className="input"
        aria-label="Search in the files of the project"
        onChange={(event) => {
          search.typed = event.target.value
        }}
      />
    </aside>
  )
}
