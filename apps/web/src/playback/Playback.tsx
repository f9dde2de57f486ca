/** A document's life from its first key on: run it, stop anywhere, take a moment's text, or go back to it. */
import { useEffect, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'
import { FilmPlayer } from './FilmPlayer.tsx'
import type { History } from './history.ts'
import { loadHistory, type Progress } from './load-history.ts'
import './playback.css'

type Loading =
  | { readonly kind: 'loading'; readonly progress: Progress | null }
  | { readonly kind: 'ready'; readonly history: History | null }
  | { readonly kind: 'failed'; readonly detail: string }

export default function Playback({ path }: { readonly path: string }) {
  const { connection, dialogs, projectId } = useWorkbench()
  const [state, setState] = useState<Loading>({ kind: 'loading', progress: null })
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt loads again
  useEffect(() => {
    const controller = new AbortController()
    setState({ kind: 'loading', progress: null })
    const { signal } = controller
    const onProgress = (progress: Progress): void => {
      if (!signal.aborted) setState({ kind: 'loading', progress })
    }
    loadHistory(connection.api, projectId, path, onProgress, signal).then(
      (history) => {
        if (!signal.aborted) setState({ kind: 'ready', history })
      },
      (error: unknown) => {
        if (!signal.aborted) setState({ kind: 'failed', detail: messageOf(error) })
      },
    )
    return () => controller.abort()
  }, [connection, projectId, path, attempt])
  return (
    <DialogFrame title={`History of ${nameOf(path)}`} className="huge playback">
      {state.kind === 'ready' && state.history !== null && state.history.timesMs.length > 0 ? (
        <FilmPlayer history={state.history} path={path} />
      ) : (
        <>
          <div className="playback-wait" aria-live="polite">
            {state.kind === 'loading' ? <Waiting progress={state.progress} /> : null}
            {state.kind === 'failed' ? <p className="error-text">{state.detail}</p> : null}
            {state.kind === 'ready' ? (
              <>
                <h3>Nothing has been typed here yet</h3>
                <p>From the first change on, everything that happens in this file can be played back.</p>
              </>
            ) : null}
          </div>
          <div className="dialog-actions">
            {state.kind === 'failed' ? (
              <button type="button" className="button" onClick={() => setAttempt((count) => count + 1)}>
                Try again
              </button>
            ) : null}
            <button type="button" className="button primary" onClick={() => dialogs.close()}>
              Close
            </button>
          </div>
        </>
      )}
    </DialogFrame>
  )
}

function Waiting({ progress }: { readonly progress: Progress | null }) {
  if (progress === null) return <span className="spinner" />
  return (
    <>
      <progress value={progress.part} aria-label="How much of the history is here" />
      <p>{progress.phase === 'fetching' ? 'Fetching the history …' : 'Reading the history …'}</p>
    </>
  )
}
