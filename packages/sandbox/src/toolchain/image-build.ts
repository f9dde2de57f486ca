/** Builds one image: runs the recipe's commands, tells how far they are, and puts the whole result in its place at once. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import type { LanguageDefinition } from '../languages/manifest.ts'
import { BootstrapProgress, type Progress } from './bootstrap-progress.ts'
import { runStep } from './build-process.ts'
import { explainFailure, type Failure } from './failure.ts'
import { type About, buildingPrefix, removeTree, type ToolchainImage } from './image-folder.ts'
import type { Means } from './means.ts'
import { type BuildStep, buildSteps, type Ground, type Recipe } from './recipe.ts'

export type BuildOrder = {
  readonly folder: string
  readonly recipe: Recipe
  readonly languages: readonly LanguageDefinition[]
  readonly means: Means
  /** A whole image to begin with; null: from nothing. Nobody may remove it meanwhile. */
  readonly ground: ToolchainImage | null
  readonly log: Log
  readonly signal: AbortSignal
  /** Called for every line of output; `fraction` is of the whole build and never goes back. */
  readonly onProgress: (progress: Progress) => void
}

/** The build ended without an image, and we know what to say about it. */
export class BuildFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.reason)
    this.failure = failure
  }
}

/** What a build needs while it lasts, beside a copy of its ground; the finished image has about half of it. */
const neededBytes = 3e9

/** What a tool says when asked for its version; more is legal text. */
const answerLines = 20

/** Lines kept to explain a failure. */
const keptLines = 400

/** Throws BuildFailed; whatever it made is then gone. The caller holds the folder's lock. */
export async function buildImage(order: BuildOrder): Promise<ToolchainImage> {
  const { folder, recipe, means, ground, log, signal } = order
  const startedAt = performance.now()
  await refuseFullDisk(folder, neededBytes + (ground?.sizeBytes ?? 0))
  const temporary = join(folder, `${buildingPrefix}${process.pid}`)
  const root = join(temporary, 'root')
  await mkdir(temporary, { mode: 0o755 })
  try {
    const answers = await runSteps(buildSteps(recipe, means, root, groundOf(ground)), order)
    signal.throwIfAborted()
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10
    const sizeBytes = Number.parseInt(answers.get('size') ?? '0', 10)
    const versions = readVersions(order.languages, answers)
    const about: About = {
      ...{ digest: recipe.digest, builtAt: new Date().toISOString(), seconds, sizeBytes, versions, base: recipe.base },
      ingredients: Object.fromEntries(recipe.ingredients.map((each) => [each.id, each.hash])),
    }
    await writeFile(join(temporary, 'about.json'), `${JSON.stringify(about, null, 2)}\n`)
    const home = join(folder, recipe.digest)
    await rename(temporary, home)
    log.info('toolchain image built', about)
    return { ...about, folder: join(home, 'root') }
  } catch (error) {
    // Not under `signal`: it may be the reason why we are here.
    await removeTree(temporary, means.prefix, AbortSignal.timeout(removalMs)).catch((fault: unknown) =>
      log.warn('half-built image not removed', { error: fault }),
    )
    throw error
  }
}

const groundOf = (image: ToolchainImage | null): Ground | null =>
  image === null ? null : { folder: image.folder, has: Object.keys(image.ingredients) }

const removalMs = 60_000

async function refuseFullDisk(folder: string, needed: number): Promise<void> {
  const space = await statfs(folder)
  const free = space.bavail * space.bsize
  if (free >= needed) return
  throw new BuildFailed({
    reason: `the disk of ${folder} has ${(free / 1e9).toFixed(1)} GB of room, and building takes ${(needed / 1e9).toFixed(1)} GB`,
    remedy: 'Make room and start again.',
  })
}

/** Runs every step; resolves with the first lines of those that tell something. */
async function runSteps(
  steps: readonly BuildStep[],
  { folder, means, signal, onProgress }: BuildOrder,
): Promise<Map<string, string>> {
  const logFile = join(folder, 'build.log')
  const answers = new Map<string, string>()
  await using record = openRecord(logFile)
  let begun = 0
  for (const { step, share, argv, environment, progress, tells } of steps) {
    const bootstrap = new BootstrapProgress()
    const lines: string[] = []
    let count = 0
    let doing = step
    onProgress({ step, fraction: begun })
    const onLine = (line: string): void => {
      record.write(line)
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      if (tells !== undefined && count < answerLines) answers.set(tells, count === 0 ? line : `${answers.get(tells)}\n${line}`)
      count += 1
      const now = progress === 'bootstrap' ? bootstrap.read(line) : { step, fraction: Math.min(1, count / progress) }
      doing = now.step
      onProgress({ step: doing, fraction: begun + share * now.fraction })
    }
    const outcome = await runStep({ argv, environment, onLine, signal })
    if (outcome.kind === 'failed') {
      throw new BuildFailed(explainFailure({ step: doing, lines, mirrorHost: means.source.host, logFile, ...outcome }))
    }
    begun += share
  }
  return answers
}

function readVersions(languages: readonly LanguageDefinition[], answers: ReadonlyMap<string, string>): Record<string, string> {
  const versions: Record<string, string> = {}
  for (const { id, version } of languages) {
    const answer = answers.get(id)
    if (answer === undefined) continue
    const found = new RegExp(version.pattern, 'm').exec(answer)?.[1]
    if (found === undefined) {
      throw new BuildFailed({
        reason: `${id} answered "${answer}" when asked for its version`,
        remedy: `Correct version.pattern in languages/${id}/language.json and start again.`,
      })
    }
    versions[id] = found
  }
  const git = /^git version (\d[\d.]*)/m.exec(answers.get('git') ?? '')?.[1]
  if (git !== undefined) versions.git = git
  return versions
}

/** The log of the last build, each line with its second. */
function openRecord(file: string): { write(line: string): void; [Symbol.asyncDispose](): Promise<void> } {
  const startedAt = performance.now()
  const stream = createWriteStream(file)
  stream.on('error', () => {}) // a log that cannot be written stops nothing
  return {
    write: (line) => void stream.write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} ${line}\n`),
    [Symbol.asyncDispose]: () => new Promise((resolve) => stream.end(() => resolve())),
  }
}
