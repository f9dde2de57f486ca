import { createHash, randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { type Log, silentLog } from '@atelier/base/log'
import { type Database, openDatabase } from './database.ts'
import { raiseSecondWall } from './member-role.ts'
import { type Migration, migrate, readMigrations } from './migrations.ts'
import { administer, startTestServer } from './test-server.ts'

/**
 * Real databases for tests: `await using db = await testDatabase()` is a fresh, migrated, private database, cloned from
 * a template (some 30 ms) and dropped at the end. One PostgreSQL serves a whole test run: `npm test` starts it and passes
 * its address on; a test file that is run alone starts its own and stops it when its tests are over.
 */
export type TestDatabase = Database & { readonly connectionString: string }

/** Set by `npm test`: a connection that may create databases. */
const addressVariable = 'ATELIER_TEST_DATABASE_URL'

export type TestDatabaseOptions = {
  /** Instead of the product's own. */
  readonly migrations?: readonly Migration[]
  readonly log?: Log
}

export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { log = silentLog } = options
  const server = await testServer()
  const template = await readyTemplate(server, options.migrations ?? (await readMigrations()))
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`))
  const connectionString = addressOf(server, name)
  const database = openDatabase({ connectionString, log, memberRole: testMember, poolSize: 8 })
  const close = async () => {
    await database.close()
    await drop(server, name)
  }
  return {
    connectionString,
    query: database.query,
    transaction: database.transaction,
    as: database.as,
    get connections() {
      return database.connections
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** PostgreSQL's own vacuum may be in it just then, and belongs to somebody whom we may not end. It leaves within moments. */
async function drop(server: string, name: string): Promise<void> {
  for (let left = 100; ; left -= 1)
    try {
      await administer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
      return
    } catch (error) {
      if ((error as { code?: unknown }).code !== '42501' || left === 0) throw error
      await new Promise((next) => setTimeout(next, 50))
    }
}

/** Beside the owner, `atelier`. */
const testMember = 'atelier_member'

let ownServer: ReturnType<typeof startTestServer> | undefined

async function testServer(): Promise<string> {
  const given = process.env[addressVariable]
  if (given !== undefined && given !== '') return given
  ownServer ??= startTestServer()
  return (await ownServer).address
}

after(async () => {
  await (await ownServer?.catch(() => undefined))?.stop()
})

const templates = new Map<string, Promise<string>>()

/** Made once per list of migrations and server, whoever comes first; the others wait. */
function readyTemplate(server: string, migrations: readonly Migration[]): Promise<string> {
  const sum = createHash('sha256').update(migrations.map((each) => `${each.number} ${each.name} ${each.sha256}`).join('\n'))
  const name = `template_${sum.digest('hex').slice(0, 16)}`
  const known = templates.get(server + name)
  if (known !== undefined) return known
  const made = makeTemplate(server, name, migrations)
  templates.set(server + name, made)
  return made
}

async function makeTemplate(server: string, name: string, migrations: readonly Migration[]): Promise<string> {
  await administer(server, async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 1) return
    const unfinished = `${name}_unfinished`
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${unfinished}`)
    await migrate(addressOf(server, unfinished), migrations, silentLog)
    if (migrations.some(({ name }) => name === 'row-security')) await raiseTestWall(addressOf(server, unfinished))
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`)
  })
  return name
}

async function raiseTestWall(address: string): Promise<void> {
  const { role } = await raiseSecondWall(address)
  if (role !== testMember) throw new Error('the tests would run without the second wall')
}

function addressOf(server: string, database: string): string {
  const address = new URL(server)
  address.pathname = `/${database}`
  return address.href
}
