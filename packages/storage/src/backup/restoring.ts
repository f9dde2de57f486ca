/**
 * A restore makes everything in `DATA/restoring` and puts it in place at the end, so that a kill leaves the old data or the new, and a
 * server never starts on half of it.
 *
 *   loading ──(all is there and checked)──▶ swapping ──(folders renamed)──▶ gone
 *   a server refuses to start               whoever comes next goes on
 */
import { chmod, chown, lchown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { DatabaseRefusal } from '../db/database-refusal.ts'
import { type Account, ordinaryOwner } from '../db/embedded/account.ts'

const part = z.enum(['postgres', 'blobs', 'keys', 'languages.json'])
export type Part = z.infer<typeof part>
const State = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('loading') }),
  z.object({ phase: z.literal('swapping'), parts: z.array(part), aside: z.string().regex(/^replaced-[0-9-]+$/) }),
])
type State = z.infer<typeof State>

export const restoringFolder = (dataFolder: string): string => join(dataFolder, 'restoring')

/** Begins anew, whatever an interrupted restore left. */
export async function beginRestoring(dataFolder: string): Promise<string> {
  const folder = restoringFolder(dataFolder)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o711 })
  // PostgreSQL's account passes through, under root.
  await chmod(folder, 0o711)
  const owner = await ownerOf(dataFolder)
  if (owner !== undefined) {
    // PostgreSQL then runs as them, who may be the only one that may enter the data folder.
    await mkdir(join(folder, 'postgres'), { mode: 0o700 })
    for (const path of [folder, join(folder, 'postgres')]) await chown(path, owner.uid, owner.gid)
  }
  await writeState(folder, { phase: 'loading' })
  return folder
}

export const abandonRestoring = (dataFolder: string): Promise<void> =>
  rm(restoringFolder(dataFolder), { recursive: true, force: true })

/** From here on the restore happens, whoever finishes it. Resolves with where the old data is, null when there was none. */
export async function swap(dataFolder: string, parts: readonly Part[], now: Date): Promise<string | null> {
  const aside = `replaced-${now.toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')}`
  await writeState(restoringFolder(dataFolder), { phase: 'swapping', parts: [...parts], aside })
  return await finishSwap(dataFolder, { parts, aside })
}

/** For a server that starts: goes on with a restore that only has to be put in place. @throws DatabaseRefusal when one is not whole */
export async function finishRestore(dataFolder: string): Promise<void> {
  const state = await readState(restoringFolder(dataFolder))
  if (state === null) return
  if (state.phase === 'swapping') {
    await finishSwap(dataFolder, state)
    return
  }
  const folder = restoringFolder(dataFolder)
  throw new DatabaseRefusal(
    `A backup is being restored into ${dataFolder}, or was and did not come to its end. Run "atelier restore" again; or delete ${folder} to go on with what was there before.`,
  )
}

async function finishSwap(
  dataFolder: string,
  { parts, aside }: { parts: readonly Part[]; aside: string },
): Promise<string | null> {
  const asideFolder = join(dataFolder, aside)
  for (const part of parts) {
    const [staged, place] = [join(restoringFolder(dataFolder), part), join(dataFolder, part)]
    if (!(await isThere(staged))) continue
    if (await isThere(place)) {
      await mkdir(asideFolder, { recursive: true, mode: 0o700 })
      await giveAs(restoringFolder(dataFolder), asideFolder)
      await rename(place, join(asideFolder, part))
    }
    await rename(staged, place)
  }
  await syncFolder(dataFolder)
  await abandonRestoring(dataFolder)
  return (await isThere(asideFolder)) ? asideFolder : null
}

/**
 * Before anything is put in place, under root: whose server the data folder is has to own what was restored into it, too. That is
 * seen by what is there, else by the folder itself.
 */
export async function giveToOwner(dataFolder: string): Promise<void> {
  const owner = await ownerOf(dataFolder)
  if (owner === undefined) return
  const folder = restoringFolder(dataFolder)
  for (const name of await readdir(folder, { recursive: true })) await lchown(join(folder, name), owner.uid, owner.gid)
  await lchown(folder, owner.uid, owner.gid)
}

async function ownerOf(dataFolder: string): Promise<Account | undefined> {
  for (const part of ['postgres', 'blobs', 'keys'])
    if (await isThere(join(dataFolder, part))) return await ordinaryOwner(join(dataFolder, part))
  return await ordinaryOwner(dataFolder)
}

async function giveAs(like: string, path: string): Promise<void> {
  const owner = await ordinaryOwner(like)
  if (owner !== undefined) await lchown(path, owner.uid, owner.gid)
}

/** A state that cannot be read is that of a restore that was killed before it had one. */
async function readState(folder: string): Promise<State | null> {
  if (!(await isThere(folder))) return null
  const text = await readFile(join(folder, 'state.json'), 'utf8').catch(() => '')
  try {
    return State.parse(JSON.parse(text))
  } catch {
    return { phase: 'loading' }
  }
}

async function writeState(folder: string, state: State): Promise<void> {
  const file = join(folder, 'state.json')
  await writeFile(`${file}.next`, JSON.stringify(state), { mode: 0o600, flush: true })
  await giveAs(folder, `${file}.next`)
  await rename(`${file}.next`, file)
  await syncFolder(folder)
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null

export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}
