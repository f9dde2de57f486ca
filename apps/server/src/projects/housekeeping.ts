import type { Log } from '@atelier/base/log'
import type { Projects } from './projects.ts'

const everyMs = 6 * 3600 * 1000

/** Removes, a few times a day, the contents that no file names any more. Returns how to stop it. */
export function startSweeping(projects: Pick<Projects, 'sweepBlobs'>, log: Log): () => Promise<void> {
  let sweeping: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    sweeping = sweep(projects, log)
  }, everyMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await sweeping
  }
}

async function sweep(projects: Pick<Projects, 'sweepBlobs'>, log: Log): Promise<void> {
  try {
    log.info('unused contents removed', { blobs: await projects.sweepBlobs() })
  } catch (error) {
    log.error('unused contents could not be removed', { error })
  }
}
