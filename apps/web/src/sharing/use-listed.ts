/** A list that comes from the server and is changed there: what is there, what went wrong, and what is under way. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { messageOf } from '../connection/api.ts'

export type Listed<T> = {
  /** Null until it has come. */
  readonly items: readonly T[] | null
  readonly problem: string | null
  /** The thing that is being changed now, by its id. */
  readonly busy: string | null
  readonly set: (change: (items: readonly T[]) => readonly T[]) => void
  readonly reload: () => void
  /** Does one thing at a time; resolves to false when it went wrong, which is said in `problem`. */
  readonly attempt: (id: string, work: () => Promise<void>) => Promise<boolean>
}

export function useListed<T>(read: () => Promise<readonly T[]>): Listed<T> {
  const [items, setItems] = useState<readonly T[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState<string | null>(null)
  const current = useRef(0)
  const reload = useCallback(() => {
    current.current += 1
    const mine = current.current
    read().then(
      (found) => {
        if (mine !== current.current) return
        setItems(found)
        setProblem(null)
      },
      (error: unknown) => {
        if (mine === current.current) setProblem(messageOf(error))
      },
    )
  }, [read])
  useEffect(() => {
    reload()
    return () => {
      current.current += 1
    }
  }, [reload])
  return {
    items,
    problem,
    busy,
    set: (change) => setItems((before) => change(before ?? [])),
    reload,
    async attempt(id, work) {
      setBusy(id)
      setProblem(null)
      try {
        await work()
        return true
      } catch (error) {
        setProblem(messageOf(error))
        return false
      } finally {
        setBusy(null)
      }
    },
  }
}
