/** Sharing: links that let people in, and the people who are in. The owner manages both; others see who is there and may leave. */
import { useMemo } from 'react'
import { useStore } from 'zustand'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { Links } from './Links.tsx'
import { Members } from './Members.tsx'
import { createShareRequests } from './share-requests.ts'
import './sharing.css'

export default function ShareDialog() {
  const { access, connection, dialogs, projects, projectId } = useWorkbench()
  const role = useStore(access, (state) => state.role)
  const name = useStore(projects.store, (state) => state.current.name)
  const requests = useMemo(() => createShareRequests(connection.api, projectId), [connection, projectId])
  return (
    <DialogFrame title={`Share “${name}”`} className="wide share-dialog">
      {role === 'owner' ? <Links requests={requests} /> : null}
      <Members requests={requests} />
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={() => dialogs.close()}>
          Done
        </button>
      </div>
    </DialogFrame>
  )
}
