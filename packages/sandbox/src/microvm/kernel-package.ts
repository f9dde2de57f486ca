/**
 * The guest's kernel, and busybox for its first script: Debian packages that are fetched and unpacked, never installed, so
 * that this machine's own boot is not touched.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Log } from '@atelier/base/log'
import { moduleName, modulesInOrder, wantedModules } from './modules.ts'
import { runTool } from './tool.ts'

export type Kernel = {
  /** Its version, "6.1.0-50-cloud-amd64". */
  readonly release: string
  readonly image: string
  readonly busybox: string
  /** A module's file by its name; null where there is none, because the kernel has it built in. */
  readonly module: (name: string) => Uint8Array | null
}

const META_PACKAGE = 'linux-image-cloud-amd64'
const KEPT = ['vmlinuz', 'modules', 'busybox']

/** Fetches them once; a later start uses what is there. Remove the folder `kernel` to have the newest. */
export async function bringKernel(folder: string, log: Log, signal: AbortSignal): Promise<Kernel> {
  const home = join(folder, 'kernel')
  const there = openKernel(home)
  if (there !== null) return there
  log.info('microvm kernel is being fetched', { package: META_PACKAGE })
  const stage = await mkdtemp(join(folder, 'making-'))
  try {
    const name = await newestKernelPackage(signal)
    await fetchPackages([name, 'busybox-static'], stage, signal)
    await unpack(stage, name.replace(/^linux-image-/, ''), signal)
    await rm(home, { recursive: true, force: true })
    await rename(join(stage, 'kept'), home)
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      `the guest's kernel could not be fetched (${reason}); it comes from the package ${META_PACKAGE} of Debian 12 or 13: connect this machine to its package mirror and run "apt-get update"`,
      { cause: error },
    )
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  const kernel = openKernel(home)
  if (kernel === null) throw new Error(`the package ${META_PACKAGE} holds no kernel where one is expected`)
  return kernel
}

function openKernel(home: string): Kernel | null {
  try {
    if (!KEPT.every((name) => readdirSync(home).some((found) => found === name || found.startsWith(`${name}-`)))) return null
    const image = readdirSync(home).find((name) => name.startsWith('vmlinuz-')) ?? ''
    const modules = new Map(readdirSync(join(home, 'modules')).map((file) => [moduleName(file), join(home, 'modules', file)]))
    return {
      release: image.slice('vmlinuz-'.length),
      image: join(home, image),
      busybox: join(home, 'busybox'),
      module: (name) => {
        const file = modules.get(name)
        return file === undefined ? null : readFileSync(file)
      },
    }
  } catch {
    return null
  }
}

/** The package that the ever-newest one stands for. */
async function newestKernelPackage(signal: AbortSignal): Promise<string> {
  const ask = () => runTool(['apt-cache', 'depends', META_PACKAGE], signal).catch(() => [])
  const find = (lines: string[]) => /Depends: (linux-image-\S+)/.exec(lines.join('\n'))?.[1]
  const known = find(await ask())
  if (known !== undefined) return known
  if (process.getuid?.() === 0) await runTool(['apt-get', '-q', 'update'], signal)
  const updated = find(await ask())
  if (updated === undefined) throw new Error(`apt knows no package ${META_PACKAGE}`)
  return updated
}

/** apt checks signatures; it fetches into the folder it stands in. */
async function fetchPackages(names: readonly string[], folder: string, signal: AbortSignal): Promise<void> {
  await runTool(['sh', '-euc', 'cd "$1"; shift; exec apt-get -q download "$@"', 'sh', folder, ...names], signal)
}

async function unpack(stage: string, release: string, signal: AbortSignal): Promise<void> {
  const tree = join(stage, 'tree')
  for (const file of (await readdir(stage)).filter((name) => name.endsWith('.deb')))
    await runTool(['dpkg-deb', '-x', join(stage, file), tree], signal)
  const kept = join(stage, 'kept')
  await mkdir(join(kept, 'modules'), { recursive: true })
  await rename(join(tree, 'boot', `vmlinuz-${release}`), join(kept, `vmlinuz-${release}`))
  const busybox = existsSync(join(tree, 'bin/busybox')) ? 'bin/busybox' : 'usr/bin/busybox'
  await rename(join(tree, busybox), join(kept, 'busybox'))
  const merged = existsSync(join(tree, 'lib/modules')) ? 'lib/modules' : 'usr/lib/modules'
  const paths = new Map<string, string>()
  for (const path of await readdir(join(tree, merged, release), { recursive: true })) {
    if (/\.ko(\.xz)?$/.test(path)) paths.set(moduleName(basename(path)), join(tree, merged, release, path))
  }
  const needed = modulesInOrder(wantedModules, (name) => readModule(paths.get(name), join(kept, 'busybox')))
  for (const [name, content] of needed) await writeFile(join(kept, 'modules', `${name}.ko`), content)
}

/** Debian 13 compresses modules; unpacked here, the guest need not. */
function readModule(path: string | undefined, busybox: string): Uint8Array | null {
  if (path === undefined) return null
  if (!path.endsWith('.xz')) return readFileSync(path)
  return execFileSync(busybox, ['unxz', '-c', path], { env: {}, maxBuffer: 64 * 1024 * 1024 })
}
