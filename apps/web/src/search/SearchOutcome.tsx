/** What a replacement did, what it did not, and the way back. */
import { useStore } from 'zustand'
import { counted } from './SearchStatus.tsx'
import type { Search } from './search.ts'

/** So many files are named; the count says how many there are. */
const namedFiles = 50

export function SearchOutcome({ search }: { readonly search: Search }) {
  const outcome = useStore(search.store, (state) => state.outcome)
  if (outcome === null) return null
  if (outcome.kind === 'replacing' || outcome.kind === 'undoing')
    return (
      <div className="search-outcome" role="status">
        <span className="spinner" /> {outcome.kind === 'replacing' ? 'Replacing …' : 'Taking it back …'}
      </div>
    )
  if (outcome.kind === 'undone') {
    const { restored, failed } = outcome.undone
    return (
      <div className="search-outcome" role="status">
        <p>{counted(restored.length, 'file is', 'files are')} as before the replacement.</p>
        <Failures failed={failed} />
      </div>
    )
  }
  const { replacements, files, failed } = outcome.replaced
  return (
    <div className="search-outcome" role="status">
      <p>
        Replaced {counted(replacements, 'match', 'matches')} in {counted(files.length, 'file', 'files')}.
      </p>
      {files.length > 0 ? (
        <button type="button" className="button" onClick={() => void search.undo()}>
          Undo replace
        </button>
      ) : null}
      <Failures failed={failed} />
    </div>
  )
}

function Failures({ failed }: { readonly failed: readonly { readonly path: string; readonly detail: string }[] }) {
  if (failed.length === 0) return null
  return (
    <details open={failed.length <= 3}>
      <summary className="error-text">{counted(failed.length, 'file stays as it is', 'files stay as they are')}</summary>
      <ul>
        {failed.slice(0, namedFiles).map(({ path, detail }) => (
          <li key={path}>
            <bdi>{detail}</bdi>
          </li>
        ))}
      </ul>
    </details>
  )
}
