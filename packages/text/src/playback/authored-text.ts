/**
 * A text of which is known who wrote each part. Changes come one after the other, each counted in the text that the one before left;
 * every change gives the one that takes it back.
 */
import { ChunkedText } from '../ot/chunked-text.ts'
import { operationOf } from '../ot/text-changes.ts'

/** `author`: what the engine knows its authors by (a Yjs client id, the author of an operation); null: it was there before. */
export type Piece = { readonly text: string; readonly author: string | null }
export type AuthoredChange = { readonly at: number; readonly remove: number; readonly insert: readonly Piece[] }
export type Run = { readonly units: number; readonly author: string | null }

const mostRuns = 256

/** Chunks are never changed, only replaced, so that copies share them. */
type Chunk = { readonly runs: readonly Run[]; readonly units: number }

export class AuthoredText {
  #text = new ChunkedText()
  #chunks: Chunk[] = []

  get text(): string {
    return this.#text.toString()
  }

  get length(): number {
    return this.#text.length
  }

  /** From the beginning to the end of the text; neighbours have different authors. */
  get runs(): readonly Run[] {
    return joined(this.#chunks.flatMap(({ runs }) => runs))
  }

  copy(): AuthoredText {
    const copy = new AuthoredText()
    copy.#text = this.#text.copy()
    copy.#chunks = [...this.#chunks]
    return copy
  }

  /** Answers the change that takes it back. */
  apply({ at, remove, insert }: AuthoredChange): AuthoredChange {
    const text = insert.map((piece) => piece.text).join('')
    const removedText = this.#text.slice(at, at + remove)
    this.#text.apply(operationOf([{ at, remove, insert: text }]))
    const removed: Piece[] = []
    let from = 0
    for (const { units, author } of this.#replace(at, remove, runsOf(insert))) {
      removed.push({ text: removedText.slice(from, from + units), author })
      from += units
    }
    return { at, remove: text.length, insert: removed }
  }

  /** Answers the runs that went. */
  #replace(at: number, remove: number, inserted: readonly Run[]): readonly Run[] {
    let [first, start] = [0, 0]
    for (let chunk = this.#chunks[first]; chunk !== undefined && start + chunk.units < at; chunk = this.#chunks[first]) {
      start += chunk.units
      first += 1
    }
    let [last, end] = [first, start]
    for (let chunk = this.#chunks[last]; chunk !== undefined && end < at + remove; chunk = this.#chunks[last]) {
      end += chunk.units
      last += 1
    }
    // What is put in right behind a chunk goes into it.
    const touched = this.#chunks.slice(first, Math.max(last, first + 1))
    const runs = touched.flatMap((chunk) => chunk.runs)
    const [before, rest] = cut(runs, at - start)
    const [removed, after] = cut(rest, remove)
    this.#chunks.splice(first, touched.length, ...chunked(joined([...before, ...inserted, ...after])))
    return removed
  }
}

const runsOf = (pieces: readonly Piece[]): readonly Run[] => pieces.map(({ text, author }) => ({ units: text.length, author }))

function cut(runs: readonly Run[], units: number): readonly [readonly Run[], readonly Run[]] {
  let [index, left] = [0, units]
  for (let run = runs[index]; run !== undefined && run.units <= left; run = runs[index]) {
    left -= run.units
    index += 1
  }
  const torn = runs[index]
  if (left === 0 || torn === undefined) return [runs.slice(0, index), runs.slice(index)]
  return [
    [...runs.slice(0, index), { ...torn, units: left }],
    [{ ...torn, units: torn.units - left }, ...runs.slice(index + 1)],
  ]
}

function joined(runs: readonly Run[]): readonly Run[] {
  const result: Run[] = []
  for (const run of runs) {
    const last = result.at(-1)
    if (last !== undefined && last.author === run.author) result[result.length - 1] = { ...last, units: last.units + run.units }
    else if (run.units > 0) result.push(run)
  }
  return result
}

function chunked(runs: readonly Run[]): Chunk[] {
  const chunks: Chunk[] = []
  for (let from = 0; from < runs.length; from += mostRuns / 2) {
    const isLast = runs.length - from <= mostRuns
    const part = runs.slice(from, isLast ? undefined : from + mostRuns / 2)
    chunks.push({ runs: part, units: part.reduce((sum, { units }) => sum + units, 0) })
    if (isLast) break
  }
  return chunks
}
