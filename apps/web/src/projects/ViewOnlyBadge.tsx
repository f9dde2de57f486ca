/** For whom the project is read-only: that it is, and why. */
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { PopoverButton } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { mayWrite, whyViewOnly } from './access.ts'

export function ViewOnlyBadge() {
  const { access } = useWorkbench()
  const state = useStore(access)
  if (mayWrite(state)) return null
  if (state.isLost) return <span className="view-only">No access</span>
  return (
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
      <p className="quiet-text">Nothing you type or drop here is taken, and programs are run by those who can edit.</p>
    </PopoverButton>
  )
}
