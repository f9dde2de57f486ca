/**
 * What every operation of git needs: who may, what the repository is, its packs and the project's files, a box to work in, and a row that
 * is changed only when nobody else has changed it meanwhile.
 */
import { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import { type GitIdentity, gitLimits, isBranchName } from '@atelier/protocol/git'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import type { z } from 'zod'
import { mayWrite } from '../access/access.ts'
import type { AuditEntry } from '../audit/audit.ts'
import type { Projects } from '../projects/projects.ts'
import { onlyForMembers, onlyLooking } from '../projects/refusals.ts'
import type { StorageUse } from '../quotas/storage-use.ts'
import type { BoxOutcome, BoxWork, GitBoxes, Pack } from './git-boxes.ts'
import { changedMeanwhile, filesTooLarge, repositoryTooLarge } from './refusals.ts'
import {
  changeRepository,
  type Repository,
  type RepositoryChange,
  readIdentity,
  readRepository,
  sizeOf,
} from './repository-rows.ts'

export type Place = { readonly projectId: string; readonly userId: string }

export type DeskOptions = {
  readonly db: Database
  readonly blobs: Blobs
  readonly projects: Projects
  readonly boxes: GitBoxes
  /** Room of the project's owner; without it, there is no bound but the repository's own. */
  readonly storage?: Pick<StorageUse, 'take'>
}

export type Desk = ReturnType<typeof createDesk>

export function createDesk({ db, blobs, projects, boxes, storage }: DeskOptions) {
  async function forReaders({ projectId, userId }: Place): Promise<Repository> {
    const { isMember } = await projects.readProject(projectId, userId)
    // Commits are what was in it before, also where everybody may read what is in it now.
    if (!isMember) throw onlyForMembers('see its commits')
    return readRepository(db.as(userId), projectId)
  }

  async function forWriters({ projectId, userId }: Place): Promise<Repository> {
    const { role } = await projects.readProject(projectId, userId)
    if (!mayWrite(role)) throw onlyLooking()
    return readRepository(db.as(userId), projectId)
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
    if ((replaces ? 0 : sizeOf(repository)) + bytesOf(pack) > gitLimits.repositoryBytes) throw repositoryTooLarge()
    const room =
      pack === null || replaces ? undefined : await storage?.take(projectId, { path: '', bytes: bytesOf(pack), entries: 0 })
    if (room instanceof Refusal) throw room
    try {
      const stored = pack === null ? null : { pack: await put(pack.pack), index: await put(pack.index) }
      const at = { project: projectId, user: userId, version: repository.version }
      const wanted = { head, refs, remoteUrl, pack: stored, replaces }
      if (!(await changeRepository(db, at, wanted, { ...line, userId, projectId }))) throw changedMeanwhile()
    } finally {
      room?.release()
    }
  }

  const put = (bytes: Buffer) => blobs.put(Readable.from([bytes]), gitLimits.repositoryBytes)

  async function identityOf(userId: string): Promise<GitIdentity> {
    const { chosen, name } = await readIdentity(db.as(userId), userId)
    return chosen ?? { name: name.replace(/[<>\n]/g, ' ').trim() || 'Somebody', email: `${userId}@users.noreply.invalid` }
  }

  return { forReaders, forWriters, packsOf, workingFiles, run, keep, identityOf }
}

export const headOf = ({ refs, head }: Repository): string | null => refs[`refs/heads/${head}`] ?? null

export const bytesOf = (pack: Pack | null): number => (pack === null ? 0 : pack.pack.length + pack.index.length)
