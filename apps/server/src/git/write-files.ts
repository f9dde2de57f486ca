/** Brings what a commit has into the project's files: as saves like any other, so that histories keep what was there. */
import { Refusal } from '@atelier/protocol/errors'
import type { Projects } from '../projects/projects.ts'

const atOnce = 8

export type FilesToWrite = {
  readonly writes: readonly { readonly path: string; readonly content: Buffer }[]
  readonly deletes: readonly string[]
}

/** What is deleted goes first: a file may stand where a folder is to be. */
export async function writeFiles(
  projects: Projects,
  { projectId, userId }: { readonly projectId: string; readonly userId: string },
  { writes, deletes }: FilesToWrite,
): Promise<void> {
  await forEach(deletes, (path) => projects.deletePath(projectId, userId, path).catch(ignoreMissing))
  if (deletes.length > 0) await removeEmptyFolders(projects, projectId, userId, deletes)
  await forEach(writes, ({ path, content }) => projects.saveFile(projectId, userId, path, content))
}

/** Git knows no folders: those that a deletion has emptied go with it. */
async function removeEmptyFolders(
  projects: Projects,
  projectId: string,
  userId: string,
  deleted: readonly string[],
): Promise<void> {
  const { items } = await projects.openTree(projectId, userId)
  const used = new Set(items.filter(({ kind }) => kind === 'file').flatMap(({ path }) => foldersOf(path)))
  const emptied = new Set(deleted.flatMap(foldersOf).filter((folder) => !used.has(folder)))
  const outermost = [...emptied].filter((folder) => !foldersOf(folder).some((outer) => emptied.has(outer)))
  for (const folder of outermost) await projects.deletePath(projectId, userId, folder).catch(ignoreMissing)
}

function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) folders.push(path.slice(0, cut))
  return folders
}

/** Several at once, and none begun after one has failed. */
async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const failures: unknown[] = []
  const lane = async (): Promise<void> => {
    for (const item of rest) {
      if (failures.length > 0) return
      await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  if (failures.length > 0) throw failures[0]
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Refusal) || error.code !== 'not-found') throw error
}
