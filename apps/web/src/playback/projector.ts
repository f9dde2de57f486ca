/**
 * Shows any moment of a film. Going on costs the changes in between; going anywhere else starts at the nearest kept moment, of
 * which there are as many as fit into a bound.
 */
import { AuthoredText } from './authored-text.ts'
import { type Film, insertOf } from './film.ts'

export type Moment = {
  /** How many changes were made by then. */
  readonly index: number
  readonly text: string
  /** Who typed each unit of the text: as in `Film.authors`. */
  readonly authors: Uint16Array
}

type Kept = { readonly index: number; readonly text: string; readonly authors: Uint16Array }

/** Changes between two kept moments, at least. */
const keepEvery = 2_000
/** All kept moments together, about: three bytes per unit of text. */
const keptBytes = 96 * 1024 * 1024

export class Projector {
  readonly #film: Film
  readonly #kept: Kept[]
  #text: AuthoredText
  #index = 0
  #keptBytes = 0

  constructor(film: Film) {
    this.#film = film
    this.#text = new AuthoredText(film.startText)
    this.#kept = [{ index: 0, text: film.startText, authors: new Uint16Array(film.startText.length) }]
  }

  at(index: number): Moment {
    this.#go(Math.max(0, Math.min(this.#film.count, Math.trunc(index))))
    return { index: this.#index, text: this.#text.text(), authors: this.#text.authors() }
  }

  #go(index: number): void {
    const near = this.#keptBefore(index)
    if (index < this.#index || near.index > this.#index) {
      this.#text = new AuthoredText(near.text, near.authors)
      this.#index = near.index
    }
    const { at, removed, authors } = this.#film
    while (this.#index < index) {
      const next = this.#index
      this.#text.change(at[next] ?? 0, removed[next] ?? 0, insertOf(this.#film, next), authors[next] ?? 0)
      this.#index = next + 1
      this.#keep()
    }
  }

  #keep(): void {
    const last = this.#kept.at(-1)?.index ?? 0
    const bytes = this.#text.length * 3
    if (this.#index < last + keepEvery || this.#keptBytes + bytes > keptBytes) return
    this.#keptBytes += bytes
    this.#kept.push({ index: this.#index, text: this.#text.text(), authors: this.#text.authors() })
  }

  #keptBefore(index: number): Kept {
    let [low, high] = [0, this.#kept.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#kept[middle]?.index ?? 0) <= index) low = middle
      else high = middle - 1
    }
    return this.#kept[low] ?? { index: 0, text: this.#film.startText, authors: new Uint16Array(0) }
  }
}
