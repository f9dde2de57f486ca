/**
 * `/new`: where "Open in Atelier" leads. Asking for it changes nothing, and neither does a form that a page of another site sends here: what
 * it offers is shown, and made into a new project when the person presses the button. That form goes to `/new/confirmed`, which takes
 * none from elsewhere.
 */
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { nobody } from '../access/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { makeOffered, offeredByForm, offeredByUs } from '../embeds/offered-project.ts'
import type { App } from '../http/app.ts'
import { asRefusal } from '../http/problems.ts'
import { receiveBytes } from '../http/whole-bodies.ts'
import type { Projects } from '../projects/projects.ts'
import { newProjectPage, notNewPage } from './new-html.ts'
import { formPagePolicy } from './plain-pages.ts'
import { sendPlain } from './send-plain.ts'

export type NewPageOptions = {
  readonly accounts: Pick<Accounts, 'knownUser' | 'actingUser'>
  readonly projects: Pick<
    Projects,
    'createProject' | 'saveFile' | 'deleteProject' | 'readProject' | 'openTree' | 'readTemplate' | 'forkProject'
  >
}

/** Files of embedBounds.bytes, in the worst writing of a form. */
const formBytes = 2 * 1024 * 1024

const schema = { hide: true }

export function registerNewPage(app: App, { accounts, projects }: NewPageOptions): void {
  app.get<{ Querystring: { template?: unknown; project?: unknown } }>('/new', { schema }, async (request, reply) => {
    const { template, project } = request.query
    reply.header('x-robots-tag', 'noindex')
    if (typeof template === 'string') {
      const found = projects.readTemplate(template)
      if (found === null) return sendPlain(reply, 404, notNewPage('There is no such template here.'))
      const files = found.files.map(({ path, content }) => ({ path, sizeBytes: content.length }))
      const { id, name, description } = found.template
      return show(reply, newProjectPage({ title: name, detail: description, files, fields: { template: id } }))
    }
    if (typeof project === 'string') return showProject(request, reply, project)
    return reply.header('cache-control', 'no-store').redirect('/', 303)
  })

  async function showProject(request: FastifyRequest, reply: FastifyReply, id: string): Promise<FastifyReply> {
    try {
      if (!isUuid(id)) throw new Refusal('not-found', 'That is no project.')
      const userId = (await accounts.knownUser(request)) ?? nobody
      const [found, tree] = await Promise.all([projects.readProject(id, userId), projects.openTree(id, userId)])
      const files = tree.items.filter(({ kind }) => kind === 'file')
      const detail = 'You get a copy of your own: what you change stays with you.'
      return show(reply, newProjectPage({ title: found.name, detail, files, fields: { project: found.id } }))
    } catch (error) {
      if (!isTold(error)) throw error
      return sendPlain(reply, 404, notNewPage('That project was deleted, or it is private.'))
    }
  }

  app.register(async (scope) => {
    receiveBytes(scope)
    scope.post<{ Body: Buffer | undefined }>(
      '/new',
      { schema, bodyLimit: formBytes, config: { takesForeignForms: true } },
      async (request, reply) => {
        try {
          const offered = await offeredByForm(request.body ?? Buffer.alloc(0), request.headers['content-type'] ?? '')
          const files = offered.files.map(({ path, content }) => ({ path, sizeBytes: Buffer.byteLength(content) }))
          const { host } = request
          const from = hostOf(request.headers.origin)
          const detail =
            from === null || from === host
              ? 'These files become a project of yours.'
              : `The page of ${from} offers you these files.`
          return show(
            reply,
            newProjectPage({ title: offered.title, detail, files, fields: { offered: JSON.stringify(offered) } }),
          )
        } catch (error) {
          return told(reply, error)
        }
      },
    )

    scope.post<{ Body: Buffer | undefined }>('/new/confirmed', { schema, bodyLimit: formBytes }, async (request, reply) => {
      const fields = new URLSearchParams((request.body ?? Buffer.alloc(0)).toString('utf8'))
      try {
        const made = await make(await accounts.actingUser(request, reply), fields)
        return reply.header('cache-control', 'no-store').redirect(`/projects/${made}`, 303)
      } catch (error) {
        return told(reply, error)
      }
    })
  })

  async function make(userId: string, fields: URLSearchParams): Promise<string> {
    const [template, project, offered] = ['template', 'project', 'offered'].map((name) => fields.get(name))
    if (offered) return makeOffered(projects, userId, offeredByUs(offered))
    if (project && isUuid(project)) return (await projects.forkProject(project, userId)).id
    const name = template ? projects.readTemplate(template)?.template.name : undefined
    if (template && name !== undefined) return (await projects.createProject(userId, name, template)).id
    throw new Refusal('not-found', 'That template or project is not here any more.')
  }

  const show = (reply: FastifyReply, html: string): FastifyReply => sendPlain(reply, 200, html, formPagePolicy)
}

/** What a person is told on a page; everything else goes its usual way. */
const isTold = (error: unknown): boolean =>
  ['not-found', 'invalid-request', 'invalid-path', 'too-large'].includes(asRefusal(error).code)

function told(reply: FastifyReply, error: unknown): FastifyReply {
  if (!isTold(error)) throw error
  const { code, message } = asRefusal(error)
  return sendPlain(reply, code === 'not-found' ? 404 : code === 'too-large' ? 413 : 400, notNewPage(message))
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)

const hostOf = (origin: string | undefined): string | null =>
  origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null
