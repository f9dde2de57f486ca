/**
 * What was promised, and whether it was kept. Every edit is a piece of text that exists once, `<author:number>`, so in any text it
 * can be told exactly which edits are lost and which are there twice.
 */
export class Ledger {
  /** Everything that was typed. */
  readonly typed = new Set<string>()
  /** What somebody else has had on the screen, or the server has called stored. */
  readonly promised = new Set<string>()

  /** `wanted`: promised edits must be there, or all that were typed. */
  check(text: string, wanted: 'promised' | 'typed'): Verdict {
    const found = tokensOf(text)
    const counts = new Map<string, number>()
    for (const token of found) counts.set(token, (counts.get(token) ?? 0) + 1)
    const rest = text.length - found.reduce((sum, token) => sum + token.length, 0)
    return {
      lost: [...this[wanted]].filter((token) => !counts.has(token)),
      doubled: [...counts].filter(([, count]) => count > 1).map(([token]) => token),
      strange: rest + [...counts.keys()].filter((token) => !this.typed.has(token)).length,
    }
  }
}

export type Verdict = {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Units of text that nobody typed. */
  readonly strange: number
}

export const tokensOf = (text: string): string[] => text.match(/<\d+:\d+>/g) ?? []
export const tokenOf = (author: number, count: number): string => `<${author}:${count}>`

/** Counts over many checks; an edit that is lost at several of them is lost once. */
export class Tally {
  readonly #lost = new Set<string>()
  readonly #doubled = new Set<string>()
  strange = 0
  unequal = 0
  readonly notes: string[] = []

  get lost(): number {
    return this.#lost.size
  }

  get doubled(): number {
    return this.#doubled.size
  }

  /** `document`: edits are numbered anew in each. */
  add(document: number, what: string, { lost, doubled, strange }: Verdict): void {
    for (const token of lost) this.#lost.add(`${document} ${token}`)
    for (const token of doubled) this.#doubled.add(`${document} ${token}`)
    this.strange += strange
    if (lost.length + doubled.length + strange > 0)
      this.note(
        `${what}: lost ${lost.slice(0, 5).join(' ')} (${lost.length}), doubled ${doubled.slice(0, 5).join(' ')}, strange ${strange}`,
      )
  }

  /** All of them must be the same text. */
  equal(texts: Readonly<Record<string, string>>): void {
    const [first, ...others] = Object.entries(texts)
    for (const [name, text] of others)
      if (text !== first?.[1]) {
        this.unequal += 1
        this.note(`${name} has ${text.length} units and is not what ${first?.[0]} has (${first?.[1].length} units)`)
      }
  }

  note(text: string): void {
    if (this.notes.length < 50) this.notes.push(text)
  }

  get isClean(): boolean {
    return this.lost + this.doubled + this.strange + this.unequal === 0
  }
}
