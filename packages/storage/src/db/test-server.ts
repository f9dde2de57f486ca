import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@atelier/base/log'
import pg from 'pg'
import { openEmbeddedPostgres } from './embedded-postgres.ts'

/** A PostgreSQL in a temporary folder that forgets everything; its address may create databases. */
export async function startTestServer(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-test-'))
  try {
    const postgres = await openEmbeddedPostgres({ folder, log: silentLog, durability: 'throwaway' })
    await administer(postgres.superuserConnectionString, (client) => client.query('ALTER ROLE atelier CREATEDB'))
    return {
      address: postgres.connectionString,
      async stop() {
        await postgres.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

export async function administer(server: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
