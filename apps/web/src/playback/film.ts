/**
 * A document's life as a film: its first text and every change after it, in columns, so that hundreds of thousands fit into a few
 * megabytes and can be handed from a worker to the page without a copy.
 */
import type { TextChange } from '@atelier/text/replica'

export type Film = {
  readonly startText: string
  readonly startMs: number
  /** Number of changes. */
  readonly count: number
  readonly timesMs: Float64Array
  /** Index into `people`, plus one; 0 is nobody: the text that was there before. */
  readonly authors: Uint16Array
  readonly at: Uint32Array
  readonly removed: Uint32Array
  /** Where each change's text ends in `inserted`; it begins where the one before ends. */
  readonly insertEnds: Uint32Array
  readonly inserted: string
  readonly people: readonly FilmPerson[]
}

/** `userId` null: a change by the server itself, such as a file that was replaced by a script. */
export type FilmPerson = { readonly userId: string | null; readonly name: string }

/** The part of `inserted` that a change put in. */
export const insertOf = (film: Film, index: number): string =>
  film.inserted.slice(index === 0 ? 0 : (film.insertEnds[index - 1] ?? 0), film.insertEnds[index] ?? 0)

const mostPeople = 0xffff - 1

/** Takes the changes as they are read, in their order. */
export class FilmRecorder {
  readonly #start: { readonly text: string; readonly ms: number }
  readonly #people: FilmPerson[] = []
  readonly #numbers = new Map<string, number>()
  #count = 0
  #timesMs = new Float64Array(1024)
  #authors = new Uint16Array(1024)
  #at = new Uint32Array(1024)
  #removed = new Uint32Array(1024)
  #insertEnds = new Uint32Array(1024)
  #insertEnd = 0
  readonly #inserted: string[] = []

  constructor(startText: string, startMs: number) {
    this.#start = { text: startText, ms: startMs }
  }

  /** `changes`: of one text, apart from each other, first to last, all counted in the text before. */
  add(atMs: number, person: FilmPerson, changes: readonly TextChange[]): void {
    const author = this.#numberOf(person)
    let shift = 0
    for (const { at, remove, insert } of changes) {
      if (this.#count === this.#timesMs.length) this.#grow()
      const index = this.#count
      this.#count += 1
      this.#timesMs[index] = atMs
      this.#authors[index] = author
      this.#at[index] = at + shift
      this.#removed[index] = remove
      this.#insertEnd += insert.length
      this.#insertEnds[index] = this.#insertEnd
      this.#inserted.push(insert)
      shift += insert.length - remove
    }
  }

  finish(): Film {
    const end = this.#count
    return {
      ...{ startText: this.#start.text, startMs: this.#start.ms, count: end, people: this.#people },
      ...{ timesMs: this.#timesMs.slice(0, end), authors: this.#authors.slice(0, end), at: this.#at.slice(0, end) },
      ...{ removed: this.#removed.slice(0, end), insertEnds: this.#insertEnds.slice(0, end), inserted: this.#inserted.join('') },
    }
  }

  #numberOf(person: FilmPerson): number {
    // Two people may have the same name; one person may have changed theirs, and is known by the latest.
    const key = person.userId ?? `:${person.name}`
    const known = this.#numbers.get(key)
    if (known !== undefined) {
      this.#people[known - 1] = person
      return known
    }
    if (this.#people.length === mostPeople) return 0
    const number = this.#people.push(person)
    this.#numbers.set(key, number)
    return number
  }

  #grow(): void {
    const size = this.#count * 2
    const [timesMs, authors, at, removed, insertEnds] = [
      ...[new Float64Array(size), new Uint16Array(size), new Uint32Array(size), new Uint32Array(size), new Uint32Array(size)],
    ] as [
      Float64Array<ArrayBuffer>,
      Uint16Array<ArrayBuffer>,
      Uint32Array<ArrayBuffer>,
      Uint32Array<ArrayBuffer>,
      Uint32Array<ArrayBuffer>,
    ]
    timesMs.set(this.#timesMs)
    authors.set(this.#authors)
    at.set(this.#at)
    removed.set(this.#removed)
    insertEnds.set(this.#insertEnds)
    this.#timesMs = timesMs
    this.#authors = authors
    this.#at = at
    this.#removed = removed
    this.#insertEnds = insertEnds
  }
}
