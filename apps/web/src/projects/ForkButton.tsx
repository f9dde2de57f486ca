import { useState } from 'react'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { openFork } from './fork-project.ts'

/** For those who can only look: the way to a project of their own. */
export function ForkButton() {
  const workbench = useWorkbench()
  const [isBusy, setBusy] = useState(false)
  return (
    <button
      type="button"
      className="button primary fork-button"
      disabled={isBusy}
      aria-label="Fork to edit"
      title="A project of your own with these files"
      onClick={() => {
        setBusy(true)
        void openFork(workbench).then(() => setBusy(false))
      }}
    >
      {isBusy ? <span className="spinner" /> : <Icon name="fork" />}
      <span>Fork to edit</span>
    </button>
  )
}
