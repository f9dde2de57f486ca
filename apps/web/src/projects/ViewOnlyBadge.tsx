/** For whom the project is read-only: that it is, and why. */
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { PopoverButton } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { mayRun, mayWrite, whyViewOnly } from './access.ts'
import { ForkButton } from './ForkButton.tsx'

export function ViewOnlyBadge() {
  const { access } = useWorkbench()
  const state = useStore(access)
  if (mayWrite(state)) return null
  if (state.isLost) return <span className="view-only">No access</span>
  return (
    <>
      <PopoverButton
        side="bottom"
        title="View only"
        trigger={
          <button type="button" className="view-only" aria-label="View only">
            <Icon name="eye" />
            <span>View only</span>
          </button>
        }
      >
        <p>{whyViewOnly}</p>
        <p className="quiet-text">
          Nothing you type or drop here is taken
          {mayRun(state) ? ', but you can run it.' : ', and programs are run by those who can edit.'}
        </p>
      </PopoverButton>
      <ForkButton />
    </>
  )
}
