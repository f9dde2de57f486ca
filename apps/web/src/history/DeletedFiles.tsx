/** Files that were deleted: look into them, and bring them back with their history. */
import type { DeletedFile } from '@atelier/protocol/history'
import { useCallback, useState } from 'react'
import { useStore } from 'zustand'
import { agoText, sizeText } from '../design/amounts.ts'
import { nameOf } from '../files/tree.ts'
import { mayWrite } from '../projects/access.ts'
import { ListState } from '../sharing/ListState.tsx'
import { useListed } from '../sharing/use-listed.ts'
import { useWorkbench } from '../workbench/context.ts'
import { FileVersions } from './FileVersions.tsx'
import type { HistoryRequests } from './history-requests.ts'

export function DeletedFiles({ requests }: { readonly requests: HistoryRequests }) {
  const { access, dialogs, notices } = useWorkbench()
  const canWrite = useStore(access, mayWrite)
  const read = useCallback(() => requests.deleted(), [requests])
  const list = useListed(read)
  const { items, busy, set, attempt } = list
  const [open, setOpen] = useState<DeletedFile | null>(null)
  const bringBack = async (file: DeletedFile): Promise<void> => {
    const done = await attempt(String(file.file), () => requests.bringBack(file.path, file.file))
    if (!done) return
    set((before) => before.filter((each) => each.file !== file.file))
    setOpen(null)
    notices.info(`${nameOf(file.path)} is back.`)
  }
  if (open !== null)
    return (
      <div className="history-open">
        <div className="history-bar">
          <button type="button" className="button quiet" onClick={() => setOpen(null)}>
            All deleted files
          </button>
          <strong>
            <bdi>{open.path}</bdi>
          </strong>
          <span className="history-space" />
          {canWrite ? (
            <button type="button" className="button primary" disabled={busy !== null} onClick={() => void bringBack(open)}>
              Bring back
            </button>
          ) : null}
        </div>
        <FileVersions of={{ path: open.path, file: open.file }} requests={requests} />
      </div>
    )
  return (
    <div className="history-page">
      <ListState list={list} />
      {items?.length === 0 ? (
        <p className="history-empty">No file has been deleted. When one is, it waits here and can be brought back.</p>
      ) : null}
      <ul className="history-rows">
        {items?.map((file) => (
          <li key={file.file}>
            <span className="history-text">
              <strong>
                <bdi>{file.path}</bdi>
              </strong>
              <small>
                deleted {agoText(file.deletedAt, Date.now())}
                {file.deletedBy === null ? '' : ' by '}
                <bdi>{file.deletedBy?.name}</bdi> · {sizeText(file.sizeBytes)}
              </small>
            </span>
            <button type="button" className="button quiet" aria-label={`Look at ${file.path}`} onClick={() => setOpen(file)}>
              Look
            </button>
            {canWrite ? (
              <button
                type="button"
                className="button"
                aria-label={`Bring back ${file.path}`}
                disabled={busy !== null}
                onClick={() => void bringBack(file)}
              >
                Bring back
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={() => dialogs.close()}>
          Done
        </button>
      </div>
    </div>
  )
}
