/** A version beside what is there now, or beside the version before it. */
import type { FileVersion } from '@atelier/protocol/history'
import { useCallback, useRef } from 'react'
import { sizeText } from '../design/amounts.ts'
import { TextsBeside } from '../editor/TextsBeside.tsx'
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
  const [older, newer] = pairOf(props)
  const texts = useRef(new Map<number, Promise<string | null>>())
  const [olderVersion, newerVersion] = [older?.version ?? null, newer.version]
  const read = useCallback(() => {
    const textOf = (version: number | null): Promise<string | null> => {
      if (version === null) return Promise.resolve('')
      const known = texts.current.get(version)
      if (known !== undefined) return known
      const asked = requests.bytes(file === undefined ? { path } : { path, file }, version).then(textOfBytes)
      texts.current.set(version, asked)
      asked.catch(() => texts.current.delete(version))
      return asked
    }
    return Promise.all([textOf(olderVersion), textOf(newerVersion)])
  }, [requests, path, file, olderVersion, newerVersion])
  const nowMs = Date.now()
  const nameOf = (version: FileVersion): string =>
    `${version.name === null ? '' : `${version.name}, `}${momentText(version.at, nowMs)}${version.isCurrent ? ' (now)' : ''}`
  return (
    <>
      <div className="diff-legend">
        <span>{older === null ? 'Nothing before it' : nameOf(older)}</span>
        <span>{nameOf(newer)}</span>
      </div>
      <TextsBeside
        path={path}
        read={read}
        noText={`This is no text (${sizeText(newer.sizeBytes)}). It can be downloaded and restored.`}
      />
    </>
  )
}
