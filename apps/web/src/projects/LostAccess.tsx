/** The project is gone for this person: nothing here can be saved any more, so the page says so instead of pretending. */
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useStore } from 'zustand'
import { useWorkbench } from '../workbench/context.ts'

export default function LostAccess() {
  const { projects } = useWorkbench()
  const name = useStore(projects.store, (state) => state.current.name)
  return (
    <AlertDialog.Root open>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="dialog-scrim" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title render={<h2>You are not in this project any more</h2>} />
          <AlertDialog.Description className="dialog-detail">
            “{name}” was deleted, or its owner has ended your access. Nothing that you type here is kept. To come back, ask the
            owner for a new link.
          </AlertDialog.Description>
          <div className="dialog-actions">
            <button type="button" className="button quiet" onClick={() => location.reload()}>
              Try again
            </button>
            <button type="button" className="button primary" onClick={() => location.assign('/')}>
              Go to your projects
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
