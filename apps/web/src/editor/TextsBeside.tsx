/** Two texts of one file beside each other, in Monaco's diff editor, which is loaded for this. */
import { useEffect, useRef, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { useWorkbench } from '../workbench/context.ts'

type Props = {
  readonly path: string
  /** The older one and the newer one; null: it is no text. Another function reads other texts. */
  readonly read: () => Promise<readonly [older: string | null, newer: string | null]>
  /** Said where one of them is no text. */
  readonly noText: string
}

export function TextsBeside({ path, read, noText }: Props) {
  const { appearance, server } = useWorkbench()
  const host = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'loading' | 'shown' | 'no text' | { readonly problem: string }>('loading')
  useEffect(() => {
    let dispose: (() => void) | undefined
    let gone = false
    const show = async (): Promise<void> => {
      const [{ showDiff }, [theirs, mine]] = await Promise.all([import('./monaco/diff.ts'), read()])
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
  }, [appearance, server, path, read])
  return (
    <div className="diff-host" ref={host} data-ready={state === 'shown'}>
      {state === 'loading' ? <span className="spinner" /> : null}
      {state === 'no text' ? <p className="history-empty">{noText}</p> : null}
      {typeof state === 'object' ? <p className="error-text">{state.problem}</p> : null}
    </div>
  )
}
