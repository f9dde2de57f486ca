import type { FastifyReply } from 'fastify'
import { plainPagePolicy } from './plain-pages.ts'

export function sendPlain(reply: FastifyReply, status: number, html: string, policy = plainPagePolicy): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-security-policy', policy)
    .send(html)
}
