/**
 * One OCI runtime's process tree that carries a guest agent. All of it is in a PID namespace and in control groups of its own
 * from before the runtime's first instruction: killing the namespace's first process is the end of everything, whatever the
 * runtime thinks of it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { BoxGroups } from '../cgroups/cgroups.ts'
import { commandPath } from '../driver/commands.ts'
import type { Vessel } from '../guest/vessel.ts'
import type { Stage } from './stage.ts'

export type OciVesselOptions = {
  readonly stage: Stage
  readonly name: string
  readonly config: object
  /** The runtime's command for a bundle folder, as a shell in the new namespaces shall execute it. */
  readonly command: (bundle: string, id: string) => string[]
  /** Shell text before it; `$bundle` is the bundle folder. */
  readonly before: string
  /** Who owns the bundle. */
  readonly owner: number
  readonly groups: BoxGroups | null
  readonly joins: readonly string[]
  /** Changes the size of the writable folders from outside. */
  readonly resizeDisk?: (pid: number, bundle: string, bytes: number, files: number) => Promise<void>
  readonly files: Readonly<Record<string, string>>
}

/**
 * $1 bundle, $2 how many groups to join, then those, then the command. Not by exec: this shell stays the first process, and
 * dies with the one that waits for it, which a runtime that changes its user would not.
 */
const script = (before: string) => `
bundle=$1; count=$2; shift 2
while [ "$count" -gt 0 ]; do echo 0 > "$1"; shift; count=$((count - 1)); done
mount -t proc proc /proc
${before}
"$@" || exit $?
exit 0`

const COMPLAINT_BYTES = 4000

export class OciVessel implements Vessel {
  readonly source: Readable
  readonly target: Writable
  readonly groups: BoxGroups | null
  readonly gone: Promise<string>
  readonly resizeDisk?: (bytes: number, files: number) => Promise<void>
  readonly #child: ChildProcess
  readonly #bundle: string
  #complaint = ''

  constructor(options: OciVesselOptions) {
    const { stage, name, groups, joins, owner } = options
    this.groups = groups
    this.#bundle = stage.reach(`boxes/${name}`)
    for (const folder of ['', 'state']) {
      mkdirSync(join(this.#bundle, folder), { mode: 0o700 })
      chownSync(join(this.#bundle, folder), owner, owner)
    }
    writeFileSync(join(this.#bundle, 'config.json'), JSON.stringify(options.config))
    for (const [file, text] of Object.entries(options.files)) writeFileSync(join(this.#bundle, file), text)
    const bundle = `${stage.folder}/boxes/${name}`
    const shell = ['/bin/sh', '-euc', script(options.before), 'sh', bundle, String(joins.length), ...joins]
    const namespaces = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--']
    // Dies with us, however we die; and with it, its child and the namespace.
    const leash = ['setpriv', '--pdeathsig', 'KILL', '--']
    const [file = '', ...args] = [...leash, ...stage.prefix, ...namespaces, ...shell, ...options.command(bundle, name)]
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: commandPath }, cwd: '/' })
    const { stdin, stdout, stderr } = this.#child
    if (stdin === null || stdout === null || stderr === null) throw new Error('no streams')
    this.source = stdout
    this.target = stdin
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_BYTES)
    })
    this.gone = new Promise((resolve) => {
      const end = () => resolve(this.#complaint)
      this.#child.once('error', (error) => {
        this.#complaint += error.message
        end()
      })
      // Not "close": a reader of ours may hold the output back.
      this.#child.once('exit', end)
    })
    const { resizeDisk } = options
    if (resizeDisk !== undefined) this.resizeDisk = (bytes, files) => resizeDisk(this.#first(), bundle, bytes, files)
  }

  kill(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    try {
      this.groups?.liftCpu()
    } catch {
      // The group was never made, or is gone.
    }
    // Its parent, our child, waits until the last process of the namespace is dead, and only then ends.
    const first = this.#first()
    if (first > 0) {
      try {
        process.kill(first, 'SIGKILL')
        return
      } catch {
        // It has just ended.
      }
    }
    this.#child.kill('SIGKILL')
  }

  async remove(): Promise<void> {
    await this.groups?.remove()
    // User code never reached this folder: it is outside of its root.
    rmSync(this.#bundle, { recursive: true, force: true })
  }

  /** The namespace's first process, or 0. */
  #first(): number {
    const { pid } = this.#child
    try {
      return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')[0] ?? 0)
    } catch {
      return 0
    }
  }
}
