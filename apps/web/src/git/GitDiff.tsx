/** One file of a commit beside what it was before, in Monaco's diff editor, which is loaded for this. */
import type { GitChange } from '@atelier/protocol/git'
import { useEffect, useRef, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { textOfBytes } from '../history/version-text.ts'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { useWorkbench } from '../workbench/context.ts'
import type { GitRequests } from './git-requests.ts'

type Props = {
  readonly change: GitChange
  /** Commits; `from` null: there is none before, `to` null: the files as they are now. */
  readonly from: string | null
  readonly to: string | null
  readonly requests: GitRequests
}

export function GitDiff({ change: { path, change }, from, to, requests }: Props) {
  const { appearance, server } = useWorkbench()
  const host = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'loading' | 'shown' | 'no text' | { readonly problem: string }>('loading')
  useEffect(() => {
    let dispose: (() => void) | undefined
    let gone = false
    const textOf = async (isThere: boolean, commit: string | null): Promise<string | null> => {
      const bytes = isThere ? await requests.content(commit, path) : null
      return bytes === null ? '' : textOfBytes(bytes)
    }
    const show = async (): Promise<void> => {
      const [{ showDiff }, theirs, mine] = await Promise.all([
        import('../editor/monaco/diff.ts'),
        textOf(change !== 'added' && from !== null, from),
        textOf(change !== 'deleted', to),
      ])
      if (gone || host.current === null) return
      if (theirs === null || mine === null) return setState('no text')
      dispose = showDiff(host.current, {
        ...{ theirs, mine, theme: appearance.store.getState().theme },
        language: editorLanguageOf(path, server.getState().languages),
      })
      setState('shown')
    }
    setState('loading')
    show().catch((error: unknown) => {
      if (!gone) setState({ problem: messageOf(error) })
    })
    return () => {
      gone = true
      dispose?.()
    }
  }, [appearance, server, requests, path, change, from, to])
  return (
    <div className="diff-host" ref={host} data-ready={state === 'shown'}>
      {state === 'loading' ? <span className="spinner" /> : null}
      {state === 'no text' ? (
        <p className="history-empty">This is no text, so there is nothing to compare line by line.</p>
      ) : null}
      {typeof state === 'object' ? <p className="error-text">{state.problem}</p> : null}
    </div>
  )
}
