/**
 * A root filesystem laid out once for many boxes: the host's /usr or the toolchain image, our own Node and agent, and empty
 * places for what each box mounts. It exists only in the private mount namespace of one process of ours (the *holder*), which
 * every box's runtime joins; with that process, and so with the server, all of it vanishes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { hostEtc, insideFolder, linkedFolders, ourEtc } from '../container/bubblewrap.ts'
import { commandPath } from '../driver/commands.ts'
import type { Root } from '../sandbox.ts'

export type StageOptions = {
  readonly root: Root
  readonly nodeBinary: string
  /** More to be seen by runtimes, not by boxes: `[path on the host, name in the stage]`. */
  readonly tools: readonly (readonly [string, string])[]
  /** The only user who may look at our own files inside; null: everybody. */
  readonly agentUser: number | null
}

const agentFolder = join(import.meta.dirname, '../guest/inside')
const READY_MS = 20_000

/** `make place`, `link place text`, `bind place source` or `copy place source`, in that order. */
type Step = readonly ['make' | 'link' | 'bind' | 'copy', string, string]

const script = `
stage=$1; shift
mount -t tmpfs -o mode=755,size=64m,nosuid,nodev stage "$stage"
cd "$stage"
while [ $# -gt 0 ]; do
  case $1 in
    make) mkdir -p "./$2" ;;
    link) ln -s "$3" "./$2" ;;
    bind) if [ -d "$3" ]; then mkdir -p "./$2"; else mkdir -p "./\${2%/*}"; [ -e "./$2" ] || : > "./$2"; fi
          mount --bind "$3" "./$2" && mount -o remount,bind,ro,nosuid,nodev "./$2" ;;
    copy) cp -r "$3/." "./$2" ;;
    own) chown "$3:$3" "./$2"; chmod 700 "./$2" ;;
  esac
  shift 3
done
# Compiled once, by the Python that will run them.
chroot root /usr/bin/python3 -m compileall -q /z >&2
echo ready
exec cat`

export class Stage {
  /** Where it is, in the holder's mount namespace. */
  readonly folder: string
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly #holder: ChildProcess
  #complaint = ''

  constructor(options: StageOptions) {
    const sources = [
      ...[insideFolder, agentFolder, options.nodeBinary, ...options.tools.map(([path]) => path)],
      ...(options.root.kind === 'image' ? [options.root.folder] : []),
    ]
    this.folder = chooseFolder(sources)
    const steps: string[][] = [
      ...layOut(options).map(([verb, place, text]) => [verb, place, text]),
      ...(options.agentUser === null ? [] : [['own', 'root/z', String(options.agentUser)]]),
    ]
    this.#holder = spawn(
      'unshare',
      ['--mount', '--propagation', 'private', '--', '/bin/sh', '-euc', script, 'sh', this.folder, ...steps.flat()],
      { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: commandPath }, cwd: '/' },
    )
    this.#holder.stdin?.on('error', () => {})
    this.#holder.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000)
    })
    this.ended = new Promise((resolve) => {
      this.#holder.once('error', (error) => {
        this.#complaint += error.message
        resolve()
      })
      this.#holder.once('close', () => resolve())
    })
    this.ready = this.#start()
    this.ready.catch(() => this.kill())
  }

  get alive(): boolean {
    return this.#holder.pid !== undefined && this.#holder.exitCode === null && this.#holder.signalCode === null
  }

  /** Put before a command that shall see it. */
  get prefix(): string[] {
    return ['nsenter', `--mount=/proc/${this.#holder.pid}/ns/mnt`, '--']
  }

  /** A path in the stage as this process can reach it. Only for what no box can write to. */
  reach(path: string): string {
    return join(`/proc/${this.#holder.pid}/root`, this.folder, path)
  }

  kill(): void {
    this.#holder.kill('SIGKILL')
  }

  async #start(): Promise<void> {
    const timer = setTimeout(() => this.kill(), READY_MS)
    const died = this.ended.then(() => {
      throw new Error(`the root filesystem could not be laid out: ${this.#complaint.trim() || 'no reason given'}`)
    })
    died.catch(() => {})
    try {
      if (this.#holder.stdout === null) throw new Error('no output')
      await Promise.race([once(this.#holder.stdout, 'data'), died])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** An existing folder that hides none of our sources when something is mounted over it. */
function chooseFolder(sources: readonly string[]): string {
  const found = ['/mnt', '/media', '/srv', '/opt', '/home'].find(
    (folder) => existsSync(folder) && !sources.some((source) => source === folder || source.startsWith(`${folder}/`)),
  )
  if (found === undefined) throw new Error('no folder to lay out a root filesystem in')
  return found
}

function layOut({ root, nodeBinary, tools }: StageOptions): Step[] {
  const inBox = (name: string) => `root/${name}`
  const empty = ['proc', 'sys', 'dev', 'tmp', 'project', 'run', 'var', 'etc', 'etc/ssl', 'z/groups', 'z/inside', 'z/agent']
  return [
    ...[...empty.map(inBox), 'boxes', 'tools'].map((place): Step => ['make', place, '']),
    ...(root.kind === 'host' ? hostRoot() : imageRoot(root.folder)),
    ['copy', inBox('z/inside'), insideFolder],
    ['copy', inBox('z/agent'), agentFolder],
    ['bind', inBox('atelier/bin/node'), nodeBinary],
    ['bind', inBox('atelier/boot.cjs'), join(insideFolder, 'boot.cjs')],
    ...tools.map(([path, name]): Step => ['bind', `tools/${name}`, path]),
  ]
}

function hostRoot(): Step[] {
  return [
    ...['usr', ...linkedFolders].flatMap((name) => linkOrBind(`/${name}`, name)),
    ...hostEtc.flatMap((name) => linkOrBind(`/etc/${name}`, `etc/${name}`)),
    ...ourEtc.map((name): Step => ['bind', `root/etc/${name}`, join(insideFolder, 'etc', name)]),
  ]
}

/** The image's own /etc, with our user; only what exists there can be replaced. */
function imageRoot(folder: string): Step[] {
  return [
    ...['usr', 'opt', 'etc', 'var', ...linkedFolders].flatMap((name) => linkOrBind(join(folder, name), name)),
    ...ourEtc.flatMap((name): Step[] =>
      existsSync(join(folder, 'etc', name)) ? [['bind', `root/etc/${name}`, join(insideFolder, 'etc', name)]] : [],
    ),
  ]
}

function linkOrBind(source: string, place: string): Step[] {
  const facts = lstatSync(source, { throwIfNoEntry: false })
  if (facts === undefined) return []
  return facts.isSymbolicLink() ? [['link', `root/${place}`, readlinkSync(source)]] : [['bind', `root/${place}`, source]]
}
