import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseRefusal } from '../database-refusal.ts'
import { isAlive } from './processes.ts'

export type FolderLock = { release(): Promise<void> }

/** A holder that was killed a moment ago has left the lock to a child, which takes a moment to notice. */
const patienceMs = 10_000

/**
 * One Atelier at a time per folder. The lock is the kernel's, on a file, held by a small child (flock, part of every
 * Debian) that ends when our end of its pipe closes: nothing can be left over from a kill -9, and it also holds
 * between containers that share the folder.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, 'lock')
  const deadline = performance.now() + patienceMs
  for (;;) {
    const lock = await tryLock(file)
    if (lock !== undefined) {
      await writeFile(file, String(process.pid), { mode: 0o600 })
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

async function tryLock(file: string): Promise<FolderLock | undefined> {
  const child = spawn('flock', ['--nonblock', '--no-fork', file, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
  })
  const ended = new Promise<Error | null>((resolve) => {
    child.once('error', resolve)
    child.once('close', () => resolve(null))
  })
  child.stdin.on('error', () => {}) // it refused and is gone: `ended` tells
  child.stdin.write('.') // comes back through cat once the lock is held
  const outcome = await Promise.race([once(child.stdout, 'data').then(() => 'held' as const), ended])
  if (outcome instanceof Error) {
    throw new DatabaseRefusal('The program "flock" (Debian package util-linux) is missing. Install it, or set DATABASE_URL.', {
      cause: outcome,
    })
  }
  if (outcome === null) return undefined
  child.unref()
  for (const pipe of [child.stdin, child.stdout]) if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return {
    async release() {
      child.ref()
      child.stdin.end()
      await ended
    },
  }
}
