/** OEmbed 1.0 (https://oembed.com): whoever writes the address of a project into a page or a chat gets the embed. */
import { embedBounds, type OEmbed } from '@atelier/protocol/embeds'
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type App, problems } from '../http/app.ts'
import { usedParameters } from './embed-options.ts'
import type { EmbedOrigins } from './embed-origins.ts'
import type { Embeds } from './embeds.ts'

export const usualSize = { width: 720, height: 480 } as const
const cacheSeconds = 3600

/** What an address of ours shows. */
export type EmbedTarget = { readonly kind: 'project' | 'template'; readonly id: string; readonly parameters: URLSearchParams }

/** null: it is not ours, or nothing that can be embedded. */
export function targetOf(address: string, hosts: readonly string[]): EmbedTarget | null {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || !/^https?:$/.test(url.protocol) || !hosts.includes(url.host.toLowerCase())) return null
  const id =
    /^\/(?:projects|embed)\/([^/]+)$/.exec(url.pathname)?.[1] ??
    (url.pathname === '/new' ? url.searchParams.get('project') : null)
  const parameters = new URLSearchParams([...url.searchParams].filter(([name]) => usedParameters.includes(name.toLowerCase())))
  if (id !== null) return { kind: 'project', id, parameters }
  const template = /^\/(?:embed|new)$/.test(url.pathname) ? url.searchParams.get('template') : null
  return template === null ? null : { kind: 'template', id: template, parameters }
}

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)

export type Frame = { readonly address: string; readonly title: string; readonly width: number; readonly height: number }

export const frameHtml = ({ address, title, width, height }: Frame): string =>
  `<iframe src="${escapeHtml(address)}" title="${escapeHtml(title)}" width="${width}" height="${height}" style="border:0" loading="lazy" allow="clipboard-write"></iframe>`

export type OEmbedOptions = { readonly embeds: Embeds; readonly origins: EmbedOrigins; readonly publicUrl: string | null }

const size = z.coerce.number().int().min(1).max(100_000).optional()

export function registerOEmbed(app: App, { embeds, origins, publicUrl }: OEmbedOptions): void {
  app.get(
    '/oembed',
    {
      schema: {
        tags: ['embeds'],
        summary: 'How to show a project or a template in another page (oEmbed 1.0)',
        querystring: z.object({
          url: z
            .string()
            .max(embedBounds.addressLength)
            .describe('Address of a project that everybody may read, or of a template'),
          format: z.string().max(20).default('json').describe('json; others are answered with 501'),
          maxwidth: size,
          maxheight: size,
        }),
        response: { 200: z.any().describe('OEmbed'), ...problems(400, 404, 501) },
      },
    },
    async (request, reply) => {
      const { url, format, maxwidth = usualSize.width, maxheight = usualSize.height } = request.query
      if (format.toLowerCase() !== 'json')
        throw new Refusal('not-offered', `The format "${format}" is not offered, only JSON: ask with format=json.`)
      const base = baseOf(request, publicUrl)
      const hosts = [request.host, ...(publicUrl === null ? [] : [new URL(publicUrl).host])]
      const target = origins.isOff
        ? null
        : targetOf(
            url,
            hosts.map((host) => host.toLowerCase()),
          )
      const found = target === null ? null : await readSource(target)
      if (target === null || found === null)
        throw new Refusal(
          'not-found',
          'There is nothing at this address that can be embedded: it must be a template, or a project that is public or unlisted.',
        )
      const parameters = target.parameters.toString()
      const address = base + found.address + (parameters === '' ? '' : (found.address.includes('?') ? '&' : '?') + parameters)
      const [width, height] = [Math.min(maxwidth, usualSize.width), Math.min(maxheight, usualSize.height)]
      const answer: OEmbed = {
        ...{ type: 'rich', version: '1.0', title: found.title, provider_name: 'Atelier', provider_url: base },
        ...{
          cache_age: cacheSeconds,
          width,
          height,
          html: frameHtml({ address, title: `${found.title} · Atelier`, width, height }),
        },
      }
      return reply.header('cache-control', 'no-cache').send(answer)
    },
  )

  async function readSource({ kind, id }: EmbedTarget): Promise<{ readonly title: string; readonly address: string } | null> {
    if (kind === 'project') {
      const title = await embeds.titleOf(id)
      return title === null ? null : { title, address: `/embed/${id.toLowerCase()}` }
    }
    const source = embeds.readTemplate(id)
    return typeof source === 'string' ? null : { title: source.title, address: source.embedAddress }
  }
}

/** Under which address this request reached us. */
const baseOf = (request: FastifyRequest, publicUrl: string | null): string => publicUrl ?? `${request.protocol}://${request.host}`

/** The link with which a page says that it can be embedded; null where nothing can. */
export const discovery =
  ({ origins, publicUrl }: Pick<OEmbedOptions, 'origins' | 'publicUrl'>) =>
  (request: FastifyRequest, address: string): string | null => {
    if (origins.isOff) return null
    const base = baseOf(request, publicUrl)
    return `${base}/oembed?${new URLSearchParams({ url: base + address, format: 'json' })}`
  }
