/** The file of an open text is gone. The text stays until the person lets it go or makes a file of it again. */
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import type { LiveState } from './live-state.ts'

export function EndedBar({ path, state }: { readonly path: string; readonly state: Extract<LiveState, { kind: 'ended' }> }) {
  const { editing } = useWorkbench()
  const { kind, detail } = state.end
  return (
    <div className="bar warning" role="alert" data-ended={kind}>
      <Icon name="warning" />
      <p>
        <strong>{detail}</strong> {state.isSaved ? '' : 'Some of what you typed was not saved. '}
        The text is still here, to copy{kind === 'denied' ? '.' : ' or to make a file of it again.'}
      </p>
      <div className="bar-actions">
        <button type="button" className="button" onClick={() => editing.leave(path)}>
          Close
        </button>
        {kind === 'denied' ? null : (
          <button type="button" className="button primary" onClick={() => void editing.restore(path)}>
            Restore
          </button>
        )}
      </div>
    </div>
  )
}
