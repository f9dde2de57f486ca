/**
 * The toolchain image: a small Debian with the compilers of the languages that are wanted, built in the background and
 * shown read-only to the boxes. The face of this folder.
 *
 *   waiting ──start──┬──► ready                     its image is there
 *                    ├──► off                       switched off, or this machine cannot build one
 *                    └──► building ──┬──► ready
 *                             ▲      ├──► off
 *                             │      └──► failed
 *                             └──retry──────┘
 *
 * `want` changes which languages there are: a new image is made beside the one in use, as a copy with the new languages
 * added where it can be, and takes its place when it is whole. Until then, and when that fails, the one in use serves.
 * Images that no server uses any more are removed at a later start.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileLock, lockFile } from '@atelier/base/file-lock'
import type { Log } from '@atelier/base/log'
import type { LanguageDefinition } from '../languages/manifest.ts'
import type { Progress } from './bootstrap-progress.ts'
import { BuildFailed, buildImage } from './image-build.ts'
import { findGround, findImages, holdImage, sweepImages, type ToolchainImage } from './image-folder.ts'
import { buildPrefix, findMeans } from './means.ts'
import { type Recipe, recipeOf } from './recipe.ts'

export { describeToolchain, type ToolchainImage } from './image-folder.ts'

export type ToolchainState =
  | { readonly state: 'waiting' }
  | { readonly state: 'building'; readonly step: string /** 0 to 1 */; readonly progress: number; readonly startedAt: string }
  | { readonly state: 'ready'; readonly builtAt: string; readonly sizeBytes: number }
  | { readonly state: 'failed'; readonly reason: string; readonly remedy: string }
  | { readonly state: 'off'; readonly reason: string; readonly remedy: string }

export type ToolchainOptions = {
  /** Ours alone; the boxes' users must be able to pass through it. */
  readonly folder: string
  /** All that can be wanted. */
  readonly languages: readonly LanguageDefinition[]
  /** Ids of those wanted beside the first. */
  readonly wanted?: readonly string[]
  /** False: use an image that is there, build none. */
  readonly builds: boolean
  /** Our environment, of which only the proxy variables are used. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether a build steps back behind everything else on the machine, so that the server stays quick; by default it does. */
  readonly isGentle?: boolean
  readonly log: Log
}

export class Toolchain {
  readonly #options: ToolchainOptions
  readonly #listeners = new Set<() => void>()
  readonly #ending = new AbortController()
  #state: ToolchainState = { state: 'waiting' }
  #image: ToolchainImage | null = null
  #starting: Promise<void> = Promise.resolve()
  #work: Promise<void> = Promise.resolve()
  /** What is to be wanted as soon as the present work is over, and what the state speaks of. */
  #asked: readonly LanguageDefinition[]
  #wanted: ReadonlySet<string>
  #turn: Promise<void> | null = null
  /** Every image that boxes of ours may be using. */
  readonly #holds: FileLock[] = []

  constructor(options: ToolchainOptions) {
    this.#options = options
    this.#asked = this.#choose(options.wanted ?? [])
    this.#wanted = new Set(this.#asked.map((each) => each.id))
  }

  get state(): ToolchainState {
    return this.#state
  }

  /** The image to use now, if there is one; it may be an earlier one while a new one is being built. */
  get image(): ToolchainImage | null {
    return this.#image
  }

  /** Whether the language is part of the image, or will be if the build goes well. */
  isWanted(id: string): boolean {
    return this.#wanted.has(id)
  }

  /** Calls back after every change of state or image; returns what stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Finds the image, or begins to build it behind; resolves as soon as it is known which. */
  start(): Promise<void> {
    this.#starting = this.#find()
    return this.#starting
  }

