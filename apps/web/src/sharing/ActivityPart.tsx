/** What was done in the project, for its owner. Saves are not here: each file has its history. */
import type { AuditLine, AuditPage } from '@atelier/protocol/audit'
import { useCallback, useEffect, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { agoText } from '../design/amounts.ts'
import { useWorkbench } from '../workbench/context.ts'
import { activityText } from './activity-text.ts'

export default function ActivityPart() {
  const { connection, projectId } = useWorkbench()
  const [lines, setLines] = useState<readonly AuditLine[]>([])
  /** Null: that was all; undefined: nothing has come yet. */
  const [next, setNext] = useState<string | null | undefined>(undefined)
  const [isLoading, setLoading] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const load = useCallback(
    async (cursor: string | undefined) => {
      setLoading(true)
      setProblem(null)
      const query = new URLSearchParams({ limit: '30', ...(cursor === undefined ? {} : { cursor }) })
      try {
        const page = await connection.api.json<AuditPage>(`/api/v1/projects/${projectId}/audit?${query}`)
        setLines((before) => (cursor === undefined ? page.items : [...before, ...page.items]))
        setNext(page.nextCursor)
      } catch (error) {
        setProblem(messageOf(error))
      } finally {
        setLoading(false)
      }
    },
    [connection, projectId],
  )
  useEffect(() => void load(undefined), [load])
  return (
    <section className="share-part" aria-labelledby="share-activity">
      <h3 id="share-activity">What was done here</h3>
      <p className="quiet-text">Only you see this. What was typed and saved is in the history of each file.</p>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}{' '}
          <button type="button" className="button quiet" onClick={() => void load(next ?? undefined)}>
            Try again
          </button>
        </p>
      )}
      <ol className="share-list activity-list" aria-label="What was done here, the newest first" aria-busy={isLoading}>
        {lines.map((line) => (
          <li key={line.id} className="share-row">
            <span className="share-text">
              <span>
                <strong>
                  <bdi>{line.userName ?? 'Somebody who is gone'}</bdi>
                </strong>{' '}
                <bdi>{activityText(line)}</bdi>
              </span>
              <small title={new Date(line.at).toLocaleString()}>
                {agoText(line.at, Date.now())}
                {line.address === null ? '' : ` · from ${line.address}`}
              </small>
            </span>
          </li>
        ))}
      </ol>
      {isLoading ? <span className="spinner" /> : null}
      {typeof next === 'string' && !isLoading ? (
        <button type="button" className="button quiet" onClick={() => void load(next)}>
          Older
        </button>
      ) : null}
    </section>
  )
}
