/**
 * How much memory V8 takes for objects that are young. It doubles that space, to 128 MB, whenever enough of what was in it has lived on, and
 * keeps the pages afterwards, quiet or not. Only many requests at once gain by it: what they hold would be carried away as old, so saves
 * are a fifth slower without. Whoever opens thousands of sockets or packs an archive makes what lives on or dies at once: for them it stays small.
 */
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import type { FastifyInstance } from 'fastify'

/** Less would be collected too often. */
const usualBytes = 16 * 1024 * 1024
const manyRequests = 8

export function boundYoungMemory(app: FastifyInstance): void {
  let underWay = 0
  let mostUnderWay = 0
  const ended = (): void => {
    underWay -= 1
  }
  app.addHook('onRequest', (_, reply, done) => {
    underWay += 1
    if (underWay > mostUnderWay) mostUnderWay = underWay
    reply.raw.once('close', ended)
    done()
  })

  let mayGrow = true
  const letGrow = (now: boolean): void => {
    // V8 looks at this flag whenever it would grow.
    if (now !== mayGrow) setFlagsFromString(`--semi-space-growth-factor=${now ? 2 : 1}`)
    mayGrow = now
  }
  const look = (): void => {
    letGrow(mostUnderWay >= manyRequests || youngBytes() < usualBytes)
    mostUnderWay = underWay
  }
  const collections = new PerformanceObserver((list) => {
    if (list.getEntries().some(isOfTheYoung)) look()
  })
  collections.observe({ entryTypes: ['gc'] })
  app.addHook('onClose', (_, done) => {
    collections.disconnect()
    letGrow(true)
    done()
  })
}

const isOfTheYoung = (entry: PerformanceEntry): boolean =>
  (entry as unknown as { detail: { kind: number } }).detail.kind === constants.NODE_PERFORMANCE_GC_MINOR

const youngBytes = (): number => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0
