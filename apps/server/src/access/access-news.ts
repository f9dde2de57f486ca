/**
 * Changes of access as the database tells them (LISTEN, from the triggers of migration 0005), on a connection of its own.
 *
 * A notification that is sent while nobody listens is lost. So the connection is asked for an answer more than once a second, a silent one
 * is dropped, and after each new connection there is one piece of news that stands for whatever was missed.
 */
import type { Log } from '@atelier/base/log'
import pg from 'pg'
import type { AccessChange } from './access.ts'

const channel = 'atelier_access'
const askEveryMs = 750
const answerWithinMs = 750
const connectWithinMs = 1000
/** For the first connection, when the whole machine is busy with starting. */
const beginWithinMs = 10_000
const retryMs = 200

export const everything: AccessChange = { projectId: null, userId: null }

export type AccessNewsOptions = {
  readonly connectionString: string
  readonly log: Log
  readonly tell: (change: AccessChange) => void
}

/** Resolves when it listens; rejects when the first connection fails. Returns what stops it. */
export async function followAccessNews({ connectionString, log, tell }: AccessNewsOptions): Promise<() => Promise<void>> {
  let current: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function listen(withinMs: number): Promise<void> {
    const client = new pg.Client({
      ...{ connectionString, application_name: 'atelier access news', keepAlive: true },
      ...{ connectionTimeoutMillis: withinMs, query_timeout: withinMs },
    })
    client.on('error', () => {})
    client.on('notification', ({ payload }) => tell(changeOf(payload ?? '')))
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
    if (stopped) return client.end()
    current = client
    client.once('end', () => lost(client))
    ask(client)
  }

  function ask(client: pg.Client): void {
    timer = setTimeout(() => {
      const question = { text: 'SELECT 1', query_timeout: answerWithinMs }
      client.query(question).then(
        () => current === client && ask(client),
        () => lost(client),
      )
    }, askEveryMs).unref()
  }

  function lost(client: pg.Client): void {
    if (current !== client) return
    current = null
    clearTimeout(timer)
    // A silent connection would wait for its goodbye to be answered.
    client.connection.stream.destroy()
    if (stopped) return
    log.warn('news of access interrupted')
    reconnectSoon()
  }

  function reconnectSoon(): void {
    timer = setTimeout(() => {
      listen(connectWithinMs).then(
        () => tell(everything),
        (error: unknown) => {
          log.debug('news of access still interrupted', { error })
          if (!stopped) reconnectSoon()
        },
      )
    }, retryMs).unref()
  }

  await listen(beginWithinMs)
  return async () => {
    stopped = true
    clearTimeout(timer)
    const client = current
    current = null
    await client?.end()
  }
}

function changeOf(payload: string): AccessChange {
  const [projectId = '', userId = null] = payload.split('/')
  return { projectId, userId }
}
