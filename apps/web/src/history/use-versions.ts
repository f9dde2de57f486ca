/** The versions of a file, page after page. */
import type { FileVersion } from '@atelier/protocol/history'
import { useCallback, useEffect, useRef, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import type { FileOf, HistoryRequests } from './history-requests.ts'

export type Versions = {
  /** Newest first; null until they have come. */
  readonly items: readonly FileVersion[] | null
  readonly problem: string | null
  readonly hasMore: boolean
  readonly more: () => void
  readonly reload: () => void
}

export function useVersions(requests: HistoryRequests, { path, file }: FileOf): Versions {
  const [items, setItems] = useState<readonly FileVersion[] | null>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const asked = useRef(0)
  const load = useCallback(
    (from: string | null) => {
      asked.current += 1
      const mine = asked.current
      requests.versions(file === undefined ? { path } : { path, file }, from).then(
        (page) => {
          if (mine !== asked.current) return
          setItems((before) => (from === null ? page.items : [...(before ?? []), ...page.items]))
          setCursor(page.nextCursor)
          setProblem(null)
        },
        (error: unknown) => {
          if (mine === asked.current) setProblem(messageOf(error))
        },
      )
    },
    [requests, path, file],
  )
  useEffect(() => {
    load(null)
    return () => {
      asked.current += 1
    }
  }, [load])
  return { items, problem, hasMore: cursor !== null, more: () => load(cursor), reload: () => load(null) }
}
