/**
 * Git for projects: the face of this folder. A project's files are its working tree, with what is on the screens; its commits are packs
 * in the blobs, and refs in a row. Each operation takes both into a box, lets git work there, and takes out what came of it.
 *
 * Every method asks for the user: viewers read commits, owners and editors do the rest, and for everybody else there is no such project.
 */
import { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import {
  type GitChange,
  type GitCommit,
  type GitCommitChanges,
  type GitIdentity,
  type GitImported,
  type GitLog,
  type GitOverview,
  type GitPushed,
  type GitStatus,
  type GitSwitched,
  gitLimits,
  isBranchName,
} from '@atelier/protocol/git'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import type { z } from 'zod'
import { mayWrite } from '../access/access.ts'
import { type AuditEntry, recordAudit } from '../audit/audit.ts'
import type { Projects } from '../projects/projects.ts'
import { onlyForMembers, onlyLooking } from '../projects/refusals.ts'
import type { BoxOutcome, BoxWork, GitBoxes, Pack } from './git-boxes.ts'
import { changedMeanwhile, filesTooLarge, noCommitYet, refusalOf, repositoryTooLarge } from './refusals.ts'
import { noHosts, parseRemote, type RemotePolicy } from './remote-address.ts'
import {
  changeRepository,
  type Repository,
  type RepositoryChange,
  readIdentity,
  readRepository,
  sizeOf,
  writeIdentity,
} from './repository-rows.ts'
import * as results from './results.ts'
import type { Tokens } from './tokens.ts'
import type { Turns } from './turns.ts'
import { writeFiles } from './write-files.ts'

export type GitOptions = {
  readonly db: Database
  readonly blobs: Blobs
  readonly projects: Projects
  readonly boxes: GitBoxes
  readonly tokens: Tokens
  readonly turns: Turns
  readonly remotes: RemotePolicy
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export type Git = ReturnType<typeof createGit>
type Place = { readonly projectId: string; readonly userId: string }
type Tell = (step: string) => void

export function createGit({ db, blobs, projects, boxes, tokens, turns, remotes, now }: GitOptions) {
  async function forReaders({ projectId, userId }: Place): Promise<Repository> {
    const { isMember } = await projects.readProject(projectId, userId)
    // Commits are what was in it before, also where everybody may read what is in it now.
    if (!isMember) throw onlyForMembers('see its commits')
    return readRepository(db, projectId)
  }

  async function forWriters({ projectId, userId }: Place): Promise<Repository> {
    const { role } = await projects.readProject(projectId, userId)
    if (!mayWrite(role)) throw onlyLooking()
    return readRepository(db, projectId)
  }

  async function packsOf({ packs }: Repository): Promise<Pack[]> {
    const read: Pack[] = []
    for (const { pack, index } of packs)
      read.push({ pack: await blobs.readAll(pack.sha256), index: await blobs.readAll(index.sha256) })
    return read
  }

  async function workingFiles({ projectId, userId }: Place) {
    try {
      return await projects.readAllFiles(projectId, userId, gitLimits.filesBytes)
    } catch (error) {
      throw error instanceof Refusal && error.code === 'too-large' ? filesTooLarge() : error
    }
  }

  async function run<Shape extends z.ZodType>(
    { userId }: Place,
    repository: Repository,
    shape: Shape,
    work: Omit<BoxWork, 'refs' | 'head' | 'packs' | 'user'>,
  ): Promise<BoxOutcome<z.infer<Shape>>> {
    const { refs, head } = repository
    return boxes.run({ user: userId, refs, head, packs: await packsOf(repository), ...work }, shape)
  }

  async function keep(
    { projectId, userId }: Place,
    repository: Repository,
    change: Partial<Pick<RepositoryChange, 'head' | 'refs' | 'remoteUrl' | 'replaces'>> & { readonly pack?: Pack | null },
    line: Pick<AuditEntry, 'action' | 'object' | 'details'>,
  ): Promise<void> {
    const { head, remoteUrl } = { ...repository, ...change }
    const refs = Object.fromEntries(
      Object.entries(change.refs ?? repository.refs).filter(([name]) => isBranchName(name.replace(/^refs\/(heads|tags)\//, ''))),
    )
    const { pack = null, replaces = false } = change
    const added = pack === null ? 0 : pack.pack.length + pack.index.length
    if ((replaces ? 0 : sizeOf(repository)) + added > gitLimits.repositoryBytes) throw repositoryTooLarge()
    const stored = pack === null ? null : { pack: await put(pack.pack), index: await put(pack.index) }
    const at = { project: projectId, user: userId, version: repository.version }
    const wanted = { head, refs, remoteUrl, pack: stored, replaces }
    if (!(await changeRepository(db, at, wanted, { ...line, userId, projectId }))) throw changedMeanwhile()
  }

  const put = (bytes: Buffer) => blobs.put(Readable.from([bytes]), gitLimits.repositoryBytes)

  async function identityOf(userId: string): Promise<GitIdentity> {
    const { chosen, name } = await readIdentity(db, userId)
    return chosen ?? { name: name.replace(/[<>\n]/g, ' ').trim() || 'Somebody', email: `${userId}@users.noreply.invalid` }
  }

  /** Only into a project without files and commits: nothing of anybody's is overwritten. */
  async function checkEmpty(place: Place, repository: Repository): Promise<void> {
    const { items } = await projects.openTree(place.projectId, place.userId)
    if (Object.keys(repository.refs).length > 0 || items.length > 0)
      throw new Refusal('git-conflict', 'The project has files or commits already. Import into a new, empty project.')
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
    await recordAudit(db, {
      action: 'git.begin-import',
      userId: place.userId,
      projectId: place.projectId,
      details: { from: remoteUrl },
    })
    await writeFiles(projects, place, { writes, deletes: [] })
    const details = { from: remoteUrl, commit, files: writes.length }
    await keep(
      place,
      repository,
      { head, refs, remoteUrl, pack: outcome.pack, replaces },
      { action: 'git.import', object: head, details },
    )
    return { branch: head, commit, files: writes.length, leftOut: leftOut.map(([path, why]) => ({ path, why })) }
  }

  return {
    async overview(place: Place): Promise<Omit<GitOverview, 'export' | 'exportFolder'>> {
      const repository = await forReaders(place)
      const listed = (prefix: string) =>
        Object.entries(repository.refs)
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, commit]) => ({ name: name.slice(prefix.length), commit }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return {
        branch: repository.head,
        commit: headOf(repository),
        ...{ branches: listed('refs/heads/'), tags: listed('refs/tags/') },
        ...{ repositoryBytes: sizeOf(repository), remoteUrl: repository.remoteUrl },
        identity: await identityOf(place.userId),
        hosts: boxes.reachesServers ? [...remotes.hosts] : [],
        working: turns.working(place.projectId),
      }
    },

    async status(place: Place): Promise<GitStatus> {
      await forWriters(place)
      return turns.take(place.projectId, 'looking at changes', async () => {
        const repository = await forWriters(place)
        const { result } = await run(place, repository, results.Status, { work: 'status', files: await workingFiles(place) })
        return {
          ...{ branch: repository.head, commit: headOf(repository), changes: changesOf(result.changes) },
          ...{ areAll: result.areAll, leftOut: result.leftOut },
        }
      })
    },

    /** `paths`: only these changes. */
    async commit(place: Place, message: string, paths: readonly string[] | null): Promise<GitCommit> {
      await forWriters(place)
      return turns.take(place.projectId, 'committing', async () => {
        const repository = await forWriters(place)
        const author = await identityOf(place.userId)
        const request = { message: `${message}\n`, paths, author, at: Math.floor(now() / 1000) }
        const { result, pack } = await run(place, repository, results.Committed, {
          ...{ work: 'commit', request, files: await workingFiles(place) },
        })
        const { refs, replaces } = result
        const line = { action: 'git.commit', object: repository.head, details: { commit: result.commit.id } } as const
        await keep(place, repository, { refs, pack, replaces }, line)
        return commitOf(result.commit)
      })
    },

    async log(place: Place, query: { branch: string | null; path: string | null; limit: number; skip: number }): Promise<GitLog> {
      const { branch, path, limit, skip } = query
      await forReaders(place)
      return turns.take(place.projectId, 'reading commits', async () => {
        const repository = await forReaders(place)
        const from = branch === null ? headOf(repository) : repository.refs[`refs/heads/${branch}`]
        if (from === undefined) throw noSuchBranch(branch ?? '')
        if (from === null) return { items: [], nextCursor: null }
        const request = { from, path, limit: limit + 1, skip }
        const { result } = await run(place, repository, results.Logged, { work: 'log', request })
        const items = result.commits.slice(0, limit).map(commitOf)
        return { items, nextCursor: result.commits.length > limit ? String(skip + limit) : null }
      })
    },

    async show(place: Place, commit: string): Promise<GitCommitChanges> {
      await forReaders(place)
      return turns.take(place.projectId, 'reading a commit', async () => {
        const { result } = await run(place, await forReaders(place), results.Shown, { work: 'show', request: { commit } })
        return { commit: commitOf(result.commit), changes: changesOf(result.changes), areAll: result.areAll }
      })
    },

    /** A file as it is in a commit; by default the last one. */
    async readContent(place: Place, commit: string | null, path: string): Promise<Buffer> {
      await forReaders(place)
      return turns.take(place.projectId, 'reading a file', async () => {
        const outcome = await run(place, await forReaders(place), results.Contents, {
          work: 'content',
          request: { commit, path },
        })
        return outcome.files
      })
    },

    /** Between two commits, or from one to the files as they are now, which is for writers alone. */
    async patch(place: Place, query: { from: string | null; to: string | null; path: string | null }): Promise<Buffer> {
      const look = query.to === null ? forWriters : forReaders
      await look(place)
      return turns.take(place.projectId, 'comparing', async () => {
        const repository = await look(place)
        const files = query.to === null ? await workingFiles(place) : []
        return (await run(place, repository, results.Contents, { work: 'patch', request: query, files })).files
      })
    },

    async createBranch(place: Place, name: string, from: string | null): Promise<void> {
      await forWriters(place)
      await turns.take(place.projectId, 'making a branch', async () => {
        const repository = await forWriters(place)
        const ref = `refs/heads/${name}`
        const commit = from ?? headOf(repository)
        if (commit === null) throw noCommitYet()
        const clash = Object.keys(repository.refs).find(
          (each) => each === ref || each.startsWith(`${ref}/`) || ref.startsWith(`${each}/`),
        )
        if (clash !== undefined)
          throw new Refusal(
            'already-exists',
            `There is a branch "${clash.replace('refs/heads/', '')}" already. Choose another name.`,
          )
        if (Object.keys(repository.refs).length >= gitLimits.refs)
          throw new Refusal('too-large', `A repository has at most ${gitLimits.refs} branches and tags. Delete some.`)
        if (from !== null) await run(place, repository, results.Nothing, { work: 'is-commit', request: { commit: from } })
        await keep(
          place,
          repository,
          { refs: { ...repository.refs, [ref]: commit } },
          { action: 'git.make-branch', object: name },
        )
      })
    },

    async deleteBranch(place: Place, name: string): Promise<void> {
      await forWriters(place)
      await turns.take(place.projectId, 'deleting a branch', async () => {
        const repository = await forWriters(place)
        const { [`refs/heads/${name}`]: commit, ...refs } = repository.refs
        if (commit === undefined) throw noSuchBranch(name)
        if (name === repository.head)
          throw new Refusal('git-conflict', `The files are those of "${name}" now. Switch to another branch first.`)
        await keep(place, repository, { refs }, { action: 'git.delete-branch', object: name })
      })
    },

    async switchBranch(place: Place, branch: string): Promise<GitSwitched> {
      await forWriters(place)
      return turns.take(place.projectId, 'switching the branch', async () => {
        const repository = await forWriters(place)
        const commit = repository.refs[`refs/heads/${branch}`]
        if (commit === undefined) throw noSuchBranch(branch)
        // What is not committed goes along when the files need not change.
        if (commit === headOf(repository)) {
          await keep(place, repository, { head: branch }, { action: 'git.switch', object: branch })
          return { branch, written: 0, deleted: 0 }
        }
        const files = await workingFiles(place)
        const outcome = await run(place, repository, results.Switched, { work: 'switch', request: { commit }, files })
        const writes = results.cutFiles(outcome.result.files, outcome.files)
        if (writes === null) throw refusalOf({ error: 'broken', said: '' })
        const { deleted: deletes } = outcome.result
        await writeFiles(projects, place, { writes, deletes })
        const details = { written: writes.length, deleted: deletes.length }
        await keep(place, repository, { head: branch }, { action: 'git.switch', object: branch, details })
        return { branch, written: writes.length, deleted: deletes.length }
      })
    },

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
      const known = await forWriters(place)
      if (remotes.hosts.length === 0) throw noHosts()
      const text = to.url ?? known.remoteUrl
      if (text === null)
        throw new Refusal('invalid-request', 'It is not known where to push. Give the address of a repository.', {
          errors: [{ pointer: '/url', detail: 'is missing' }],
        })
      const { url, host, name } = parseRemote(text, remotes)
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

    async bundle(place: Place): Promise<Buffer> {
      if (headOf(await forReaders(place)) === null) throw noCommitYet()
      return turns.take(place.projectId, 'making a bundle', async () => {
        const { bundle } = await run(place, await forReaders(place), results.Nothing, { work: 'bundle' })
        return bundle ?? Promise.reject(repositoryTooLarge())
      })
    },

    identity: identityOf,
    setIdentity: (userId: string, identity: GitIdentity): Promise<void> =>
      db.transaction(async (queries) => {
        await writeIdentity(queries, userId, identity)
        await recordAudit(queries, { action: 'git.identity', userId, details: { ...identity } })
      }),

    /** For exports: the repository as it is, with its packs. */
    async readAll(place: Place) {
      const repository = await forWriters(place)
      return { repository, packs: await packsOf(repository) }
    },
  }
}

const headOf = ({ refs, head }: Repository): string | null => refs[`refs/heads/${head}`] ?? null

const changeNames = { A: 'added', M: 'modified', D: 'deleted' } as const

const changesOf = (changes: z.infer<typeof results.Status>['changes']): GitChange[] =>
  changes.map(([path, letter, added, removed]) => ({ path, change: changeNames[letter], added, removed }))

const commitOf = ({ id, parents, name, email, at, message }: results.LoggedCommit): GitCommit => ({
  ...{ id, parents, author: { name, email }, at: new Date(at * 1000).toISOString() },
  ...{ subject: (message.split('\n', 1)[0] ?? '').slice(0, 300), message },
})

const noSuchBranch = (name: string): Refusal =>
  new Refusal('not-found', `There is no branch "${name}" in the repository of this project.`)
