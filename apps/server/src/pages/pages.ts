/**
 * The editor page: one response holds the frame, the tree and the open file's text, so that typing works before any script has
 * come. `GET /` goes to the last project; who has none gets a guest session and the welcome project: the first screen is a running
 * project, not a page about one.
 */
import type { Language } from '@atelier/protocol/languages'
import { bootTextLimit, type PageBoot } from '@atelier/protocol/page-boot'
import type { ServerStatus } from '@atelier/protocol/server-status'
import type { FastifyRequest } from 'fastify'
import { nobody } from '../access/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { App } from '../http/app.ts'
import { asRefusal } from '../http/problems.ts'
import { sendCompressed } from '../http/send-compressed.ts'
import type { Projects } from '../projects/projects.ts'
import { registerAssets } from './assets.ts'
import { openBuiltPage } from './built-page.ts'
import { firstFile } from './first-file.ts'
import { missingPage, notBuiltPage } from './plain-pages.ts'
import { sendPlain } from './send-plain.ts'

export type PagesOptions = {
  readonly accounts: Pick<Accounts, 'knownUser' | 'actingUser'>
  readonly projects: Pick<Projects, 'createProject' | 'listProjects' | 'readProject' | 'openTree' | 'readFile'>
  readonly status: { read(): ServerStatus; news(): { readonly languages: readonly Language[] } }
  /** apps/web/dist */
  readonly webFolder: string
  /** Where the oEmbed answer for a page of ours is. Null: it cannot be embedded. */
  readonly oembedOf?: (request: FastifyRequest, address: string) => string | null
}

const welcome = { name: 'Welcome', template: 'welcome' } as const

export async function registerPages(app: App, { accounts, projects, status, webFolder, oembedOf }: PagesOptions): Promise<void> {
  const page = await openBuiltPage(webFolder)
  if (page === null) {
    for (const url of ['/', '/projects/:id'])
      app.get(url, { schema: { hide: true } }, (_request, reply) => sendPlain(reply, 503, notBuiltPage()))
    return
  }
  await registerAssets(app, webFolder)

  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    const userId = await accounts.actingUser(request, reply)
    const { items } = await projects.listProjects(userId, { limit: 1 })
    const project = items[0] ?? (await projects.createProject(userId, welcome.name, welcome.template))
    return reply.header('cache-control', 'no-store').redirect(`/projects/${project.id}`, 303)
  })

  app.get<{ Params: { id: string }; Querystring: { file?: unknown } }>(
    '/projects/:id',
    { schema: { hide: true } },
    async (request, reply) => {
      const known = await accounts.knownUser(request)
      const asked = typeof request.query.file === 'string' ? request.query.file : null
      const found = await readBoot(known ?? nobody, request.params.id, asked)
      if (found === null) return sendPlain(reply, 404, missingPage())
      // Running, forking and hearing of changes are done by somebody.
      if (known === null) await accounts.actingUser(request, reply)
      const { project } = found.boot
      const oembed = project.visibility === 'private' ? null : (oembedOf?.(request, `/projects/${project.id}`) ?? null)
      const { html, policy } = page.render(found.boot, found.text, oembed)
      reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-security-policy', policy)
      return sendCompressed(request, reply, html)
    },
  )

  /** Null when the project is not there, or not this user's. */
  async function readBoot(
    userId: string,
    projectId: string,
    asked: string | null,
  ): Promise<{ boot: PageBoot; text: string | null } | null> {
    if (!isUuid(projectId)) return null
    try {
      const [project, tree] = await Promise.all([projects.readProject(projectId, userId), projects.openTree(projectId, userId)])
      const { languages } = status.news()
      const entry = firstFile(tree.items, languages, asked)
      const text = entry === null || entry.sizeBytes > bootTextLimit ? null : await readText(projectId, userId, entry.path)
      const boot: PageBoot = {
        project,
        tree: tree.items.map(({ path, kind, sizeBytes, version }) => ({ path, kind, sizeBytes, version })),
        file: entry === null ? null : { path: entry.path, version: text?.version ?? entry.version, hasText: text !== null },
        missingPath: asked !== null && asked !== entry?.path ? asked.slice(0, 300) : null,
        languages,
        status: status.read(),
      }
      return { boot, text: text?.text ?? null }
    } catch (error) {
      if (asRefusal(error).code === 'not-found') return null
      throw error
    }
  }

  /** Null when the bytes are no text. */
  async function readText(projectId: string, userId: string, path: string): Promise<{ text: string; version: number } | null> {
    const { entry, content } = await projects.readFile(projectId, userId, path)
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
      return text.includes('\u0000') ? null : { text: text.replace(/\r\n?/g, '\n'), version: entry.version }
    } catch {
      return null
    }
  }
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
