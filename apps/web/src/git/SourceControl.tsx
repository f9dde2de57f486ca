/** Source control: what has changed since the last commit, the commits, branches, and other places that have the repository too. */
import type { GitOverview } from '@atelier/protocol/git'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { mayWrite } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { BranchMenu } from './BranchMenu.tsx'
import { Changes } from './Changes.tsx'
import { Commits } from './Commits.tsx'
import { createGitRequests } from './git-requests.ts'
import { OtherPlaces } from './OtherPlaces.tsx'
import '../history/history.css'
import './git.css'

type Part = 'changes' | 'commits' | 'places'

export default function SourceControl() {
  const { access, changes, connection, editing, projectId } = useWorkbench()
  const canWrite = useStore(access, mayWrite)
  const requests = useMemo(() => createGitRequests(connection.api, projectId), [connection, projectId])
  const [part, setPart] = useState<Part>(canWrite ? 'changes' : 'commits')
  const [overview, setOverview] = useState<GitOverview | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const reload = useCallback(() => {
    requests.overview().then(
      (found) => {
        setOverview(found)
        setProblem(null)
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  }, [requests])
  useEffect(reload, [reload])
  const parts: readonly { readonly part: Part; readonly text: string }[] = [
    ...(canWrite ? [{ part: 'changes' as const, text: 'Changes' }] : []),
    { part: 'commits', text: 'Commits' },
    ...(canWrite ? [{ part: 'places' as const, text: 'Other places' }] : []),
  ]
  const moved = useCallback(async () => {
    await changes.refresh()
    reload()
  }, [changes, reload])
  return (
    <DialogFrame title="Source control" className="huge history git">
      <fieldset className="history-parts" aria-label="Show">
        {parts.map((each) => (
          <button
            key={each.part}
            type="button"
            className="button quiet"
            aria-pressed={part === each.part}
            onClick={() => setPart(each.part)}
          >
            {each.text}
          </button>
        ))}
        <span className="history-space" />
        {overview === null ? null : (
          <BranchMenu overview={overview} requests={requests} canWrite={canWrite} before={editing.saveAll} onChanged={moved} />
        )}
      </fieldset>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}
        </p>
      )}
      {overview === null ? (
        problem === null ? (
          <div className="history-wait">
            <span className="spinner" />
          </div>
        ) : null
      ) : (
        <>
          {part === 'changes' ? (
            <Changes key={`${overview.branch} ${overview.commit}`} overview={overview} requests={requests} onCommitted={reload} />
          ) : null}
          {part === 'commits' ? <Commits key={`${overview.branch} ${overview.commit}`} requests={requests} /> : null}
          {part === 'places' ? <OtherPlaces overview={overview} requests={requests} onChanged={reload} /> : null}
        </>
      )}
    </DialogFrame>
  )
}
