/** All languages, with what each can do right now: who runs a program and who shows a list ask here. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Root } from '../sandbox.ts'
import type { ToolchainImage, ToolchainState } from '../toolchain/toolchain.ts'
import { type LanguageDefinition, ownNode } from './manifest.ts'
import { type Availability, type ExecutionPlan, planExecution, type Work } from './plan.ts'

/** A language as it is shown; the wire's shape. */
export type LanguageStatus = {
  id: string
  name: string
  /** Of the toolchain in use; null while there is none. */
  version: string | null
  extensions: string[]
  entryPoint: string
  editorLanguage: string
  compiled: boolean
  /** Whether the person who hosts wants it here: it is there, or on its way. */
  wanted: boolean
  available: boolean
  reason: string | null
  remedy: string | null
}

/** What the catalogue needs of the toolchain. */
export interface ToolchainSource {
  readonly state: ToolchainState
  readonly image: ToolchainImage | null
  /** Whether the language is part of the image, or will be when it is built. */
  isWanted(id: string): boolean
  onChange(listener: () => void): () => void
}

export type CatalogueOptions = {
  readonly definitions: readonly LanguageDefinition[]
  readonly toolchain: ToolchainSource
  /** The project's own Node, which the driver binds into every box. */
  readonly nodeBinary: string
}

export type CatalogueWork = Omit<Work, 'language' | 'availability'> & {
  readonly language: string
  readonly canShow?: (root: Root) => boolean
}

const versionMs = 10_000

export class LanguageCatalogue {
  readonly #options: CatalogueOptions
  /** Versions of what this machine has, by language. */
  readonly #onHost: ReadonlyMap<string, string>
  #shown: readonly LanguageStatus[] | null = null
  readonly #stop: () => void
  readonly #listeners = new Set<() => void>()

  private constructor(options: CatalogueOptions, onHost: ReadonlyMap<string, string>) {
    this.#options = options
    this.#onHost = onHost
    this.#stop = options.toolchain.onChange(() => {
      this.#shown = null
      for (const listener of this.#listeners) listener()
    })
  }

  /** Asks this machine for its versions (some milliseconds each), once. */
  static async open(options: CatalogueOptions): Promise<LanguageCatalogue> {
    const found = await Promise.all(
      options.definitions.map(async (definition): Promise<[string, string] | null> => {
        if (definition.host === undefined) return null
        const version = await askVersion(commandOnHost(definition.host.command, options.nodeBinary), definition)
        return version === null ? null : [definition.id, version]
      }),
    )
    return new LanguageCatalogue(options, new Map(found.filter((each) => each !== null)))
  }

  /** Every language, in the order of their folders; the same array until something changes. */
  list(): readonly LanguageStatus[] {
    this.#shown ??= this.#options.definitions.map((definition) => this.#describe(definition))
    return this.#shown
  }

  find(id: string): LanguageDefinition | undefined {
    return this.#options.definitions.find((definition) => definition.id === id)
  }

  /** Calls back when the list may have changed; returns what stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** `canShow`: which filesystems the wall can show to a program; the image first, then this machine. */
  availability(id: string, canShow: (root: Root) => boolean = () => true): Availability {
    const definition = this.find(id)
    if (definition === undefined) throw new Error(`there is no language ${id}`)
    const { toolchain } = this.#options
    const host = this.#onHost.get(id)
    const { image } = toolchain
    if (image !== null) {
      const version = definition.image.command === ownNode ? host : image.versions[id]
      const root = { kind: 'image', folder: image.folder } as const
      if (version !== undefined && canShow(root)) return { available: true, root, version, fingerprint: image.digest }
    }
    if (host !== undefined && canShow({ kind: 'host' }))
      return { available: true, root: { kind: 'host' }, version: host, fingerprint: 'host' }
    return { available: false, ...whyNot(definition, { state: toolchain.state, isWanted: toolchain.isWanted(id) }) }
  }

  /**
   * Throws when the language is unknown or not available: the caller has looked at the list. What the wall cannot show is
   * planned all the same, for the caller to refuse: the root stands in the plan.
   */
  plan(work: CatalogueWork): ExecutionPlan {
    const language = this.find(work.language)
    const fitting = this.availability(work.language, work.canShow)
    const availability = fitting.available ? fitting : this.availability(work.language)
    if (language === undefined || !availability.available) throw new Error(`the language ${work.language} is not available`)
    return planExecution({ ...work, language, availability })
  }

  close(): void {
    this.#stop()
    this.#listeners.clear()
  }

  #describe(definition: LanguageDefinition): LanguageStatus {
    const { id, name, extensions, entryPoint, editorLanguage } = definition
    const availability = this.availability(id)
    const shown = {
      id,
      name,
      extensions: [...extensions],
      entryPoint,
      editorLanguage,
      compiled: definition.compile !== undefined,
      wanted: availability.available || this.#options.toolchain.isWanted(id),
    }
    return availability.available
      ? { ...shown, version: availability.version, available: true, reason: null, remedy: null }
      : { ...shown, version: null, available: false, reason: availability.reason, remedy: availability.remedy }
  }
}

function whyNot(
  { id, name, image, host }: LanguageDefinition,
  { state, isWanted }: { state: ToolchainState; isWanted: boolean },
): { reason: string; remedy: string } {
  if (!isWanted && state.state !== 'off')
    return { reason: `${name} is not installed`, remedy: `Type: ./atelier languages add ${id}` }
  switch (state.state) {
    case 'waiting':
      return { reason: 'the toolchain image has not been looked for yet', remedy: 'Wait a moment.' }
    case 'building':
      return {
        reason: `the toolchain image is being built: ${state.step}, ${Math.round(state.progress * 100)} %`,
        remedy: `${name} can be used as soon as it is finished.`,
      }
    case 'failed':
      return { reason: `the toolchain image could not be built: ${state.reason}`, remedy: state.remedy }
    case 'off':
      return { reason: `there is no toolchain image: ${state.reason}`, remedy: state.remedy }
    case 'ready':
      return {
        reason: `${host?.command ?? image.command} did not answer when asked for its version`,
        remedy: 'Remove the toolchain folder and start again: it is then built anew.',
      }
  }
}

const commandOnHost = (command: string, nodeBinary: string): string => (command === ownNode ? nodeBinary : command)

async function askVersion(command: string, { version }: LanguageDefinition): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(command, version.arguments, {
      timeout: versionMs,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    })
    return new RegExp(version.pattern, 'm').exec(stdout)?.[1] ?? null
  } catch {
    return null // not installed here
  }
}
