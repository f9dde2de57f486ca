import type { Log } from '@atelier/base/log'
import pg from 'pg'
import { columnTypes } from './column-types.ts'
import { beginAs, type Member, MemberQuery, memberName } from './member-query.ts'

/**
 * A pool of connections to PostgreSQL, embedded or not.
 *
 * Every statement has a name: PostgreSQL then parses and plans it once per connection (measured: the largest single gain
 * of all clients and settings tried). A name belongs to one text for ever; statements are constants, never glued together.
 */
export interface Database extends Transactions {
  /**
   * The same database behind the second wall: statements see and change what the policies of row security leave this user, whatever
   * their conditions forgot. For whatever has an asking user; chores, and statements with their authorization joined, go without it.
   */
  as(userId: string): Transactions
  /** Connections: all, those waiting to be used, and callers waiting for one. For metrics. */
  readonly connections: { readonly total: number; readonly idle: number; readonly waiting: number }
  /** Waits for borrowed connections to come back, then closes all. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface Transactions extends Queries {
  /** Runs `work` in one transaction: committed when it resolves, undone when it rejects. `work` uses only the `Queries` it is given. */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>
}

export interface Queries {
  /** @throws DatabaseError of `pg`, with PostgreSQL's `code` ("23505" for a duplicate key) and `constraint`. */
  query<Row extends object = Record<string, unknown>>(statement: Statement): Promise<Rows<Row>>
}

export type Statement = {
  readonly name: string
  readonly text: string
  readonly values?: readonly unknown[]
}

/** `rowCount`: rows returned, or for a statement without RETURNING, rows changed. */
export type Rows<Row> = { readonly rows: Row[]; readonly rowCount: number }

export type DatabaseOptions = {
  readonly connectionString: string
  readonly log: Log
  /** Whom `as` becomes (see raiseSecondWall); null or absent: nobody, there is only the first wall. */
  readonly memberRole?: string | null
  /** Connections at most; 12 is where one machine's throughput stops to grow. */
  readonly poolSize?: number
  /** PostgreSQL ends a statement that takes longer. */
  readonly statementTimeoutMs?: number
}

/** Connects when the first statement comes. */
export function openDatabase(options: DatabaseOptions): Database {
  const { connectionString, log, memberRole = null, poolSize = 12, statementTimeoutMs = 15_000 } = options
  const pool = new pg.Pool({
    connectionString,
    max: poolSize,
    application_name: 'atelier',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    types: columnTypes,
  })
  // A connection that breaks while nobody uses it is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn('database connection lost', { error }))

  async function inTransaction<Result>(member: Member | null, work: (queries: Queries) => Promise<Result>): Promise<Result> {
    const client = await pool.connect()
    let broken: Error | undefined
    const whenBroken = (error: Error) => {
      broken = error
    }
    client.on('error', whenBroken)
    try {
      await client.query(member === null ? 'BEGIN' : beginAs(member))
      const result = await work(member === null ? queriesOf(client) : memberQueriesOf(client))
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure
      })
      throw error
    } finally {
      client.off('error', whenBroken)
      client.release(broken)
    }
  }

  function as(userId: string): Transactions {
    if (memberRole === null) return own
    const member = { role: memberRole, userId }
    return {
      async query<Row extends object>(statement: Statement): Promise<Rows<Row>> {
        const result: unknown = await pool.query(new MemberQuery(statement, member))
        return rowsOf(result as pg.QueryResult<Row>)
      },
      transaction: (work) => inTransaction(member, work),
    }
  }

  const close = () => pool.end()
  const own: Transactions = { ...queriesOf(pool), transaction: (work) => inTransaction(null, work) }
  return {
    ...own,
    as,
    get connections() {
      return { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function queriesOf(connection: pg.Pool | pg.PoolClient): Queries {
  return {
    async query<Row extends object>(statement: Statement): Promise<Rows<Row>> {
      return rowsOf(await connection.query<Row>(statement as pg.QueryConfig))
    },
  }
}

function memberQueriesOf(client: pg.PoolClient): Queries {
  const queries = queriesOf(client)
  return { query: (statement) => queries.query({ ...statement, name: memberName(statement.name) }) }
}

const rowsOf = <Row extends object>({ rows, rowCount }: pg.QueryResult<Row>): Rows<Row> => ({
  rows,
  rowCount: rowCount ?? rows.length,
})
