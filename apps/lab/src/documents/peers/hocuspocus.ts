/**
 * hocuspocus as its documentation sets it up: `@hocuspocus/extension-database` over a database that keeps what it has committed
 * (SQLite, synchronous FULL), with the default debounce. What that promises: an edit is stored 2 to 10 s after it was made, when
 * nothing kills the server meanwhile; "saved" is answered before.
 */
import { DatabaseSync } from 'node:sqlite'
import { Database } from '@hocuspocus/extension-database'
import { Server } from '@hocuspocus/server'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('say where the database is')
const database = new DatabaseSync(file)
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
database.exec('CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, state BLOB NOT NULL)')
const fetch = database.prepare('SELECT state FROM documents WHERE name = ?')
const store = database.prepare(
  'INSERT INTO documents (name, state) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state',
)
const server = new Server({
  ...{ port: 0, address: '127.0.0.1', quiet: true },
  extensions: [
    new Database({
      fetch: async ({ documentName }) => (fetch.get(documentName)?.state as Uint8Array | undefined) ?? null,
      store: async ({ documentName, state }) => {
        store.run(documentName, state)
      },
    }),
  ],
})
await server.listen(Number(process.env.PORT ?? 0))
process.stdout.write(`${JSON.stringify({ port: server.address.port })}\n`)
