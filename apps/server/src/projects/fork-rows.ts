/**
 * A fork is rows: the same contents, or the same names of blobs, under another project. What the origin was before stays with it.
 *
 * The sweep of blobs must not look between a fork's reading of a name and its commit: the origin may be deleted just then, and nobody
 * would be seen to use the blob. So forks share an advisory lock, and whoever asks which blobs are used takes it alone.
 */
import type { Project } from '@atelier/protocol/projects'
import type { Queries } from '@atelier/storage/db/database'
import { mayReadAs } from '../access/role-sql.ts'
import { holdOwner, type ProjectRow, projectColumns, projectOf, withOrigin } from './project-rows.ts'

const forkLock = 6_021_090

/** For the rest of the transaction, before the first row of an origin is read. */
export async function beginFork(queries: Queries): Promise<void> {
  await queries.query({ name: 'begin-fork', text: `SELECT pg_advisory_xact_lock_shared(${forkLock})` })
}

/** For the rest of the transaction: no fork is under way, and none begins. */
export async function keepForksAway(queries: Queries): Promise<void> {
  await queries.query({ name: 'keep-forks-away', text: `SELECT pg_advisory_xact_lock(${forkLock})` })
}

export type NewFork = {
  readonly id: string
  readonly origin: string
  readonly owner: string
  /** Who must be allowed to read the origin: the owner of the fork, or the teacher who hands it out. */
  readonly reader: string
  /** null: that of the origin. */
  readonly name: string | null
}

/**
 * One statement, hence one moment: a fork is whole or is not, whatever is saved, deleted or revoked meanwhile. Contents have no author in
 * it, as those of a template: who wrote them is for members of the origin to know. In the order of paths: read by the index, however large
 * the table is, and written into it page by page. null: no such project for this reader, or the owner has
 * `most` projects already.
 */
export async function copyProject(queries: Queries, fork: NewFork, most: number): Promise<boolean> {
  await holdOwner(queries, fork.owner)
  const { rowCount } = await queries.query({
    name: 'copy-project',
    text: `WITH origin AS (SELECT id, name, used_bytes, used_entries FROM projects p WHERE id = $2 AND ${mayReadAs('$4')}),
                made AS (INSERT INTO projects (id, owner, name, used_bytes, used_entries, fork_of)
                         SELECT $1, $3, coalesce($5, name), used_bytes, used_entries, id FROM origin
                          WHERE (SELECT count(*) FROM projects WHERE owner = $3) < $6
                         RETURNING id),
                copied AS (INSERT INTO files (project, path, folder, version, size, grown, sha, encoding, content)
                           SELECT $1, f.path, f.folder, CASE WHEN f.folder THEN 0 ELSE 1 END, f.size, f.size, f.sha, f.encoding, f.content
                             FROM files f WHERE f.project = $2 AND EXISTS (SELECT FROM made) ORDER BY f.path)
           SELECT 1 FROM made`,
    values: [fork.id, fork.origin, fork.owner, fork.reader, fork.name, most],
  })
  return rowCount > 0
}

/** A fork as its owner sees it, in the transaction that made it. */
export async function readFork(queries: Queries, id: string, user: string): Promise<Project> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'read-fork',
    text: `SELECT ${projectColumns('$2')} FROM projects p ${withOrigin('$2')} WHERE p.id = $1 AND p.owner = $2`,
    values: [id, user],
  })
  if (rows[0] === undefined) throw new Error('a fork that was made just now is not there')
  return projectOf(rows[0])
}
