/**
 * The program behind `atelier backup` and `atelier restore`: it works on a data folder, beside a server or without one, never over HTTP.
 * Its one argument is a wish as JSON; it ends with 0, or with a sentence and 125.
 */

import { BackupRefusal } from '@atelier/storage/backup/refusal'
import { KeyringRefusal } from '@atelier/storage/blobs/keyring'
import { DatabaseRefusal } from '@atelier/storage/db/database-refusal'
import { backUp } from './back-up.ts'
import { restore } from './restore.ts'
import { verify } from './verify.ts'
import { Wish } from './wish.ts'

const faultCode = 125

async function main(): Promise<void> {
  const stopped = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopped.abort())
  try {
    const wish = Wish.parse(JSON.parse(process.argv[2] ?? ''))
    const data = { dataFolder: wish.dataFolder, databaseUrl: process.env.DATABASE_URL || null }
    switch (wish.verb) {
      case 'backup':
        return await backUp(wish, data, stopped.signal)
      case 'verify':
        return await verify(wish, stopped.signal)
      case 'restore':
        return await restore(wish, data, stopped.signal)
    }
  } catch (error) {
    if (stopped.signal.aborted) throw new BackupRefusal('not-possible', 'Stopped. Nothing was changed.')
    throw error
  }
}

/** What the person who hosts can change comes as a sentence; everything else is our fault and keeps its stack. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof BackupRefusal || error instanceof DatabaseRefusal || error instanceof KeyringRefusal) return error.message
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EACCES' || code === 'EPERM')
    return `Only who owns the data folder, and root, may do this (${(error as Error).message}). Run it as the account that the server runs as.`
  // PostgreSQL has a number of its own for it.
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '53100')
    return 'The disk is full. Nothing was changed. Make room, then do it again.'
  if (code === 'EROFS') return `Nothing can be written there (${(error as Error).message}). Give another place.`
  return null
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const sentence = sentenceOf(error)
    if (sentence === null) console.error('atelier: this should not have happened, please report it:', error)
    else console.error(`atelier: ${sentence}`)
    process.exit(faultCode)
  },
)
