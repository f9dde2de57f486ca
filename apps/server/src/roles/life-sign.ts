/**
 * A server's sign of life: an advisory lock that PostgreSQL frees the moment the server's connection is gone, however it
 * ended. What a dead server left unfinished is told by its key without a lock.
 */
import { randomInt } from 'node:crypto'
import type { Log } from '@atelier/base/log'
import pg from 'pg'

const retryMs = 500

export type LifeSign = { readonly key: number; stop(): Promise<void> }

export async function giveLifeSign(connectionString: string, log: Log): Promise<LifeSign> {
  const key = randomInt(2 ** 47)
  let client: pg.Client | null = null
  let stopped = false

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString, application_name: 'atelier life sign', keepAlive: true })
    next.on('error', () => {})
    next.once('end', () => {
      if (!stopped) setTimeout(reconnect, retryMs).unref()
    })
    await next.connect()
    await next.query('SELECT pg_advisory_lock($1)', [key])
    client = next
  }
  function reconnect(): void {
    if (stopped) return
    connect().catch((error) => log.warn('life sign interrupted', { error }))
  }

  await connect()
  return {
    key,
    async stop() {
      stopped = true
      await client?.end()
    },
  }
}