  async #find(): Promise<void> {
    const { folder, builds, log } = this.#options
    const languages = this.#asked
    await mkdir(folder, { recursive: true, mode: 0o755 })
    const recipe = recipeOf(languages, await readFile(new URL('finish.sh', import.meta.url), 'utf8'))
    const { current, previous } = await findImages(folder, recipe.digest)
    const isCurrent = await this.#use(current)
    if (this.#image === null) await this.#use(previous)
    this.#wanted = new Set(languages.map((each) => each.id))
    if (isCurrent && current !== null) {
      this.#become(readyState(current))
      this.#work = this.#sweep(recipe).catch((error: unknown) => {
        if (!this.#ending.signal.aborted) log.warn('toolchain leftovers not removed', { error })
      })
    } else if (builds) {
      this.#beginBuilding(recipe, languages)
    } else {
      this.#become({
        state: 'off',
        reason: 'building the toolchain image is switched off',
        remedy: 'Switch it on in the settings and start again.',
      })
    }
  }

  /**
   * Says which languages are wanted beside the first; ids that nobody knows count for nothing. What is being built is
   * finished before. Resolves as `start` does. After a failure it tries again, even with the same languages.
   */
  async want(ids: readonly string[]): Promise<void> {
    const chosen = this.#choose(ids)
    const isSame = chosen.length === this.#asked.length && chosen.every((each, index) => each === this.#asked[index])
    if (isSame && this.#turn === null && this.#state.state !== 'failed') return
    this.#asked = chosen
    this.#turn ??= this.#takeTurn()
    await this.#turn
  }

  async #takeTurn(): Promise<void> {
    await this.#starting.catch(() => {}) // who called it has been told
    await this.#work
    this.#turn = null
    if (!this.#ending.signal.aborted) await this.start()
  }

  #choose(ids: readonly string[]): LanguageDefinition[] {
    return this.#options.languages.filter(({ id, image }) => image.comes === 'first' || ids.includes(id))
  }

  /** Makes it the image in use, and keeps others from removing it. False: there is no such image (any more). */
  async #use(image: ToolchainImage | null): Promise<boolean> {
    if (image === null) return false
    if (this.#image?.digest === image.digest) return true
    const hold = await holdImage(this.#options.folder, image.digest, this.#ending.signal)
    if (hold === null) return false
    this.#holds.push(hold)
    this.#image = image
    return true
  }

  /** Tries again after a failure; does nothing in any other state. */
  async retry(): Promise<void> {
    if (this.#state.state !== 'failed') return
    await this.#work
    await this.start()
  }

  /** Resolves when nothing is being built or removed any more. */
  async settled(): Promise<void> {
    await this.#work
  }

  /** Ends a build that is going on and removes what it made. */
  async close(): Promise<void> {
    this.#ending.abort(new Error('the toolchain was closed'))
    this.#listeners.clear()
    await this.#work
    await Promise.all(this.#holds.splice(0).map((hold) => hold.release()))
  }

  #become(state: ToolchainState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }

  #beginBuilding(recipe: Recipe, languages: readonly LanguageDefinition[]): void {
    const { log } = this.#options
    const startedAt = new Date().toISOString()
    const tell = ({ step, fraction }: Progress): void => {
      const shown = this.#state
      // A build prints thousands of lines; people see hundredths.
      if (shown.state === 'building' && shown.step === step && fraction - shown.progress < 0.01) return
      this.#become({ state: 'building', step, progress: Math.min(1, Math.round(fraction * 1000) / 1000), startedAt })
    }
    tell({ step: 'looking at this machine', fraction: 0 })
    this.#work = this.#build(recipe, languages, tell).catch((error: unknown) => {
      if (this.#ending.signal.aborted) return
      const failure =
        error instanceof BuildFailed
          ? error.failure
          : {
              reason: `the build broke: ${error instanceof Error ? error.message : String(error)}`,
              remedy: 'The build is tried again at the next start.',
            }
      log.error('toolchain image not built', { ...failure, error })
      this.#become({ state: 'failed', ...failure })
    })
  }

  async #build(
    recipe: Recipe,
    languages: readonly LanguageDefinition[],
    onProgress: (progress: Progress) => void,
  ): Promise<void> {
    const { folder, environment, isGentle = true, log } = this.#options
    const { signal } = this.#ending
    const means = await findMeans({ environment, isGentle }, signal)
    if (means.kind === 'unable') {
      log.warn('toolchain image cannot be built here', { reason: means.reason })
      return this.#become({ state: 'off', reason: means.reason, remedy: means.remedy })
    }
    onProgress({ step: 'waiting for another build', fraction: 0 })
    const lock = await this.#lock()
    try {
      // Only under the lock are images removed: the ground stays until we are done.
      const ground = await findGround(folder, recipe)
      const keeps = [recipe.digest, ...(ground === null ? [] : [ground.digest])]
      onProgress({ step: 'removing images that nobody uses', fraction: 0 })
      await sweepImages({ folder, keeps, prefix: means.prefix, signal })
      // Whoever had the lock may have built it.
      const { current } = await findImages(folder, recipe.digest)
      const image = current ?? (await buildImage({ folder, recipe, languages, means, ground, log, signal, onProgress }))
      await this.#use(image)
      this.#become(readyState(image))
    } finally {
      await lock?.release()
    }
  }

  async #sweep({ digest }: Recipe): Promise<void> {
    const lock = await this.#lock()
    try {
      await sweepImages({ folder: this.#options.folder, keeps: [digest], prefix: buildPrefix(true), signal: this.#ending.signal })
    } finally {
      await lock?.release()
    }
  }

  #lock(): Promise<FileLock | null> {
    return lockFile(join(this.#options.folder, 'lock'), { shared: false, waits: true, signal: this.#ending.signal })
  }
}

const readyState = (image: ToolchainImage): ToolchainState => ({
  state: 'ready',
  builtAt: image.builtAt,
  sizeBytes: image.sizeBytes,
})
