/** Repositories that come from elsewhere and go elsewhere: imports, pushes, and what an export takes along. */
import { Refusal } from '@atelier/protocol/errors'
import { type GitImported, type GitPulled, type GitPushed, gitLimits, isBranchName } from '@atelier/protocol/git'
import type { Database } from '@atelier/storage/db/database'
import type { z } from 'zod'
import { recordAudit } from '../audit/audit.ts'
import type { Projects } from '../projects/projects.ts'
import { bytesOf, type Desk, headOf, type Place } from './desk.ts'
import type { BoxOutcome } from './git-boxes.ts'
import { noCommitYet, refusalOf, repositoryTooLarge } from './refusals.ts'
import { noHosts, parseRemote, type RemoteAddress, type RemotePolicy } from './remote-address.ts'
import type { Repository } from './repository-rows.ts'
import * as results from './results.ts'
import type { Tokens } from './tokens.ts'
import type { Turns } from './turns.ts'
import { writeFiles } from './write-files.ts'

export type ElsewhereOptions = {
  readonly db: Database
  readonly projects: Projects
  readonly desk: Desk
  readonly tokens: Tokens
  readonly turns: Turns
  readonly remotes: RemotePolicy
}

type Tell = (step: string) => void

export function createElsewhere({ db, projects, desk, tokens, turns, remotes }: ElsewhereOptions) {
  const { forWriters, keep, packsOf, run, workingFiles } = desk

  /** Only into a project without files and commits: nothing of anybody's is overwritten. */
  async function checkEmpty(place: Place, repository: Repository): Promise<void> {
    const { items } = await projects.openTree(place.projectId, place.userId)
    if (Object.keys(repository.refs).length > 0 || items.length > 0)
      throw new Refusal('git-conflict', 'The project has files or commits already. Import into a new, empty project.')
  }

  /** What came halfway: the project had nothing of its own. */
  async function emptyAgain({ projectId, userId }: Place): Promise<void> {
    const { items } = await projects.openTree(projectId, userId)
    const outermost = items.filter(({ path }) => !path.includes('/'))
    for (const { path } of outermost) await projects.deletePath(projectId, userId, path).catch(() => {})
  }

  async function finishImport(
    place: Place,
    repository: Repository,
    outcome: BoxOutcome<z.infer<typeof results.Imported>>,
    remoteUrl: string | null,
  ): Promise<GitImported> {
    const { head, refs, files, leftOut, replaces } = outcome.result
    const commit = refs[`refs/heads/${head}`]
    const writes = results.cutFiles(files, outcome.files)
    if (!isBranchName(head) || commit === undefined || writes === null || outcome.pack === null)
      throw refusalOf({ error: 'broken', said: '' })
    if (bytesOf(outcome.pack) > gitLimits.repositoryBytes) throw repositoryTooLarge()
    await recordAudit(db, {
      action: 'git.begin-import',
      userId: place.userId,
      projectId: place.projectId,
      details: { from: remoteUrl },
    })
    try {
      await writeFiles(projects, place, { writes, deletes: [] })
      const details = { from: remoteUrl, commit, files: writes.length }
      await keep(
        place,
        repository,
        { head, refs, remoteUrl, pack: outcome.pack, replaces },
        { action: 'git.import', object: head, details },
      )
    } catch (error) {
      await emptyAgain(place)
      throw error
    }
    return { branch: head, commit, files: writes.length, leftOut: leftOut.map(([path, why]) => ({ path, why })) }
  }

  /** As it was given, or where the repository came from. */
  async function remoteOf(place: Place, given: string | null): Promise<RemoteAddress> {
    const { remoteUrl } = await forWriters(place)
    if (remotes.hosts.length === 0) throw noHosts()
    const text = given ?? remoteUrl
    if (text !== null) return parseRemote(text, remotes)
    throw new Refusal('invalid-request', 'It is not known which repository is meant. Give its address.', {
      errors: [{ pointer: '/url', detail: 'is missing' }],
    })
  }

  return {
    async importUrl(place: Place, text: string, branch: string | null): Promise<GitImported> {
      await forWriters(place)
      const { url, host, name } = parseRemote(text, remotes)
      return turns.take(place.projectId, 'importing', async (onStep: Tell) => {
        const repository = await forWriters(place)
        await checkEmpty(place, repository)
        const secret = await tokens.open(place.userId, host)
        const request = { url, branch: branch ?? undefined }
        const outcome = await run(place, repository, results.Imported, {
          work: 'import-url',
          request,
          secret,
          host: name,
          onStep,
        })
        onStep('Writing the files')
        return finishImport(place, repository, outcome, url)
      })
    },

    async importBundle(place: Place, upload: Buffer, branch: string | null): Promise<GitImported> {
      await forWriters(place)
      return turns.take(place.projectId, 'importing', async (onStep: Tell) => {
        const repository = await forWriters(place)
        await checkEmpty(place, repository)
        const request = { branch: branch ?? undefined }
        const outcome = await run(place, repository, results.Imported, { work: 'import-bundle', request, upload, onStep })
        return finishImport(place, repository, outcome, null)
      })
    },

    /** Who may upload: looked at before a byte is taken. */
    checkImport: async (place: Place): Promise<void> => checkEmpty(place, await forWriters(place)),

    async push(place: Place, to: { url: string | null; branch: string | null; isExport?: boolean }): Promise<GitPushed> {
      const { url, host, name } = await remoteOf(place, to.url)
      return turns.take(place.projectId, 'pushing', async (onStep: Tell) => {
        const repository = await forWriters(place)
        const commit = headOf(repository)
        if (commit === null) throw noCommitYet()
        const secret = await tokens.open(place.userId, host)
        const branch = to.branch ?? repository.head
        // The line first: what another server has taken cannot be undone when ours fails. An export's setting has a line of its own.
        if (to.isExport !== true)
          await recordAudit(db, {
            action: 'git.push',
            userId: place.userId,
            projectId: place.projectId,
            object: url,
            details: { branch, commit },
          })
        const { result } = await run(place, repository, results.Pushed, {
          ...{ work: 'push', request: { url, branch }, secret, host: name, onStep },
        })
        if (repository.remoteUrl !== url) await keep(place, repository, { remoteUrl: url }, { action: 'git.remote', object: url })
        return { url, branch, commit, upToDate: result.upToDate }
      })
    },

    async pull(place: Place, from: { url: string | null; branch: string | null }): Promise<GitPulled> {
      const { url, host, name } = await remoteOf(place, from.url)
      return turns.take(place.projectId, 'pulling', async (onStep: Tell) => {
        const repository = await forWriters(place)
        const secret = await tokens.open(place.userId, host)
        const branch = from.branch ?? repository.head
        const files = await workingFiles(place)
        const outcome = await run(place, repository, results.Pulled, {
          ...{ work: 'pull', request: { url, branch }, files, secret, host: name, onStep },
        })
        const { upToDate, commit, deleted: deletes, replaces } = outcome.result
        if (upToDate) return { branch: repository.head, commit, upToDate, written: 0, deleted: 0 }
        const writes = results.cutFiles(outcome.result.files, outcome.files)
        if (writes === null) throw refusalOf({ error: 'broken', said: '' })
        await writeFiles(projects, place, { writes, deletes })
        const refs = { ...repository.refs, [`refs/heads/${repository.head}`]: commit }
        const details = { from: url, commit, written: writes.length, deleted: deletes.length }
        const line = { action: 'git.pull', object: repository.head, details } as const
        await keep(place, repository, { refs, remoteUrl: url, pack: outcome.pack, replaces }, line)
        return { branch: repository.head, commit, upToDate, written: writes.length, deleted: deletes.length }
      })
    },

    /** For exports: the repository as it is, with its packs. */
    async readAll(place: Place) {
      const repository = await forWriters(place)
      return { repository, packs: await packsOf(repository) }
    },
  }
}
