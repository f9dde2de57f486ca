/** A document's life as the page shows it: the text at each step, and the people behind the engine's names of authors. */
import type { AuthoredChange, Playback } from '@atelier/text/playback/playback'

/** `userId` null: nobody of whom the server knows, such as a program that took part without a name. */
export type Author = { readonly author: string; readonly userId: string | null; readonly name: string }
export type HistoryPerson = { readonly userId: string | null; readonly name: string }

/** 0 is nobody: the text that was there before, and what was taken away, of which no engine says by whom. */
export const nobody = 0

export type History = {
  readonly playback: Playback
  /** When the history begins. */
  readonly startMs: number
  readonly timesMs: Float64Array
  /** Everybody once, in the order of `authors`; somebody’s number is their place, from 1. */
  readonly people: readonly HistoryPerson[]
  numberOf(author: string | null): number
}

export type HistoryParts = {
  readonly playback: Playback
  readonly startMs: number
  readonly timesMs: Float64Array
  readonly authors: readonly Author[]
}

export function historyOf({ playback, startMs, timesMs, authors }: HistoryParts): History {
  const people: HistoryPerson[] = []
  const byPerson = new Map<string, number>()
  const numbers = new Map<string, number>()
  for (const { author, userId, name } of authors) {
    // Each tab is an author of its own, and somebody may have changed their name: the latest is shown.
    const person = userId ?? `:${name}`
    const number = byPerson.get(person) ?? people.push({ userId, name })
    byPerson.set(person, number)
    people[number - 1] = { userId, name }
    numbers.set(author, number)
  }
  return {
    playback,
    startMs,
    timesMs,
    people,
    numberOf: (author) => (author === null ? nobody : (numbers.get(author) ?? nobody)),
  }
}

/** Where the last typing of a step ended, and who typed; of a step that only takes away, where that was. */
export function caretAt(
  { playback, numberOf }: History,
  step: number,
): { readonly offset: number; readonly number: number } | null {
  const changes = playback.changesAt(step)
  const last = Math.max(
    changes.findLastIndex(({ insert }) => insert.length > 0),
    0,
  )
  const change = changes[last]
  if (step === 0 || change === undefined) return null
  let offset = change.at + unitsIn(change)
  for (const later of changes.slice(last + 1))
    if (later.at < offset) offset += unitsIn(later) - Math.min(later.remove, offset - later.at)
  return { offset, number: numberOf(change.insert.at(-1)?.author ?? null) }
}

/** Everybody’s share of a step, in units of text. */
export function sharesOf({ playback, numberOf }: History, step: number): ReadonlyMap<number, number> {
  const shares = new Map<number, number>()
  for (const { insert } of playback.changesAt(step))
    for (const { text, author } of insert) shares.set(numberOf(author), (shares.get(numberOf(author)) ?? 0) + text.length)
  return shares
}

const unitsIn = ({ insert }: AuthoredChange): number => insert.reduce((sum, { text }) => sum + text.length, 0)
