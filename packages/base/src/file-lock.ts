import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type FileLock = { release(): Promise<void> }

/** `shared`: any number at once, but not beside an exclusive one. `waits`: until it can be had; otherwise null when it cannot. */
export type LockWish = { readonly shared: boolean; readonly waits: boolean; readonly signal?: AbortSignal }

/**
 * Locks a file. The lock is the kernel's, held by a small child that ends when our end of its pipe closes: a kill -9
 * leaves nothing locked, and a held lock does not keep this process alive.
 */
export async function lockFile(file: string, { shared, waits, signal }: LockWish): Promise<FileLock | null> {
  signal?.throwIfAborted()
  const options = [...(shared ? ['--shared'] : []), ...(waits ? [] : ['--nonblock']), '--no-fork']
  const child = spawn('flock', [...options, file, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
  })
  const ended = new Promise<Error | null>((resolve) => {
    child.once('error', resolve)
    child.once('close', () => resolve(null))
  })
  const giveUp = (): void => void child.kill('SIGKILL')
  signal?.addEventListener('abort', giveUp)
  child.stdin.on('error', () => {})
  child.stdin.write('.') // comes back through cat once the lock is held
  const outcome = await Promise.race([once(child.stdout, 'data').then(() => 'held' as const), ended])
  signal?.removeEventListener('abort', giveUp)
  if (outcome instanceof Error) throw new Error(`the lock ${file} could not be taken`, { cause: outcome })
  signal?.throwIfAborted()
  if (outcome === null) {
    if (waits) throw new Error(`the lock ${file} could not be taken`)
    return null
  }
  const parts: readonly object[] = [child, child.stdin, child.stdout]
  const handles = parts.filter(keepsAlive)
  for (const handle of handles) handle.unref()
  return {
    async release() {
      // Its end is waited for, with all that belongs to it.
      for (const handle of handles) handle.ref()
      child.stdin.end()
      await ended
    },
  }
}

/** What an open handle of Node can do; the types of pipes do not tell. */
const keepsAlive = (each: object): each is { ref(): void; unref(): void } => 'ref' in each && 'unref' in each
