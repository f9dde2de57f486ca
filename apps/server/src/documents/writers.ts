/**
 * Under which authors' names who has written: for "who typed what", and so that nobody writes under the name of somebody else who is
 * here. Who took the next clock of another's client id would make the other's next key a repetition: counted as stored, and lost.
 */
import type { Author } from './append-rows.ts'
import type { Member } from './member.ts'

export class Writers {
  /** The user whose change was taken last. */
  last: string | null = null
  readonly #users = new Map<string, string>()
  readonly #members: ReadonlySet<Member>
  readonly #ownerOfCursor: (client: number) => object | null
  #fresh: Author[] = []

  /** `ownerOfCursor`: the member that showed a cursor under this client id. */
  constructor(members: ReadonlySet<Member>, ownerOfCursor: (client: number) => object | null) {
    this.#members = members
    this.#ownerOfCursor = ownerOfCursor
  }

  /** A person's own tabs may write for each other; a name whose user has left is free. */
  mayWriteAs(author: string, { link }: Member): boolean {
    const user = this.#users.get(author) ?? this.#showing(author)
    if (user === undefined || user === link.userId) return true
    for (const each of this.#members) if (each.link.userId === user) return false
    return true
  }

  note(authors: readonly string[], userId: string): void {
    this.last = userId
    for (const author of authors) {
      if (this.#users.get(author) === userId) continue
      this.#users.set(author, userId)
      this.#fresh.push({ author, userId })
    }
  }

  /** Those noted since it was asked last. */
  takeFresh(): readonly Author[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }

  #showing(author: string): string | undefined {
    const owner = this.#ownerOfCursor(Number(author))
    for (const each of this.#members) if (each === owner) return each.link.userId
    return undefined
  }
}
