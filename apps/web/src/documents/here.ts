/**
 * Where I am in one document, told to the others: at once, then at most every 100 ms, and again before they would forget me. Who looks
 * away for a while is not shown any more.
 */
import type { Anchor, Replica } from '@atelier/text/replica'
import type { StoreApi } from 'zustand/vanilla'
import { writePresence } from './presence-update.ts'

/** How others see me; kept by the people side of the page. */
export type Me = { readonly id: string; readonly name: string; readonly color: string }
export type MeStore = StoreApi<Me>

const everyMs = 100
/** y-protocols forgets after 30 s. */
const renewMs = 15_000
/** Without the focus a caret says little; it goes after this. */
const awayMs = 30_000

type Cursor = { readonly anchor: Anchor; readonly head: Anchor } | null

export type Here = {
  /** The channel is open: says it at once. False from `send`: the channel is not. */
  connect(send: (update: Uint8Array) => boolean): void
  disconnect(): void
  /** My caret or selection has moved; the anchors are only made when it is told. Null: the text is not on show. */
  moved(cursor: (() => Cursor) | null): void
  focused(hasFocus: boolean): void
  /** Somebody asks who is here. */
  tell(): void
  end(): void
}

/** `own`: collects the numbers under which others see this page. */
export function createHere(me: MeStore, own: Set<number>): Here {
  let client = 0
  let clock = 0
  let send: ((update: Uint8Array) => boolean) | null = null
  let cursor: (() => Cursor) | null = null
  let isAway = false
  let toldAtMs = Number.NEGATIVE_INFINITY
  let pending: ReturnType<typeof setTimeout> | undefined
  let leaving: ReturnType<typeof setTimeout> | undefined

  const tellNow = (): void => {
    clearTimeout(pending)
    pending = undefined
    if (send === null) return
    toldAtMs = performance.now()
    clock += 1
    const { id, name, color } = me.getState()
    const state = { user: { id, name, color }, cursor: isAway || cursor === null ? null : cursor() }
    send(writePresence({ client, clock, state }))
  }
  const tell = (): void => {
    if (pending !== undefined || send === null) return
    const waitMs = toldAtMs + everyMs - performance.now()
    if (waitMs <= 0) tellNow()
    else pending = setTimeout(tellNow, waitMs)
  }
  const renewing = setInterval(() => {
    if (performance.now() - toldAtMs >= renewMs - 1000) tell()
  }, renewMs)
  const stopMe = me.subscribe(tell)

  return {
    connect(through) {
      // A new number each time: the server may believe that the last connection lives, and a caret belongs to one.
      client = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1
      own.add(client)
      send = through
      tellNow()
    },
    disconnect() {
      send = null
      clearTimeout(pending)
      pending = undefined
    },
    moved(next) {
      cursor = next
      tell()
    },
    focused(hasFocus) {
      clearTimeout(leaving)
      if (hasFocus && isAway) {
        isAway = false
        tell()
      }
      if (!hasFocus)
        leaving = setTimeout(() => {
          isAway = true
          tell()
        }, awayMs)
    },
    tell,
    end() {
      clock += 1
      send?.(writePresence({ client, clock, state: null }))
      send = null
      clearInterval(renewing)
      clearTimeout(pending)
      clearTimeout(leaving)
      stopMe()
    },
  }
}

/** The same place, said so that it stays where it is while others type. */
export const anchoredIn = (
  replica: Pick<Replica, 'anchorAt'>,
  where: (() => { readonly anchor: number; readonly head: number }) | null,
): (() => Cursor) | null =>
  where === null
    ? null
    : () => {
        const { anchor, head } = where()
        return { anchor: replica.anchorAt(anchor, 'left'), head: replica.anchorAt(head, 'left') }
      }
