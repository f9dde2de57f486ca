/** Playback: how a document came to be what it is. */

import { Refusal } from '@atelier/protocol/errors'
import { PlaybackPage, PlaybackQuery, playbackLimits } from '@atelier/protocol/playback'
import type { Database } from '@atelier/storage/db/database'
import { z } from 'zod'
import type { Access } from '../access/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import { ProjectParams, userOf } from '../projects/project-requests.ts'
import { noSuchProject, onlyForMembers } from '../projects/refusals.ts'
import { pathOfUrl } from '../projects/request-path.ts'
import { findHistory, readAuthors, readFirstSnapshot, readHistory } from './history-rows.ts'

const Params = ProjectParams.extend({ '*': z.string().describe('Path of the file, each name percent-encoded') })

export type DocumentRoutes = { readonly db: Database; readonly access: Access; readonly accounts: Accounts }

export function registerDocumentRoutes(app: App, { db, access, accounts }: DocumentRoutes): void {
  app.get(
    '/api/v1/projects/:id/playback/*',
    {
      schema: {
        tags: ['documents'],
        summary: 'The life of a file that was edited together',
        description:
          'The first page begins with the text as it was; each page has the next changes, with their times. A file that was never edited together has none.',
        params: Params,
        querystring: PlaybackQuery,
        response: { 200: PlaybackPage, ...problems(400, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const path = pathOfUrl(request.url, 'playback')
      const userId = await userOf(accounts, request)
      if ((await access.roleIn(id, userId)) === null) throw noSuchProject()
      if (!(await access.isMember(id, userId))) throw onlyForMembers('see how it came to be')
      const history = await findHistory(db.as(userId), id, path)
      if (history === null) throw new Refusal('not-found', `"${path}" was never edited together, so there is nothing to play.`)
      const { after } = request.query
      const isFirst = after === undefined
      const [snapshot, authors, records] = await Promise.all([
        isFirst ? readFirstSnapshot(db.as(userId), history.id) : null,
        isFirst ? readAuthors(db.as(userId), history.id, playbackLimits.authors) : [],
        readHistory(db.as(userId), history.id, Math.max(after ?? 0, history.firstSeq), playbackLimits),
      ])
      const last = records.at(-1)
      return reply.header('cache-control', 'no-store').send({
        ...{ engine: history.engine, startedAt: history.createdAt.toISOString(), authors, latest: history.latest },
        snapshot: snapshot?.toString('base64') ?? null,
        records: records.map(({ seq, at, bytes }) => ({ seq, at: at.toISOString(), bytes: bytes.toString('base64') })),
        next: last === undefined || last.seq >= history.latest ? null : last.seq,
      })
    },
  )
}
