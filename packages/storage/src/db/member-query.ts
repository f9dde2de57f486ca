import pg from 'pg'
import type { Statement } from './database.ts'

/**
 * A statement that runs as a member of the public, not as the owner of the tables: row security holds for it.
 *
 * Role and user are set by a statement of their own that travels in the same packet. PostgreSQL takes everything up to the Sync at
 * the end as one transaction, so both settings end with it, however it ends; and when they cannot be made the statement is skipped:
 *
 *   Bind, Execute: set_config('role', …, true), set_config('atelier.user', …, true)
 *   Bind, Describe, Execute: the statement
 *   Sync
 *
 * One round trip, and no transaction to end. With policies in it a statement takes longer to plan than to run, so it is planned once.
 * `pg` has no call for it: this is its own query with something put before, and the answer to that swallowed.
 */
export class MemberQuery extends Preparing() {
  readonly #as: Member
  readonly #statement: { readonly name: string; readonly text: string }
  #isEntering = false

  constructor(statement: Statement, as: Member) {
    // PostgreSQL plans a statement for one role: under the owner's name it would be planned anew at each change of sides.
    const named = { ...statement, name: memberName(statement.name) }
    super(named)
    this.#as = as
    this.#statement = named
  }

  override prepare(connection: Wire): void {
    if (connection.parsedStatements[entering.name] === undefined) connection.parse(entering)
    connection.bind({ statement: entering.name, values: [this.#as.role, this.#as.userId] })
    connection.execute({})
    super.prepare(connection)
    this.#enter(true)
  }

  override handleDataRow(message: unknown): void {
    if (!this.#isEntering) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, connection: Wire): void {
    if (this.#isEntering) this.#enter(false)
    else super.handleCommandComplete(message, connection)
  }

  override handleError(error: Error, connection: Wire): void {
    delete connection.submittedNamedStatements[this.#statement.name]
    this.#enter(false)
    super.handleError(error, connection)
  }

  /** `pg` notes under the query's name what PostgreSQL says it has parsed. */
  #enter(isEntering: boolean): void {
    this.#isEntering = isEntering
    Object.assign(this, isEntering ? entering : { name: this.#statement.name, text: this.#statement.text })
  }
}

export type Member = { readonly role: string; readonly userId: string }

/** The same for a transaction: the first statements of it, in one round trip. */
export const beginAs = ({ role, userId }: Member): string =>
  `BEGIN; SELECT set_config('role', ${pg.escapeLiteral(role)}, true), set_config('atelier.user', ${pg.escapeLiteral(userId)}, true)`

export const memberName = (name: string): string => `member: ${name}`

const entering = {
  name: 'enter as a member',
  text: `SELECT set_config('role', $1, true), set_config('atelier.user', $2, true),
                set_config('plan_cache_mode', 'force_generic_plan', true)`,
}

/** What of `pg`'s inside is used here. The version is pinned, and member-query.pg.test.ts tries each of them. */
type Wire = {
  readonly parsedStatements: Record<string, string>
  readonly submittedNamedStatements: Record<string, string>
  parse(statement: { readonly name: string; readonly text: string }): void
  bind(values: { readonly statement: string; readonly values: readonly string[] }): void
  execute(options: object): void
}

type PreparingQuery = new (
  statement: Statement,
) => pg.Submittable & {
  prepare(connection: Wire): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: Wire): void
  handleError(error: Error, connection: Wire): void
}

function Preparing(): PreparingQuery {
  return pg.Query as unknown as PreparingQuery
}
