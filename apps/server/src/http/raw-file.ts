/** Files of users as raw bytes. Whatever is in them, a browser may only save them: nothing of them runs on our origin. */
import type { FastifyReply } from 'fastify'

export function asDownload(reply: FastifyReply, path: string): FastifyReply {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return reply
    .header('content-type', 'application/octet-stream')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeRfc8187(name)}`)
    .header('content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'")
    .header('cross-origin-resource-policy', 'same-origin')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'private, no-store')
}

/** encodeURIComponent leaves four characters that RFC 8187 wants encoded. */
const encodeRfc8187 = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
