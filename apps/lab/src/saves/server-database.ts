/** A look into the embedded PostgreSQL of a server that we started. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

export type ServerDatabase = AsyncDisposable & {
  query<Row extends object>(text: string): Promise<Row[]>
}

/** `dataFolder`: of the server. */
export async function openServerDatabase(dataFolder: string): Promise<ServerDatabase> {
  const folder = join(dataFolder, 'postgres')
  const passwords = JSON.parse(await readFile(join(folder, 'cluster', 'passwords.json'), 'utf8')) as Record<string, string>
  const client = new pg.Client({
    ...{ host: join(folder, 'socket'), user: 'atelier', database: 'atelier' },
    password: passwords.atelier ?? '',
  })
  await client.connect()
  return {
    query: async <Row extends object>(text: string) => (await client.query<Row>(text)).rows,
    [Symbol.asyncDispose]: () => client.end(),
  }
}
