/**
 * Changes of the tree on their way to everybody in a project: the first is told at once, what follows within a tenth of a second together.
 * A folder of thousands of files that somebody brings would otherwise be thousands of messages, and a new tree on every screen for each.
 */
import { type ProjectNews, presenceLimits } from '@atelier/protocol/presence'

export type Changed = Extract<ProjectNews, { type: 'changed' }>
type Pending = { readonly news: Changed; readonly entries: Map<string, Changed['entries'][number]> }

export class ChangeNews {
  readonly #tell: (news: Changed) => void
  #pending: Pending[] = []
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(tell: (news: Changed) => void) {
    this.#tell = tell
  }

  take(news: Changed): void {
    if (this.#timer === null) {
      this.#tell(news)
      this.#wait()
      return
    }
    const last = this.#pending.at(-1)
    // Moves and deletions keep their place between what was made before and after them.
    if (last !== undefined && isOnlyEntries(news) && isOnlyEntries(last.news) && last.news.by === news.by)
      for (const entry of news.entries) last.entries.set(entry.path, entry)
    else this.#pending.push({ news, entries: new Map(news.entries.map((entry) => [entry.path, entry])) })
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#pending = []
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#tellPending(), presenceLimits.everyMs).unref()
  }

  #tellPending(): void {
    this.#timer = null
    const pending = this.#pending
    if (pending.length === 0) return
    this.#pending = []
    this.#wait()
    for (const { news, entries } of pending) this.#tell({ ...news, entries: [...entries.values()] })
  }
}

const isOnlyEntries = ({ moved, deleted }: Changed): boolean => moved.length === 0 && deleted.length === 0
