/** The commits of the branch: who, when, why; and what each one changed. */
import type { GitCommit, GitCommitChanges } from '@atelier/protocol/git'
import { useEffect, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { agoText } from '../design/amounts.ts'
import { useWorkbench } from '../workbench/context.ts'
import { ChangeList } from './ChangeList.tsx'
import { GitDiff } from './GitDiff.tsx'
import type { GitRequests } from './git-requests.ts'

export function Commits({ requests }: { readonly requests: GitRequests }) {
  const { dialogs } = useWorkbench()
  const [items, setItems] = useState<readonly GitCommit[] | null>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const more = (from: string | null): void => {
    requests.log(from).then(
      (page) => {
        setItems((before) => [...(from === null ? [] : (before ?? [])), ...page.items])
        setCursor(page.nextCursor)
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once; the list is made anew when there is another commit
  useEffect(() => more(null), [])
  const commit = items?.find(({ id }) => id === chosen) ?? items?.[0] ?? null
  const nowMs = Date.now()
  return (
    <div className="history-body">
      <div className="history-side">
        {items === null && problem === null ? <span className="spinner" /> : null}
        {items?.length === 0 ? <p className="history-empty">There is no commit yet.</p> : null}
        <ul className="git-commits history-list" aria-label="Commits, newest first">
          {items?.map((each) => (
            <li key={each.id}>
              <button type="button" aria-pressed={each === commit} onClick={() => setChosen(each.id)}>
                <bdi>{each.subject === '' ? '(no message)' : each.subject}</bdi>
                <small>
                  <bdi>{each.author.name}</bdi> · {agoText(each.at, nowMs)} · <code>{each.id.slice(0, 8)}</code>
                </small>
              </button>
            </li>
          ))}
        </ul>
        {cursor === null ? null : (
          <button type="button" className="button quiet" onClick={() => more(cursor)}>
            Older commits
          </button>
        )}
      </div>
      <div className="history-side">
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
        {commit === null ? <div className="diff-host" /> : <OneCommit key={commit.id} commit={commit} requests={requests} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => dialogs.close()}>
            Close
          </button>
        </div>
      </div>
    </div>
  )
}

function OneCommit({ commit, requests }: { readonly commit: GitCommit; readonly requests: GitRequests }) {
  const [shown, setShown] = useState<GitCommitChanges | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    requests.show(commit.id).then(
      (found) => {
        if (!gone) setShown(found)
      },
      (error: unknown) => {
        if (!gone) setProblem(messageOf(error))
      },
    )
    return () => {
      gone = true
    }
  }, [commit.id, requests])
  const change = shown?.changes.find(({ path }) => path === chosen) ?? shown?.changes[0] ?? null
  return (
    <>
      <pre className="git-text">{commit.message}</pre>
      {problem === null ? null : <p className="error-text">{problem}</p>}
      {shown === null && problem === null ? <span className="spinner" /> : null}
      {shown === null ? null : <ChangeList changes={shown.changes} chosen={change?.path ?? null} onChoose={setChosen} />}
      {shown !== null && shown.changes.length === 0 ? <p className="history-hint">It changes no file.</p> : null}
      {change === null ? (
        <div className="diff-host" />
      ) : (
        <GitDiff key={change.path} change={change} from={commit.parents[0] ?? null} to={commit.id} requests={requests} />
      )}
    </>
  )
}
