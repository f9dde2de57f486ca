/** What has changed since the last commit, and the message that it is committed with. */
import type { GitOverview, GitStatus } from '@atelier/protocol/git'
import { useCallback, useEffect, useRef, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { useWorkbench } from '../workbench/context.ts'
import { ChangeList } from './ChangeList.tsx'
import { GitDiff } from './GitDiff.tsx'
import type { GitRequests } from './git-requests.ts'

type Props = { readonly overview: GitOverview; readonly requests: GitRequests; readonly onCommitted: () => void }

export function Changes({ overview, requests, onCommitted }: Props) {
  const { dialogs, editing, notices } = useWorkbench()
  const [status, setStatus] = useState<GitStatus | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [message, setMessage] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const look = useCallback(async (): Promise<void> => {
    try {
      await editing.saveAll()
      setStatus(await requests.status())
      setProblem(null)
    } catch (error) {
      setProblem(messageOf(error))
    }
  }, [editing, requests])
  const text = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    void look()
    // Not where it would bring up a keyboard.
    if (matchMedia('(pointer: fine)').matches) text.current?.focus()
  }, [look])
  const changes = status?.changes ?? []
  const wanted = changes.filter(({ path }) => !left.has(path))
  const change = changes.find(({ path }) => path === chosen) ?? changes[0] ?? null
  const isReady = message.trim() !== '' && wanted.length > 0 && !isBusy
  const commit = async (): Promise<void> => {
    if (!isReady) return
    setIsBusy(true)
    setProblem(null)
    try {
      await editing.saveAll()
      const isAll = left.size === 0
      const made = await requests.commit(message, isAll ? null : wanted.map(({ path }) => path))
      notices.info(`Committed as ${made.id.slice(0, 8)}.`)
      setMessage('')
      onCommitted()
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <div className="history-body">
      <div className="history-side">
        <textarea
          ref={text}
          className="input git-message"
          value={message}
          maxLength={20_000}
          rows={3}
          aria-label="Message of the commit"
          placeholder="What is different now? (Ctrl+Enter commits)"
          onChange={(event) => setMessage(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
            event.preventDefault()
            event.stopPropagation()
            void commit()
          }}
        />
        <button type="button" className="button primary" disabled={!isReady} onClick={() => void commit()}>
          {isBusy ? <span className="spinner" /> : null}
          Commit {left.size === 0 || status === null ? 'all' : wanted.length} to {overview.branch}
        </button>
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
        {status === null && problem === null ? <span className="spinner" /> : null}
        {status !== null && changes.length === 0 ? (
          <p className="history-empty">
            {status.commit === null ? 'There are no files to commit yet.' : 'Nothing has changed since the last commit.'}
          </p>
        ) : null}
        <ChangeList
          changes={changes}
          chosen={change?.path ?? null}
          onChoose={setChosen}
          left={left}
          onLeave={(path, isLeft) =>
            setLeft((before) => new Set(isLeft ? [...before, path] : [...before].filter((each) => each !== path)))
          }
        />
        {status?.areAll === false ? <p className="history-hint">There are more changes than are listed here.</p> : null}
        {status !== null && status.leftOut.length > 0 ? (
          <p className="history-hint">Git does not take: {status.leftOut.slice(0, 5).join(', ')}</p>
        ) : null}
      </div>
      <div className="history-side">
        {change === null ? (
          <div className="diff-host" />
        ) : (
          <GitDiff key={change.path} change={change} from={overview.commit} to={null} requests={requests} />
        )}
        <div className="dialog-actions">
          <button type="button" className="button quiet" onClick={() => void look()}>
            Look again
          </button>
          <button type="button" className="button" onClick={() => dialogs.close()}>
            Close
          </button>
        </div>
      </div>
    </div>
  )
}
