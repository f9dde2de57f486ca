/**
 * What a machine is made of, as files in a folder of ours, each named by what it was made from and made again when that
 * changes: the kernel, the first files (initrd), the toolchain image as a disk, and a small disk with our own programs and Node.
 */
import { createHash } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { lockFile } from '@atelier/base/file-lock'
import type { Log } from '@atelier/base/log'
import { insideFolder } from '../container/bubblewrap.ts'
import { baseEnvironment } from '../container/zygote.ts'
import { archive, fileEntry, folderEntry } from './initrd.ts'
import { bringKernel, type Kernel } from './kernel-package.ts'
import { modulesInOrder, wantedModules } from './modules.ts'
import { runTool } from './tool.ts'

export type AssetOptions = {
  /** Ours alone. */
  readonly folder: string
  readonly nodeBinary: string
  /** Files to put in the agent's place, by their paths: for tests of the guest itself. */
  readonly agent?: ReadonlyMap<string, Buffer>
  readonly log: Log
  readonly signal: AbortSignal
}

export type Assets = {
  readonly kernel: string
  readonly initrd: string
  readonly ours: string
  /** Makes, once, the disk of a root file system. */
  system(imageFolder: string): Promise<string>
}

const agentFolder = join(import.meta.dirname, '../guest/inside')
const initFile = join(import.meta.dirname, 'inside/init')

/** Nothing in a disk may say when or where it was made; extended attributes mean nothing on it. */
const reproducible = ['-x-1', '-T0', '-U', '6d1f7d43-61a6-4e1e-9a5e-3f0c3a6b1a10', '--all-root', '--quiet']

const forgetAfterMs = 60 * 60_000

/** Throws with a sentence that says what could not be made, and what to do. One process at a time works in the folder. */
export async function bringAssets(options: AssetOptions): Promise<Assets> {
  const { folder, log, signal } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return await alone(options, async () => {
    const kernel = await bringKernel(folder, log, signal)
    const initrd = await bringInitrd(options, kernel)
    const ours = await bringOurs(options)
    return { kernel: kernel.image, initrd, ours, system: (image) => alone(options, () => bringSystem(options, image)) }
  })
}

async function alone<T>({ folder, signal }: AssetOptions, work: () => Promise<T>): Promise<T> {
  const lock = await lockFile(join(folder, 'lock'), { shared: false, waits: true, signal })
  try {
    return await work()
  } finally {
    await lock?.release()
  }
}

async function bringInitrd(options: AssetOptions, kernel: Kernel): Promise<string> {
  const modules = modulesInOrder(wantedModules, kernel.module)
  const content = archive([
    ...['bin', 'dev', 'proc', 'modules', 'new', 'system', 'ours'].map(folderEntry),
    fileEntry('init', await readFile(initFile), true),
    fileEntry('bin/busybox', await readFile(kernel.busybox), true),
    fileEntry('modules/order', Buffer.from([...modules.keys()].join('\n'))),
    ...[...modules].map(([name, bytes]) => fileEntry(`modules/${name}.ko`, bytes)),
  ])
  return await make(options, 'initrd', createHash('sha256').update(content), (file) => writeFile(file, content))
}

/** The agent, what it shares with the container driver, and the Node that programs get. */
async function bringOurs(options: AssetOptions): Promise<string> {
  const environment = Object.entries({ ...baseEnvironment, LD_BIND_NOW: '1' }).map(([name, value]) => `${name}=${value}\n`)
  const files = new Map<string, Buffer>([['environment', Buffer.from(environment.join(''))]])
  const sources: [string, string][] = [
    ['inside', insideFolder],
    ['inside/etc', join(insideFolder, 'etc')],
  ]
  if (options.agent === undefined) sources.push(['agent', agentFolder])
  for (const [path, content] of options.agent ?? []) files.set(`agent/${path}`, content)
  for (const [place, source] of sources) {
    for (const entry of (await readdir(source, { withFileTypes: true })).filter((each) => each.isFile()))
      files.set(`${place}/${entry.name}`, await readFile(join(source, entry.name)))
  }
  files.set('atelier/boot.cjs', await readFile(join(insideFolder, 'boot.cjs')))
  const node = await stat(options.nodeBinary)
  const hash = createHash('sha256').update(`${options.nodeBinary}\0${node.size}\0${node.mtimeMs}`)
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\0${content.byteLength}\0`).update(content)
  return await make(options, 'ours', hash, async (file) => {
    const stage = await mkdtemp(join(options.folder, 'making-'))
    try {
      for (const [path, content] of files) {
        await mkdir(join(stage, dirname(path)), { recursive: true })
        await writeFile(join(stage, path), content)
      }
      await mkdir(join(stage, 'atelier/bin'), { recursive: true })
      await copyFile(options.nodeBinary, join(stage, 'atelier/bin/node'))
      chmodSync(join(stage, 'atelier/bin/node'), 0o755)
      chmodSync(stage, 0o755)
      await runTool(['mkfs.erofs', ...reproducible, file, stage], options.signal)
    } finally {
      await rm(stage, { recursive: true, force: true })
    }
  })
}

async function bringSystem(options: AssetOptions, imageFolder: string): Promise<string> {
  // An image's folder is named by its digest and never changes; about.json beside it tells apart two that were built from one recipe.
  const about = await readFile(join(imageFolder, '../about.json'), 'utf8').catch(() => imageFolder)
  return await make(options, 'system', createHash('sha256').update(about), async (file) => {
    // An ordinary user's image has files of other users (lock files, private keys) that no program could read either.
    const find = ['find', imageFolder, '!', '-type', 'l', '!', '-readable', '-prune', '-printf', '%P\\n']
    const hidden = (await runTool(find, options.signal)).map((path) => `--exclude-path=${path}`)
    await runTool(['mkfs.erofs', ...reproducible, ...hidden, file, imageFolder], options.signal)
  })
}

/** The file `<name>-<hash>`, made by `build` when it is not there. Others of the name go when nobody looked for them in an hour. */
async function make(
  { folder, log }: AssetOptions,
  name: string,
  hash: { digest(encoding: 'hex'): string },
  build: (file: string) => Promise<unknown>,
): Promise<string> {
  const file = join(folder, `${name}-${hash.digest('hex').slice(0, 16)}`)
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    log.info('microvm asset is being made', { asset: basename(file) })
    const startedAt = performance.now()
    const unfinished = `${file}.unfinished`
    await rm(unfinished, { force: true })
    await build(unfinished)
    chmodSync(unfinished, 0o444)
    await rename(unfinished, file)
    log.info('microvm asset made', { asset: basename(file), ms: Math.round(performance.now() - startedAt) })
  }
  await forget(folder, name, file)
  return file
}

/** Whoever has it open keeps it: only the name goes. */
async function forget(folder: string, name: string, current: string): Promise<void> {
  for (const other of await readdir(folder)) {
    const path = join(folder, other)
    if (!other.startsWith(`${name}-`) || path === current) continue
    const facts = await stat(path).catch(() => null)
    if (facts !== null && Date.now() - facts.atimeMs > forgetAfterMs) await rm(path, { force: true })
  }
}
