/** Two versions of a file have met. Nothing is overwritten until the person chooses. */
import { Icon } from '../design/Icon.tsx'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'

export function ConflictBar({ path, theirVersion }: { readonly path: string; readonly theirVersion: number | null }) {
  const { editing, dialogs, notices } = useWorkbench()
  const gone = theirVersion === null
  return (
    <div className="bar warning" role="alert">
      <Icon name="warning" />
      <p>
        <strong>{gone ? 'This file was deleted elsewhere.' : `${nameOf(path)} was also changed elsewhere.`}</strong>{' '}
        {gone ? 'Your text is still here, and kept on this device.' : 'Your changes are kept on this device and not saved yet.'}
      </p>
      <div className="bar-actions">
        {gone ? null : (
          <button type="button" className="button" onClick={() => dialogs.show({ kind: 'compare', path })}>
            Compare
          </button>
        )}
        {gone ? null : (
          <button
            type="button"
            className="button"
            onClick={() =>
              void editing.keepBoth(path).then((merged) => {
                if (!merged)
                  notices.error(
                    'Both changed the same lines, so they cannot be put together by themselves. Compare them, then choose one.',
                  )
              })
            }
          >
            Keep both
          </button>
        )}
        <button type="button" className="button" onClick={() => void editing.takeTheirs(path)}>
          {gone ? 'Close it' : 'Take theirs'}
        </button>
        <button type="button" className="button primary" onClick={() => void editing.keepMine(path)}>
          {gone ? 'Make it again' : 'Keep mine'}
        </button>
      </div>
    </div>
  )
}
