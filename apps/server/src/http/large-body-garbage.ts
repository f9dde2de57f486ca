/**
 * While large bodies arrive, memory is collected before it piles up. Every piece that was read is a buffer outside V8's heap,
 * and V8 does not look for those that nobody uses until there are more than 64 MB of them, and then takes its time: four uploads
 * at once moved the server by up to 160 MB.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyInstance } from 'fastify'

const largeBytes = 1024 * 1024
/** A collection of the young takes a millisecond or two: not worth it for less. */
const garbageBytes = 16 * 1024 * 1024
const checkMs = 5

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void

export function collectBehindLargeBodies(app: FastifyInstance): void {
  let arriving = 0
  let timer: NodeJS.Timeout | undefined
  let least = 0

  function check(): void {
    const { external_memory: bytes } = getHeapStatistics()
    least = Math.min(least, bytes)
    if (bytes - least < garbageBytes) return
    collect({ type: 'minor' })
    least = getHeapStatistics().external_memory
  }

  app.addHook('onRequest', (request, reply, done) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
    if (coding !== undefined || Number(length) >= largeBytes) {
      arriving += 1
      if (timer === undefined) {
        least = getHeapStatistics().external_memory
        timer = setInterval(check, checkMs)
      }
      reply.raw.once('close', () => {
        arriving -= 1
        if (arriving > 0) return
        clearInterval(timer)
        timer = undefined
      })
    }
    done()
  })
}
