import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { isDatabaseAway } from './away.ts'

/**
 * The address of the embedded database in this folder while a server looks after it, null while none does. For programs that the person
 * who hosts runs beside the server: the password is in a file that only they may read.
 */
export async function findRunningPostgres(folder: string): Promise<string | null> {
  const socket = join(folder, 'socket')
  const socketFolder = await readlink(socket).catch(() => socket)
  const passwords = JSON.parse(await readFile(join(folder, 'cluster', 'passwords.json'), 'utf8')) as { atelier: string }
  const address = `postgresql://atelier:${passwords.atelier}@localhost/atelier?host=${encodeURIComponent(socketFolder)}`
  const client = new pg.Client({ connectionString: address, application_name: 'atelier', connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return address
  } catch (error) {
    if (isDatabaseAway(error)) return null
    throw error
  } finally {
    await client.end().catch(() => {})
  }
}
