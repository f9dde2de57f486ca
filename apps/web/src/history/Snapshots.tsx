/** Snapshots: the whole project as it was. Bringing one back makes a snapshot of what is there first, so it can be taken back. */
import { historyLimits, type Snapshot } from '@atelier/protocol/history'
import { useCallback, useState } from 'react'
import { useStore } from 'zustand'
import { agoText } from '../design/amounts.ts'
import { mayWrite } from '../projects/access.ts'
import { ListState } from '../sharing/ListState.tsx'
import { useListed } from '../sharing/use-listed.ts'
import { useWorkbench } from '../workbench/context.ts'
import type { HistoryRequests } from './history-requests.ts'

export function Snapshots({ requests }: { readonly requests: HistoryRequests }) {
  const { access, dialogs, editing, notices } = useWorkbench()
  const canWrite = useStore(access, mayWrite)
  const read = useCallback(() => requests.snapshots(), [requests])
  const list = useListed(read)
  const { items, busy, set, attempt } = list
  const [name, setName] = useState('')
  const [asking, setAsking] = useState<string | null>(null)
  const create = (): Promise<boolean> =>
    attempt('new', async () => {
      await editing.saveAll()
      const made = await requests.createSnapshot(name.trim())
      set((before) => [made, ...before])
      setName('')
    })
  const restore = (snapshot: Snapshot): Promise<boolean> =>
    attempt(snapshot.id, async () => {
      await editing.saveAll()
      const { before } = await requests.restoreSnapshot(snapshot.id)
      dialogs.close()
      notices.undoable(`The project is as it was in “${snapshot.name}”.`, () => {
        requests
          .restoreSnapshot(before.id)
          .then(() => notices.info('The project is as it was before.'))
          .catch(() => notices.error('That could not be taken back. The snapshots have it.'))
      })
    })
  const remove = (id: string): Promise<boolean> =>
    attempt(id, async () => {
      await requests.deleteSnapshot(id)
      set((before) => before.filter((each) => each.id !== id))
    })
  return (
    <div className="history-page">
      {canWrite ? (
        <form
          className="history-name"
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') void create()
          }}
        >
          <input
            className="input"
            value={name}
            maxLength={historyLimits.nameLength}
            aria-label="Name of a new snapshot"
            placeholder="Keep the project as it is now: name it"
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button primary" disabled={name.trim() === '' || busy !== null}>
            Keep
          </button>
        </form>
      ) : null}
      <ListState list={list} />
      {items?.length === 0 ? (
        <p className="history-empty">
          There is no snapshot. One keeps all files as they are, and all of them can be brought back at once.
        </p>
      ) : null}
      <ul className="history-rows">
        {items?.map((snapshot) => (
          <li key={snapshot.id}>
            {asking === snapshot.id ? (
              <>
                <span className="history-text">
                  <span>
                    Make all files what they were in <bdi>{snapshot.name}</bdi>? What is there now becomes a snapshot first.
                  </span>
                </span>
                <button type="button" className="button quiet" onClick={() => setAsking(null)}>
                  Leave it
                </button>
                <button type="button" className="button primary" disabled={busy !== null} onClick={() => void restore(snapshot)}>
                  Restore
                </button>
              </>
            ) : (
              <>
                <span className="history-text">
                  <strong>
                    <bdi>{snapshot.name}</bdi>
                  </strong>
                  <small>
                    {snapshot.automatic ? 'made by itself' : <bdi>{snapshot.author?.name}</bdi>} ·{' '}
                    {agoText(snapshot.at, Date.now())} · {snapshot.files} {snapshot.files === 1 ? 'file' : 'files'}
                  </small>
                </span>
                {canWrite ? (
                  <>
                    <button
                      type="button"
                      className="button quiet"
                      aria-label={`Delete the snapshot ${snapshot.name}`}
                      disabled={busy !== null}
                      onClick={() => void remove(snapshot.id)}
                    >
                      Delete
                    </button>
                    <button
                      type="button"
                      className="button"
                      aria-label={`Restore ${snapshot.name}`}
                      disabled={busy !== null}
                      onClick={() => setAsking(snapshot.id)}
                    >
                      Restore
                    </button>
                  </>
                ) : null}
              </>
            )}
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
