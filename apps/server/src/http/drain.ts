/** A refused upload is read a while longer, so that a client that only writes gets to read the answer. */
import type { Readable } from 'node:stream'

/** After so much the connection is cut. */
const drainedBytes = 256 * 1024 * 1024

/** Reads what is left of a body and forgets it. */
export function drain(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    let left = drainedBytes
    const stop = () => {
      body.off('data', count).off('end', stop).off('error', stop).off('close', stop)
      body.on('error', () => {})
      resolve()
    }
    const count = (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) stop()
    }
    if (body.readableEnded || body.destroyed) return resolve()
    body.on('end', stop).on('error', stop).on('close', stop).on('data', count).resume()
  })
}
