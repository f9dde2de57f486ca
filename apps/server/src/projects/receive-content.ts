/**
 * From the bytes that a client sends to a content that can be stored. What is small is collected in memory; as soon as there
 * is more, it flows through into a blob, so that an upload of any size costs the server the same few hundred KB.
 */
import type { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import { fileLimits } from '@atelier/protocol/files'
import { type Blobs, BlobTooLarge } from '@atelier/storage/blobs/blobs'
import { type Content, inlineContent, inlineLimits } from './content.ts'
import { fileTooLarge, tooManySaves } from './refusals.ts'

/** All bodies together that are being collected in memory. Who sends slowly cannot fill it for the others beyond this. */
const collectedBytesLimit = 64 * 1024 * 1024
/** Uploads that flow into blobs at once. */
const uploadsAtOnce = 64

export type Receiver = {
  /**
   * Reads `source` to its end. `checkRoom` is asked before a large content is written anywhere; it throws when there is no
   * room for so many bytes, or no such project.
   * @throws Refusal too-large, storage-unavailable; what `checkRoom` throws. The rest of the stream is unread then.
   */
  receive(source: Buffer | Readable, checkRoom: (bytes: number) => Promise<void>): Promise<Content>
}

export function createReceiver(blobs: Blobs): Receiver {
  let collectedBytes = 0
  let uploads = 0

  async function receiveLarge(chunks: readonly Buffer[], rest: Readable | null): Promise<Content> {
    if (uploads >= uploadsAtOnce) throw tooManySaves()
    uploads += 1
    try {
      const { sha256, sizeBytes } = await blobs.put(joined(chunks, rest), fileLimits.fileBytes)
      return { encoding: 'blob', sizeBytes, sha: Buffer.from(sha256, 'hex') }
    } catch (error) {
      throw error instanceof BlobTooLarge ? fileTooLarge() : error
    } finally {
      uploads -= 1
    }
  }

  const mayCollect = (bytes: number): boolean => {
    if (collectedBytes + bytes > collectedBytesLimit) return false
    collectedBytes += bytes
    return true
  }

  return {
    async receive(source, checkRoom) {
      if (Buffer.isBuffer(source)) return (await inlineContent(source)) ?? (await checkedLarge([source], null))
      const collected = await collect(source, mayCollect)
      try {
        const content = collected.isComplete ? await inlineContent(joinedBuffer(collected.chunks)) : null
        return content ?? (await checkedLarge(collected.chunks, collected.isComplete ? null : source))
      } finally {
        collectedBytes -= collected.sizeBytes
      }

      async function checkedLarge(chunks: readonly Buffer[], rest: Readable | null): Promise<Content> {
        await checkRoom(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
        return receiveLarge(chunks, rest)
      }
    },
  }
}

type Collected = { readonly chunks: readonly Buffer[]; readonly sizeBytes: number; readonly isComplete: boolean }

/** Reads until the end, or until there is more than fits into a row; the stream is paused then. */
function collect(source: Readable, mayCollect: (bytes: number) => boolean): Promise<Collected> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const stop = () => {
      source.off('data', take).off('end', end).off('error', fail).off('close', close)
    }
    const settle = (isComplete: boolean) => {
      stop()
      resolve({ chunks, sizeBytes, isComplete })
    }
    const fail = (cause: unknown) => {
      stop()
      reject(endedEarly(cause))
    }
    const end = () => settle(true)
    const close = () => fail(new Error('closed'))
    const take = (chunk: Buffer) => {
      if (!mayCollect(chunk.length)) {
        stop()
        source.pause()
        reject(tooManySaves())
        return
      }
      chunks.push(chunk)
      sizeBytes += chunk.length
      if (sizeBytes <= inlineLimits.plainBytes) return
      source.pause()
      settle(false)
    }
    // A client that has gone already will send no further event.
    if (source.destroyed) return close()
    source.on('data', take).on('end', end).on('error', fail).on('close', close)
  })
}

/** What is unpacked from an archive fails with a reason of its own. */
const endedEarly = (cause: unknown): Refusal =>
  cause instanceof Refusal
    ? cause
    : new Refusal('invalid-request', 'The body ended before all of it had come. Send it again.', { cause })

async function* joined(chunks: readonly Buffer[], rest: Readable | null): AsyncGenerator<Uint8Array> {
  yield* chunks
  if (rest === null) return
  // A refused upload must still be answered, so the connection stays open when we stop reading.
  const chunksOfRest = rest.iterator({ destroyOnReturn: false })
  try {
    for await (const chunk of chunksOfRest) yield chunk as Uint8Array
  } catch (cause) {
    throw endedEarly(cause)
  }
}

const joinedBuffer = (chunks: readonly Buffer[]): Buffer => {
  const [first, second] = chunks
  return first !== undefined && second === undefined ? first : Buffer.concat(chunks)
}
