/**
 * The film's own clock. Where nobody typed for long, only a short pause is left: a document that lived for weeks is an hour of
 * typing.
 */
import type { Film } from './film.ts'

/** What is left of a longer pause. */
export const longestPauseMs = 1_000
/** After the last change the film stands still for this long before it ends. */
const endMs = 500

export type Timeline = {
  readonly lengthMs: number
  /** When a change happens in the film. */
  momentMs(index: number): number
  /** How many changes have happened by then. */
  indexAt(filmMs: number): number
}

export function timelineOf({ timesMs, startMs }: Pick<Film, 'timesMs' | 'startMs'>): Timeline {
  const moments = new Float64Array(timesMs.length)
  let [before, filmMs] = [startMs, 0]
  for (let index = 0; index < timesMs.length; index += 1) {
    const now = timesMs[index] ?? before
    // Clocks may have been set back.
    filmMs += Math.min(longestPauseMs, Math.max(0, now - before))
    before = now
    moments[index] = filmMs
  }
  return {
    lengthMs: timesMs.length === 0 ? 0 : filmMs + endMs,
    momentMs: (index) => moments[Math.max(0, Math.min(moments.length - 1, index))] ?? 0,
    indexAt(at) {
      let [low, high] = [0, moments.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if ((moments[middle] ?? 0) <= at) low = middle + 1
        else high = middle
      }
      return low
    },
  }
}

/** One of so many equal parts of the film: who typed in it, and how much compared with the busiest part (together at most 1). */
export type Part = readonly { readonly author: number; readonly amount: number }[]

/** A large paste is one act, not ten thousand. */
const mostUnits = 200

export function whoWhen(film: Film, timeline: Timeline, count: number): readonly Part[] {
  const sums = Array.from({ length: count }, () => new Map<number, number>())
  for (let index = 0; index < film.count; index += 1) {
    const part = Math.min(count - 1, Math.floor((timeline.momentMs(index) / Math.max(1, timeline.lengthMs)) * count))
    const author = film.authors[index] ?? 0
    const sum = sums[part]
    sum?.set(author, (sum.get(author) ?? 0) + Math.min(mostUnits, unitsOf(film, index)))
  }
  const busiest = Math.max(1, ...sums.map((sum) => [...sum.values()].reduce((all, units) => all + units, 0)))
  return sums.map((sum) => [...sum].sort(([a], [b]) => a - b).map(([author, units]) => ({ author, amount: units / busiest })))
}

const unitsOf = (film: Film, index: number): number =>
  (film.insertEnds[index] ?? 0) - (index === 0 ? 0 : (film.insertEnds[index - 1] ?? 0)) + (film.removed[index] ?? 0)
