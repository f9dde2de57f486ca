/**
 * The templates in use, one per root file system and warmth, each booted when it is first asked for. When another image takes
 * the place of the one before, that one's templates go; what was copied from them lives on.
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import { openMessage } from '../guest/guest-box.ts'
import type { GuestSetup } from '../guest/vessel.ts'
import type { SandboxLimits, Warmth } from '../sandbox.ts'
import { type Assets, bringAssets } from './assets.ts'
import { judgeKvm, reachKvm, type Verdict } from './kvm.ts'
import type { MachineWalls } from './machine-process.ts'
import { type Accelerator, qemuProgram } from './qemu.ts'
import { Template } from './template.ts'
import { runTool } from './tool.ts'

export type TemplatesOptions = {
  readonly log: Log
  readonly folder: string
  readonly nodeBinary: string
  readonly limits: SandboxLimits
  readonly setup: GuestSetup
  readonly memoryBytes: number
  readonly signal: AbortSignal
  /** The user that machines run as; null: ours. */
  readonly user: number | null
  readonly walls: (name: string, device: MachineWalls['device']) => MachineWalls
  /** Removes the groups of a template's machine, which has ended. */
  readonly forget: (name: string) => Promise<void>
}

export type Acceleration = Verdict & { readonly accelerator: Accelerator }

/** Emulated in software on a busy machine, a boot can take long; with KVM it takes a second or hangs. */
const BOOT_MS = { tcg: 120_000, kvm: 10_000 } as const

type Device = MachineWalls['device']

export class Templates {
  readonly #options: TemplatesOptions
  readonly #templates = new Map<string, { folder: string; booting: Promise<Template> }>()
  readonly #work = new Set<Promise<unknown>>()
  #assets: Promise<Assets> | null = null
  #acceleration: Promise<Acceleration> | null = null
  #count = 0

  constructor(options: TemplatesOptions) {
    this.#options = options
  }

  /** Boots it the first time. A failure is told to whoever waited, and tried again for the next. */
  get(folder: string, warmth: Warmth): Promise<Template> {
    const key = `${warmth} ${folder}`
    const known = this.#templates.get(key)
    if (known !== undefined) return known.booting
    const booting = this.#owned(this.#begin(folder, warmth))
    this.#templates.set(key, { folder, booting })
    booting.then(
      () => this.#dropOthers(folder),
      () => this.#templates.delete(key),
    )
    return booting
  }

  /** Found out once, by booting a real template of this image. */
  accelerator(folder: string): Promise<Acceleration> {
    if (this.#acceleration === null) {
      const judging = this.#owned(this.#judge(folder))
      this.#acceleration = judging
      judging.catch(() => {
        this.#acceleration = null
      })
    }
    return this.#acceleration
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#work])
    const all = [...this.#templates.values()]
    this.#templates.clear()
    await Promise.allSettled(all.map(async ({ booting }) => await (await booting).close()))
  }

  #owned<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work)
    const done = () => void this.#work.delete(work)
    work.then(done, done)
    return work
  }

  async #begin(folder: string, warmth: Warmth): Promise<Template> {
    const { accelerator } = await this.accelerator(folder)
    return await this.#boot(folder, warmth, accelerator)
  }

  async #judge(folder: string): Promise<Acceleration> {
    const { user, signal } = this.#options
    const device = reachKvm(user)
    const slow = (detail: string): Acceleration => ({
      ...{ works: false, accelerator: 'tcg' },
      detail: `${detail}: machines are emulated in software, which is about ten times slower`,
    })
    if (typeof device === 'string') return slow(device)
    const [version = 'unknown'] = await runTool([qemuProgram, '--version'], signal)
    await this.#bringAssets()
    const file = join(this.#options.folder, 'kvm.json')
    const verdict = await judgeKvm(file, version, async () => {
      const template = await this.#boot(folder, 'exec', 'kvm')
      await template.close()
    })
    return verdict.works ? { ...verdict, accelerator: 'kvm' } : slow(verdict.detail)
  }

  async #boot(folder: string, warmth: Warmth, accelerator: Accelerator): Promise<Template> {
    const { setup, limits, log, memoryBytes, signal, user, walls, forget } = this.#options
    const assets = await this.#bringAssets()
    const system = await assets.system(folder)
    const reached = accelerator === 'kvm' ? reachKvm(user) : null
    const device: Device = typeof reached === 'string' ? null : reached
    this.#count += 1
    const name = `template-${this.#count}`
    const files = openAll({ kernel: assets.kernel, initrd: assets.initrd, ours: assets.ours, system })
    log.info('microvm template is booting', { warmth, accelerator })
    try {
      const template = await Template.boot({
        ...{ shape: { accelerator, memoryBytes }, files, walls: walls(name, device), warmth, signal },
        opening: openMessage(setup, { root: { kind: 'image', folder }, warmth }, limits, '/atelier/bin/node'),
        ...{ folder: this.#options.folder, timeoutMs: BOOT_MS[accelerator] },
      })
      log.info('microvm template is ready', { warmth, accelerator, ms: Math.round(template.bootMs) })
      return template
    } catch (error) {
      for (const fd of Object.values(files)) closeSync(fd)
      throw error
    } finally {
      await forget(name)
    }
  }

  #bringAssets(): Promise<Assets> {
    if (this.#assets === null) {
      const { folder, nodeBinary, log, signal } = this.#options
      const bringing = this.#owned(bringAssets({ folder, nodeBinary, log, signal }))
      this.#assets = bringing
      bringing.catch(() => {
        this.#assets = null
      })
    }
    return this.#assets
  }

  #dropOthers(folder: string): void {
    for (const [key, entry] of this.#templates) {
      if (entry.folder === folder) continue
      this.#templates.delete(key)
      void this.#owned(entry.booting.then((template) => template.close())).catch(() => {})
    }
  }
}

/** Descriptors, so that no machine ever opens a path of ours. */
function openAll<Name extends string>(paths: Readonly<Record<Name, string>>): Record<Name, number> {
  return Object.fromEntries(Object.entries<string>(paths).map(([name, path]) => [name, openSync(path, 'r')])) as Record<
    Name,
    number
  >
}
