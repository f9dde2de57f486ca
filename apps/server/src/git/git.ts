/**
 * Git for projects: the face of this folder. A project's files are its working tree, with what is on the screens; its commits are packs
 * in the blobs, and refs in a row. Each operation takes both into a box, lets git work there, and takes out what came of it.
 *
 * Every method asks for the user: viewers read commits, owners and editors do the rest, and for everybody else there is no such project.
 */
import { Refusal } from '@atelier/protocol/errors'
import {
  type GitChange,
  type GitCommit,
  type GitCommitChanges,
  type GitIdentity,
  type GitLog,
  type GitOverview,
  type GitStatus,
  type GitSwitched,
  gitLimits,
} from '@atelier/protocol/git'
import type { z } from 'zod'
import { recordAudit } from '../audit/audit.ts'
import { createDesk, type DeskOptions, headOf, type Place } from './desk.ts'
import { createElsewhere } from './elsewhere.ts'
import { noCommitYet, refusalOf, repositoryTooLarge } from './refusals.ts'
import type { RemotePolicy } from './remote-address.ts'
import { sizeOf, writeIdentity } from './repository-rows.ts'
import * as results from './results.ts'
import type { Tokens } from './tokens.ts'
import type { Turns } from './turns.ts'
import { writeFiles } from './write-files.ts'

export type GitOptions = DeskOptions & {
  readonly tokens: Tokens
  readonly turns: Turns
  readonly remotes: RemotePolicy
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export type Git = ReturnType<typeof createGit>

export function createGit(options: GitOptions) {
  const { db, projects, boxes, tokens, turns, remotes, now } = options
  const desk = createDesk(options)
  const { forReaders, forWriters, identityOf, keep, run, workingFiles } = desk
  return {
    ...createElsewhere({ db, projects, desk, tokens, turns, remotes }),

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
  }
}

const changeNames = { A: 'added', M: 'modified', D: 'deleted' } as const

const changesOf = (changes: z.infer<typeof results.Status>['changes']): GitChange[] =>
  changes.map(([path, letter, added, removed]) => ({ path, change: changeNames[letter], added, removed }))

function commitOf({ id, parents, at, ...said }: results.LoggedCommit): GitCommit {
  const [name, email, message] = [readable(said.name), readable(said.email), readable(said.message)]
  return {
    ...{ id, parents, author: { name, email }, at: new Date(at * 1000).toISOString() },
    ...{ subject: (message.split('\n', 1)[0] ?? '').slice(0, 300), message },
  }
}

/** A stranger's text without what would turn it around, or hide part of it, before the eyes of whoever reads it. */
const readable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')

const noSuchBranch = (name: string): Refusal =>
  new Refusal('not-found', `There is no branch "${name}" in the repository of this project.`)
