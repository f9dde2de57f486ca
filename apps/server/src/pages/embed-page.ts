/**
 * `/embed/ID` and `/embed?template=ID`: the only pages of ours that may stand in somebody else's frame. They look at no cookie, so they are
 * the same for everybody, and nothing that is clicked in a frame acts for who is signed in.
 */
import { type EmbedBoot, embedBounds } from '@atelier/protocol/embeds'
import type { FileEntry } from '@atelier/protocol/files'
import type { Language } from '@atelier/protocol/languages'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { embedOptionsOf } from '../embeds/embed-options.ts'
import type { EmbedOrigins } from '../embeds/embed-origins.ts'
import type { EmbedSource, Embeds, NoSource } from '../embeds/embeds.ts'
import { discovery } from '../embeds/oembed.ts'
import type { App } from '../http/app.ts'
import { sendCompressed } from '../http/send-compressed.ts'
import { openBuiltEmbed } from './built-embed.ts'
import { firstFile } from './first-file.ts'
import { notBuiltPage, plainPage, plainPagePolicy } from './plain-pages.ts'
import { sendPlain } from './send-plain.ts'

export type EmbedPageOptions = {
  readonly embeds: Embeds
  readonly origins: EmbedOrigins
  readonly publicUrl: string | null
  readonly languages: () => readonly Language[]
  readonly webFolder: string
}

const schema = { hide: true }

export async function registerEmbedPage(
  app: App,
  { embeds, origins, publicUrl, languages, webFolder }: EmbedPageOptions,
): Promise<void> {
  const page = await openBuiltEmbed(webFolder)
  const oembedOf = discovery({ origins, publicUrl })

  app.get<{ Params: { id: string } }>('/embed/:id', { schema }, async (request, reply) =>
    show(request, reply, await embeds.readProject(request.params.id)),
  )
  app.get<{ Querystring: { template?: unknown } }>('/embed', { schema }, async (request, reply) => {
    const { template } = request.query
    return show(request, reply, typeof template === 'string' ? embeds.readTemplate(template) : 'missing')
  })

  async function show(request: FastifyRequest, reply: FastifyReply, source: EmbedSource | NoSource): Promise<FastifyReply> {
    reply.header('x-robots-tag', 'noindex')
    if (page === null) return sendPlain(reply, 503, notBuiltPage())
    if (typeof source === 'string')
      return sendPlain(reply, source === 'missing' ? 404 : 413, noEmbedPage(source), framed(plainPagePolicy))
    const html = page.render(bootOf(source, request.query), oembedOf(request, source.embedAddress))
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', framed(page.policy))
    return sendCompressed(request, reply, html)
  }

  const framed = (policy: string): string => policy.replace("frame-ancestors 'none'", `frame-ancestors ${origins.ancestors}`)

  function bootOf(source: EmbedSource, query: unknown): EmbedBoot {
    const { look, file } = embedOptionsOf(query)
    const paths = source.files.map(({ path }) => path)
    const known = languages().filter(({ extensions }) => paths.some((path) => extensions.some((each) => path.endsWith(each))))
    const usual = source.entryPoint ?? known.map(({ entryPoint }) => entryPoint).find((path) => paths.includes(path)) ?? null
    const entries = source.files
      .filter(({ encoding }) => encoding === 'utf8')
      .map(({ path }) => ({ path, kind: 'file' }) as FileEntry)
    const open = firstFile(entries, known, paths.includes(file ?? '') ? file : source.entryPoint)?.path ?? ''
    return {
      ...{ title: source.title, openAddress: source.openAddress, files: source.files, open, entryPoint: usual, look },
      languages: known.map(({ id, name, extensions, entryPoint, available }) => ({
        id,
        name,
        extensions,
        entryPoint,
        available,
      })),
      ...{ guest: embeds.newGuest(), parents: origins.parents },
    }
  }
}

const noEmbedPage = (why: NoSource): string =>
  why === 'missing'
    ? plainPage(
        'This program is not here',
        '<p>It was deleted, or it is private: only projects that are public or unlisted, and templates, can be shown in another page.</p>',
      )
    : plainPage(
        'This project is too large to be embedded',
        `<p>An embed has at most ${embedBounds.files} files and ${embedBounds.bytes / 1024} KB.</p>`,
      )
