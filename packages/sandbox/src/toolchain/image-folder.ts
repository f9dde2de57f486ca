/**
 * The folder of images: `<digest>/root` is the tree, `<digest>/about.json` says what is in it. An image is built as
 * `building-…` and renamed when it is whole, so that whatever has a digest for a name can be used.
 *
 * Several servers of several versions may share the folder: whoever uses an image holds `<digest>.lock` shared, and an
 * image is removed only under that lock, alone. `lock` is held by whoever builds or removes.
 */
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileLock, lockFile } from '@atelier/base/file-lock'
import { z } from 'zod'
import { runStep } from './build-process.ts'
import { buildPath } from './means.ts'
import type { Recipe } from './recipe.ts'

export const About = z.object({
  digest: z.string(),
  builtAt: z.iso.datetime(),
  sizeBytes: z.int().nonnegative(),
  /** How long it took to build. */
  seconds: z.number(),
  /** What each language's tool answered when asked for its version; no entry for those that the image does not bring. */
  versions: z.record(z.string(), z.string()),
  /** What it was made of: `Recipe.base`, and the hash of each language's ingredients. */
  base: z.string().default(''),
  ingredients: z.record(z.string(), z.string()).default({}),
})
export type About = z.infer<typeof About>

export type ToolchainImage = About & {
  /** The root of the tree, ready to be bound read-only. */
  readonly folder: string
}

export const buildingPrefix = 'building-'

const isDigest = (name: string): boolean => /^[0-9a-f]{16}$/.test(name)

/** What is in an image: cheap, the tools were asked when it was built. Null when there is no whole image in the folder. */
export async function describeToolchain(imageFolder: string): Promise<ToolchainImage | null> {
  const folder = join(imageFolder, 'root')
  const json = await readFile(join(imageFolder, 'about.json'), 'utf8').catch(() => null)
  if (json === null || !(await stat(join(folder, 'usr')).catch(() => null))?.isDirectory()) return null
  try {
    return { ...About.parse(JSON.parse(json)), folder }
  } catch {
    return null
  }
}

/** The image of this digest, and the youngest other one, which serves until this one is built. */
export async function findImages(
  folder: string,
  digest: string,
): Promise<{ current: ToolchainImage | null; previous: ToolchainImage | null }> {
  const images = (await Promise.all((await digestsIn(folder)).map((name) => describeToolchain(join(folder, name))))).filter(
    (image) => image !== null,
  )
  const others = images.filter((image) => image.digest !== digest).sort((a, b) => a.builtAt.localeCompare(b.builtAt))
  return { current: images.find((image) => image.digest === digest) ?? null, previous: others.at(-1) ?? null }
}

/** The image that has most of what the recipe wants and nothing else: a new one is begun with a copy of it. Null: none fits. */
export async function findGround(folder: string, recipe: Recipe): Promise<ToolchainImage | null> {
  const wanted = new Map(recipe.ingredients.map((each) => [each.id, each.hash]))
  let best: ToolchainImage | null = null
  for (const name of await digestsIn(folder)) {
    const image = await describeToolchain(join(folder, name))
    if (image === null || image.base !== recipe.base) continue
    const has = Object.entries(image.ingredients)
    if (!has.every(([id, hash]) => wanted.get(id) === hash)) continue
    if (best === null || has.length > Object.keys(best.ingredients).length) best = image
  }
  return best
}

const digestsIn = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).filter(isDigest)

/** Keeps an image from being removed until it is released. Null: it was removed just now. */
export async function holdImage(folder: string, digest: string, signal: AbortSignal): Promise<FileLock | null> {
  const file = lockOf(folder, digest)
  const hold = await lockFile(file, { shared: true, waits: true, signal })
  const now = new Date()
  await utimes(file, now, now).catch(() => {}) // only says when it was last used
  if ((await describeToolchain(join(folder, digest))) !== null) return hold
  await hold?.release()
  return null
}

const lockOf = (folder: string, digest: string): string => join(folder, `${digest}.lock`)

/** An image that was used so lately may be wanted again: by a test, or after a step back to the version before. */
const remembersMs = 24 * 60 * 60_000

export type Sweep = {
  readonly folder: string
  /** The image of our own recipe, and the one that it is begun with. */
  readonly keeps: readonly string[]
  readonly prefix: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Removes builds that did not finish, images that are not whole, and images that nobody uses, but for those to keep and the one
 * other that was used last. The caller holds the folder's lock.
 */
export async function sweepImages({ folder, keeps, prefix, signal }: Sweep): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((each) => each.startsWith(buildingPrefix))) await removeTree(join(folder, name), prefix, signal)
  const others: { name: string; usedAt: number }[] = []
  for (const name of names.filter(isDigest)) {
    const isWhole = (await describeToolchain(join(folder, name))) !== null
    if (isWhole && keeps.includes(name)) continue
    const usedAt = (await stat(lockOf(folder, name)).catch(() => null))?.mtimeMs ?? 0
    others.push({ name, usedAt: isWhole ? usedAt : 0 })
  }
  others.sort((a, b) => b.usedAt - a.usedAt)
  for (const [index, { name, usedAt }] of others.entries()) {
    if (index === 0 && Date.now() - usedAt < remembersMs) continue
    const alone = await lockFile(lockOf(folder, name), { shared: false, waits: false, signal })
    if (alone === null) continue // somebody uses it
    await removeTree(join(folder, name), prefix, signal)
    await rm(lockOf(folder, name), { force: true })
    await alone.release()
  }
}

/** Removes a tree. Under an ordinary user some of it belongs to that user's sub-ids, which only a user namespace may remove. */
export async function removeTree(path: string, prefix: readonly string[], signal: AbortSignal): Promise<void> {
  const environment = { PATH: buildPath, LC_ALL: 'C.UTF-8' }
  let complaint = ''
  const onLine = (line: string): void => {
    complaint = line
  }
  const outcome = await runStep({ argv: [...prefix, 'rm', '-rf', '--one-file-system', path], environment, onLine, signal })
  if (outcome.kind === 'failed') throw new Error(`${path} could not be removed: ${complaint}`)
}
