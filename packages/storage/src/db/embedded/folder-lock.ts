import { chown, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type FileLock, lockFile } from '@atelier/base/file-lock'
import { DatabaseRefusal } from '../database-refusal.ts'
import { ordinaryOwner } from './account.ts'
import { isAlive } from './processes.ts'

/** A holder that was killed a moment ago has left the lock to a child, which takes a moment to notice. */
const patienceMs = 10_000

/** One Atelier at a time per folder, also between containers that share it. */
export async function lockFolder(folder: string): Promise<FileLock> {
  const file = join(folder, 'lock')
  const deadline = performance.now() + patienceMs
  for (;;) {
    const lock = await tryLock(file)
    if (lock !== null) {
      await writeFile(file, String(process.pid), { mode: 0o600 })
      const owner = await ordinaryOwner(folder)
      if (owner !== undefined) await chown(file, owner.uid, owner.gid)
      return lock
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => '')) || undefined
    const isHeld = holder !== undefined && isAlive(holder)
    if (isHeld || performance.now() > deadline) {
      throw new DatabaseRefusal(
        `Another Atelier${isHeld ? ` (process ${holder})` : ''} is using ${folder}. Stop it first, or choose another data folder for this one.`,
      )
    }
    await delay(100)
  }
}

function tryLock(file: string): Promise<FileLock | null> {
  return lockFile(file, { shared: false, waits: false }).catch((cause) => {
    const sentence = 'The program "flock" (Debian package util-linux) is missing. Install it, or set DATABASE_URL.'
    throw new DatabaseRefusal(sentence, { cause })
  })
}
