/**
 * What was done here, and how to take it back, whatever others do meanwhile. The top of a stack fits the text as it is now, each
 * one below fits the text after the one above was carried out; so an operation of others passes through them from top to bottom.
 */
import { compose, type Operation, transform } from './operation.ts'

const mostSteps = 200

export class UndoSteps {
  readonly #captureMs: number
  readonly #now: () => number
  #undo: Operation[] = []
  #redo: Operation[] = []
  #lastEditMs = Number.NEGATIVE_INFINITY

  /** Edits less than `captureMs` apart are one step. */
  constructor(captureMs: number, now: () => number) {
    this.#captureMs = captureMs
    this.#now = now
  }

  /** `inverse`: takes the edit back. */
  edited(inverse: Operation): void {
    const now = this.#now()
    const last = this.#undo.at(-1)
    if (last !== undefined && now - this.#lastEditMs < this.#captureMs) this.#undo[this.#undo.length - 1] = compose(inverse, last)
    else this.#undo.push(inverse)
    if (this.#undo.length > mostSteps) this.#undo.shift()
    this.#lastEditMs = now
    this.#redo = []
  }

  close(): void {
    this.#lastEditMs = Number.NEGATIVE_INFINITY
  }

  /** The operation that takes back the latest step; null: there is none. The step that is left of nothing is passed over. */
  takeUndo(): Operation | null {
    this.close()
    return takeLast(this.#undo)
  }

  takeRedo(): Operation | null {
    this.close()
    return takeLast(this.#redo)
  }

  /** A step was taken back, or done again: `inverse` reverses that. */
  undone(inverse: Operation): void {
    this.#redo.push(inverse)
  }

  redone(inverse: Operation): void {
    this.#undo.push(inverse)
  }

  /** Others have changed the text. */
  meet(operation: Operation): void {
    this.#undo = passedThrough(this.#undo, operation)
    this.#redo = passedThrough(this.#redo, operation)
  }
}

function takeLast(steps: Operation[]): Operation | null {
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) if (step.length > 0) return step
  return null
}

function passedThrough(steps: readonly Operation[], operation: Operation): Operation[] {
  const met = [...steps]
  let theirs = operation
  for (let index = met.length - 1; index >= 0 && theirs.length > 0; index -= 1) {
    const step = met[index] ?? []
    met[index] = transform(step, theirs, 'right')
    theirs = transform(theirs, step, 'left')
  }
  return met
}
