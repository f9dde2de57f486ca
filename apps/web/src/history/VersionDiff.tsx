/** A version beside what is there now, or beside the version before it, in Monaco's diff editor, which is loaded for this. */
import type { FileVersion } from '@atelier/protocol/history'
import { useEffect, useRef, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { sizeText } from '../design/amounts.ts'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { useWorkbench } from '../workbench/context.ts'
import type { FileOf, HistoryRequests } from './history-requests.ts'
import { momentText, textOfBytes } from './version-text.ts'

export type Compared = 'now' | 'before'

type Props = {
  readonly of: FileOf
  readonly requests: HistoryRequests
  readonly items: readonly FileVersion[]
  readonly version: FileVersion
  readonly compared: Compared
}

/** The older and the newer one; the older is missing for the first version. What is there now is compared with what was before it. */
function pairOf({ items, version, compared }: Props): readonly [FileVersion | null, FileVersion] {
  const now = items.find((each) => each.isCurrent)
  if (compared === 'now' && now !== undefined && now !== version) return [version, now]
  return [items[items.indexOf(version) + 1] ?? null, version]
}

export function VersionDiff(props: Props) {
  const { of, requests } = props
  const { path, file } = of
  const { appearance, server } = useWorkbench()
  const [older, newer] = pairOf(props)
  const host = useRef<HTMLDivElement>(null)
  const texts = useRef(new Map<number, Promise<string | null>>())
  const [state, setState] = useState<'loading' | 'shown' | 'no text' | { readonly problem: string }>('loading')
  const [olderVersion, newerVersion] = [older?.version ?? null, newer.version]
  useEffect(() => {
    let dispose: (() => void) | undefined
    let gone = false
    const textOf = (version: number | null): Promise<string | null> => {
      if (version === null) return Promise.resolve('')
      const known = texts.current.get(version)
      if (known !== undefined) return known
      const asked = requests.bytes(file === undefined ? { path } : { path, file }, version).then(textOfBytes)
      texts.current.set(version, asked)
      asked.catch(() => texts.current.delete(version))
      return asked
    }
    const show = async (): Promise<void> => {
      const [{ showDiff }, theirs, mine] = await Promise.all([
        import('../editor/monaco/diff.ts'),
        textOf(olderVersion),
        textOf(newerVersion),
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
  }, [appearance, server, requests, path, file, olderVersion, newerVersion])
  const nowMs = Date.now()
  const nameOf = (version: FileVersion): string =>
    `${version.name === null ? '' : `${version.name}, `}${momentText(version.at, nowMs)}${version.isCurrent ? ' (now)' : ''}`
  return (
    <>
      <div className="diff-legend">
        <span>{older === null ? 'Nothing before it' : nameOf(older)}</span>
        <span>{nameOf(newer)}</span>
      </div>
      <div className="diff-host" ref={host} data-ready={state === 'shown'}>
        {state === 'loading' ? <span className="spinner" /> : null}
        {state === 'no text' ? (
          <p className="history-empty">This is no text ({sizeText(newer.sizeBytes)}). It can be downloaded and restored.</p>
        ) : null}
        {typeof state === 'object' ? <p className="error-text">{state.problem}</p> : null}
      </div>
    </>
  )
}
