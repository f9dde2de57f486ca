/** Bodies that are read whole, JSON and input of programs: each within its route's `bodyLimit`, all together within one memory. */
import type { IncomingMessage } from 'node:http'
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Body, BodyMemory } from './body-memory.ts'
import { isReasonable } from './json-shape.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Values that a JSON body may have, where a long list is what is asked for. */
    jsonValues?: number
    /** The body is never read whole here: the route takes it as the stream that it is. */
    takesStream?: boolean
  }
}

/** A refused body that says that it is at most so large is read and forgotten before the answer: most clients only write until they are through. */
const readThroughBytes = 16 * 1024 * 1024
/** Of any other, so much is still read after the answer. */
const discardedBytes = 1024 * 1024

const bodies = new WeakMap<IncomingMessage, Body>()

/** Makes the application take JSON, and only JSON. */
export function receiveJson(app: FastifyInstance, memory: BodyMemory = new BodyMemory()): void {
  app.addHook('preParsing', (request, reply, payload, done) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
    if ((coding !== undefined || length !== '0') && request.routeOptions.config.takesStream !== true) {
      const body = new Body(memory)
      bodies.set(request.raw, body)
      reply.raw.once('close', () => body.release())
    }
    done(null, payload)
  })
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', (request, payload, done) => {
    readBody(request, payload).then(
      (bytes) =>
        isReasonable(bytes, request.routeOptions.config.jsonValues)
          ? parseJson(request, bytes.toString('utf8'), done)
          : done(tooComplex()),
      (error: Error) => done(error),
    )
  })
}

/** Makes the routes of `app` take a body of any type as the bytes that it is. */
export function receiveBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    readBody(request, payload).then(
      (bytes) => done(null, bytes),
      (error: Error) => done(error),
    )
  })
}

/** Says that nobody needs the body of this request any more, although it is not answered yet. */
export function forgetBody(request: FastifyRequest): void {
  request.body = undefined
  bodies.get(request.raw)?.release()
}

function readBody(request: FastifyRequest, payload: IncomingMessage): Promise<Buffer> {
  const { bodyLimit } = request.routeOptions
  const body = bodies.get(request.raw)
  return new Promise((resolve, reject) => {
    if (body === undefined) return resolve(Buffer.alloc(0))
    const announced = Number(request.headers['content-length'] ?? 0)
    const refuse = (refusal: Refusal): void => {
      payload.off('data', take).off('end', finish).off('error', cut).off('close', cut)
      body.release()
      if (announced > 0 && announced <= readThroughBytes) {
        for (const end of ['end', 'error', 'close']) payload.once(end, () => reject(refusal))
        payload.resume()
      } else {
        discardSome(payload)
        reject(refusal)
      }
    }
    let bytes = 0
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > bodyLimit) refuse(tooLarge(bodyLimit))
      else if (!body.add(chunk)) refuse(noRoom())
    }
    const finish = (): void => resolve(body.finish())
    const cut = (cause?: unknown): void => reject(new Refusal('invalid-request', 'The body ended too early.', { cause }))
    if (announced > bodyLimit) return refuse(tooLarge(bodyLimit))
    if (!body.wouldFit(announced)) return refuse(noRoom())
    payload.on('data', take).once('end', finish).once('error', cut).once('close', cut)
  })
}

function discardSome(payload: IncomingMessage): void {
  let left = discardedBytes
  payload.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) payload.pause()
  })
}

const sizeOf = (bytes: number): string => (bytes < 1024 * 1024 ? `${bytes / 1024} KB` : `${bytes / 1024 / 1024} MB`)
const tooLarge = (limit: number): Refusal =>
  new Refusal('too-large', `The body is larger than the ${sizeOf(limit)} that this address accepts. Send less at once.`)

const tooComplex = (): Refusal =>
  new Refusal(
    'invalid-request',
    'The body is nested too deeply or has too many values for any request. See /docs for what is expected.',
  )

const noRoom = (): Refusal =>
  new Refusal('too-many-requests', 'The server is taking in other large requests. Send this one again in a moment.', {
    retryAfterSeconds: 1,
  })
