import type { Soon } from '@atelier/base/at-once'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A hook that mostly has nothing to wait for: Fastify waits for an async one in any case, and every request goes through all of them. */
export const promptHook =
  (hook: (request: FastifyRequest, reply: FastifyReply) => Soon<void>) =>
  (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    const waited = hook(request, reply)
    if (waited === undefined) done()
    else waited.then(() => done(), done)
  }
