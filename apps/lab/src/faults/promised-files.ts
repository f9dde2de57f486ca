/**
 * What the server has said about each file, and so what may be found after it was killed. An answer is a promise. A request without one is
 * in doubt: its effect may be there or not, but nothing else may.
 */
import { createHash } from 'node:crypto'

/** `version` 0: there is no such file. */
export type FileState = { readonly version: number; readonly sha: string }
export const absent: FileState = { version: 0, sha: '' }

export const shaOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

type Told = FileState & { readonly author: number }

/** One path. Several may write it; each request says which version it replaces. */
export class PromisedFile {
  /** The newest state that was acknowledged. */
  #state: FileState = absent
  /** What requests without an answer would have made of it. */
  #doubts: Told[] = []
  /** Every acknowledged version since the file was last made, and who made it. */
  readonly #versions = new Map<number, Told>()

  get state(): FileState {
    return this.#state
  }

  acknowledge(state: FileState, author: number): void {
    if (state.version === 0) {
      this.#versions.clear()
      this.#state = state
      return
    }
    this.#versions.set(state.version, { ...state, author })
    // Answers may overtake each other; versions count from 1 again only after a deletion, which nobody else writes beside.
    if (state.version > this.#state.version) this.#state = state
  }

  doubt(state: FileState, author: number): void {
    this.#doubts.push({ ...state, author })
  }

  /** After a kill: what is there now, and what is wrong with it. What is right is from now on what was promised. */
  settle(found: FileState): Verdict {
    const doubts = this.#doubts
    this.#doubts = []
    const isPromised = found.version === this.#state.version && found.sha === this.#state.sha
    const isNewer = found.version > this.#state.version || found.version === 0
    const doubted = isNewer ? doubts.find(({ version, sha }) => version === found.version && sha === found.sha) : undefined
    if (isPromised) return 'kept'
    if (doubted === undefined) {
      const verdict = found.version < this.#state.version ? 'lost' : 'strange'
      // Told of once.
      this.#versions.clear()
      this.#state = found
      return verdict
    }
    if (found.version === 0 || this.#state.version === 0) this.#versions.clear()
    this.#state = found
    if (found.version > 0) this.#versions.set(found.version, doubted)
    return 'kept'
  }

  /** Versions that the history must have: somebody else saved after them, so no merge window can have taken them. */
  *mustBeInHistory(): Generator<Told> {
    for (const [version, told] of this.#versions) {
      const next = this.#versions.get(version + 1)
      if (next !== undefined && next.author !== told.author && next.sha !== told.sha) yield told
    }
  }
}

/** `lost`: it is older than what was acknowledged. `strange`: it is what nobody asked for. */
export type Verdict = 'kept' | 'lost' | 'strange'
