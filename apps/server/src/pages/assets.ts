/** The page's files, compressed when they were built. Their names hold a hash of their content, so a browser never asks twice. */
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { App } from '../http/app.ts'

/** The one that stands in pages of other sites. */
const badge = 'open-in-atelier.svg'
const yearSeconds = 365 * 24 * 3600

export async function registerAssets(app: App, webFolder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(webFolder, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    index: false,
    maxAge: yearSeconds * 1000,
    immutable: true,
    schemaHide: true,
    setHeaders: (response, path) => {
      response.header('cross-origin-resource-policy', path.includes(badge) ? 'cross-origin' : 'same-origin')
    },
  })
  for (const [url, file] of [
    ['/favicon.svg', 'favicon.svg'],
    ['/favicon.ico', 'favicon.svg'],
    ['/site.webmanifest', 'site.webmanifest'],
    [`/${badge}`, badge],
  ] as const)
    app.get(url, { schema: { hide: true } }, (_request, reply) =>
      reply.sendFile(file, webFolder, { maxAge: '1d', immutable: false }),
    )
}
