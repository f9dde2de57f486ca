/**
 * The history's own clock. Where nobody typed for long, only a short pause is left: a document that lived for weeks is an hour of
 * typing.
 */
import { type History, nobody, sharesOf } from './history.ts'

/** What is left of a longer pause. */
export const longestPauseMs = 1_000
/** Before the first step the film shows what was there. */
const beginMs = 500
/** After the last step the film stands still for this long before it ends. */
const endMs = 500

export type Timeline = {
  readonly lengthMs: number
  /** When a step happens in the film; steps count from 1. */
  stepMs(step: number): number
  /** How many steps have happened by then. */
  stepAt(filmMs: number): number
}

export function timelineOf({ timesMs, startMs }: Pick<History, 'timesMs' | 'startMs'>): Timeline {
  const moments = new Float64Array(timesMs.length)
  let [before, filmMs] = [startMs, beginMs]
  for (const [index, now] of timesMs.entries()) {
    // Clocks may have been set back.
    filmMs += Math.min(longestPauseMs, Math.max(0, now - before))
    before = now
    moments[index] = filmMs
  }
  return {
    lengthMs: timesMs.length === 0 ? 0 : filmMs + endMs,
    stepMs: (step) => moments[Math.max(0, Math.min(moments.length, step) - 1)] ?? 0,
    stepAt(at) {
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
export type Part = readonly { readonly number: number; readonly amount: number }[]

/** A large paste is one act, not ten thousand. */
const mostUnits = 200

export function whoWhen(history: History, timeline: Timeline, count: number): readonly Part[] {
  const sums = Array.from({ length: count }, () => new Map<number, number>())
  for (let step = 1; step <= history.timesMs.length; step += 1) {
    const part = Math.min(count - 1, Math.floor((timeline.stepMs(step) / Math.max(1, timeline.lengthMs)) * count))
    const sum = sums[part]
    for (const [number, units] of sharesOf(history, step))
      if (number !== nobody) sum?.set(number, (sum.get(number) ?? 0) + Math.min(mostUnits, units))
  }
  const busiest = Math.max(1, ...sums.map((sum) => [...sum.values()].reduce((all, units) => all + units, 0)))
  return sums.map((sum) => [...sum].sort(([a], [b]) => a - b).map(([number, units]) => ({ number, amount: units / busiest })))
}
