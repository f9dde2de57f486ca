/** Sharing: links that let people in, the people who are in, and other pages that show the project. The owner manages all of it. */
import { lazy, Suspense, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { Links } from './Links.tsx'
import { Members } from './Members.tsx'
import { createShareRequests } from './share-requests.ts'
import { VisibilityChoice } from './VisibilityChoice.tsx'
import './sharing.css'

const EmbedPart = lazy(() => import('./EmbedPart.tsx'))
const ActivityPart = lazy(() => import('./ActivityPart.tsx'))

const parts = [
  { part: 'people', text: 'People' },
  { part: 'embed', text: 'Embed' },
  // For the owner.
  { part: 'activity', text: 'Activity' },
] as const

export default function ShareDialog() {
  const { access, connection, dialogs, projects, projectId } = useWorkbench()
  const role = useStore(access, (state) => state.role)
  const name = useStore(projects.store, (state) => state.current.name)
  const requests = useMemo(() => createShareRequests(connection.api, projectId), [connection, projectId])
  const [shown, setShown] = useState<(typeof parts)[number]['part']>('people')
  return (
    <DialogFrame title={`Share “${name}”`} className="wide share-dialog">
      <fieldset className="share-tabs" aria-label="Share with">
        {parts
          .filter(({ part }) => part !== 'activity' || role === 'owner')
          .map(({ part, text }) => (
            <button
              key={part}
              type="button"
              className="button quiet"
              aria-pressed={shown === part}
              onClick={() => setShown(part)}
            >
              {text}
            </button>
          ))}
      </fieldset>
      {shown === 'people' ? (
        <>
          <VisibilityChoice />
          {role === 'owner' ? <Links requests={requests} /> : null}
          <Members requests={requests} />
        </>
      ) : (
        <Suspense fallback={<span className="spinner" />}>{shown === 'embed' ? <EmbedPart /> : <ActivityPart />}</Suspense>
      )}
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={() => dialogs.close()}>
          Done
        </button>
      </div>
    </DialogFrame>
  )
}
