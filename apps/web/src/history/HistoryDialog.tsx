/** History: the versions of a file, files that were deleted, and snapshots of the whole project. */
import { useMemo, useState } from 'react'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'
import { DeletedFiles } from './DeletedFiles.tsx'
import { FileVersions } from './FileVersions.tsx'
import { createHistoryRequests } from './history-requests.ts'
import { Snapshots } from './Snapshots.tsx'
import './history.css'

export type HistoryPart = 'file' | 'deleted' | 'snapshots'

export default function HistoryDialog({ part, path }: { readonly part: HistoryPart; readonly path: string | null }) {
  const { connection, projectId } = useWorkbench()
  const requests = useMemo(() => createHistoryRequests(connection.api, projectId), [connection, projectId])
  const [shown, setShown] = useState<HistoryPart>(path === null && part === 'file' ? 'snapshots' : part)
  const parts: readonly { readonly part: HistoryPart; readonly text: string }[] = [
    ...(path === null ? [] : [{ part: 'file' as const, text: nameOf(path) }]),
    { part: 'deleted', text: 'Deleted files' },
    { part: 'snapshots', text: 'Snapshots of the project' },
  ]
  return (
    <DialogFrame title={path === null ? 'History' : `History of ${nameOf(path)}`} className="huge history">
      <fieldset className="history-parts" aria-label="History of">
        {parts.map((each) => (
          <button
            key={each.part}
            type="button"
            className="button quiet"
            aria-pressed={shown === each.part}
            onClick={() => setShown(each.part)}
          >
            <bdi>{each.text}</bdi>
          </button>
        ))}
      </fieldset>
      {shown === 'file' && path !== null ? <FileVersions key={path} of={{ path }} requests={requests} /> : null}
      {shown === 'deleted' ? <DeletedFiles requests={requests} /> : null}
      {shown === 'snapshots' ? <Snapshots requests={requests} /> : null}
    </DialogFrame>
  )
}
