/**
 * One long-lived worker process (inside/worker.py) and the folder it works in. It is used again and again:
 *
 *     starting ──ready──▶ idle ──run──▶ busy ──ready──▶ idle ──▶ …
 *         └─────────────────┴────────────┴────▶ dead
 *
 * `work` in its folder is the programs' own: nobody but their user ever opens or removes anything there. What the worker says
 * may be a program's words, so whatever it names is checked before it is used.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, fstatSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rmdir, unlink, writeFile } from 'node:fs/promises'
import { constants as system, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { z } from 'zod'
import { openPipe } from '../container/pipes.ts'
import { commandPath } from '../driver/commands.ts'
import type { Warmth } from '../sandbox.ts'

export const insideFolder = join(import.meta.dirname, 'inside')

export type WorkerOptions = {
  readonly warmth: Warmth
  readonly nodeBinary: string
  /** The user that programs run as; null: our own. */
  readonly user: number | null
}

const File = z.object({ path: z.string(), content: z.string(), executable: z.boolean() })
const Done = z.object({
  status: z.int().optional(),
  cpuUs: z.number().default(0),
  residentBytes: z.number().default(0),
  stop: z.literal('oom').optional(),
  fault: z.string().optional(),
  files: z.array(File).default([]),
  artefacts: z.object({ files: z.array(File), areAll: z.boolean() }).optional(),
})
const Descriptor = z.int().min(0).max(65_535)
const Message = z.union([
  z.strictObject({ ready: z.tuple([Descriptor, Descriptor, Descriptor]) }),
  z.strictObject({ started: z.int().positive() }),
  z.strictObject({ done: Done }),
])
export type Done = z.infer<typeof Done>
export type ReturnedFile = z.infer<typeof File>

export type Streams = { readonly input: number; readonly stdout: number; readonly stderr: number }

/** What a run hears of its worker. The words may be a program's own: only `gone` comes from the kernel. */
export type RunListener = {
  started(pid: number): void
  done(report: Done): void
  gone(status: number): void
}

const READY_MS = 20_000
/** Beyond what a run may bring back: the rest of its report. */
const LINE_BYTES = 1024 * 1024

export const baseEnvironment = (nodeBinary: string): Record<string, string> => ({
  PATH: `${dirname(nodeBinary)}:/usr/local/bin:/usr/bin:/bin`,
  ...{ LANG: 'C.UTF-8', USER: 'user', LOGNAME: 'user', SHELL: '/bin/sh' },
})

export class Worker {
  readonly warmth: Warmth
  readonly #options: WorkerOptions
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #control: Duplex
  /** Settles when the process has ended, and its folder is gone. */
  readonly ended: Promise<void>
  #ready: PromiseWithResolvers<void> = Promise.withResolvers()
  #listener: RunListener | null = null
  #ends: readonly [number, number, number] = [0, 0, 0]
  #lineBytes = LINE_BYTES
  #parts: Buffer[] = []
  #bytes = 0
  #complaint = ''

  static async start(options: WorkerOptions): Promise<Worker> {
    const folder = await makeFolder(options.user)
    const worker = new Worker(options, folder)
    const timer = setTimeout(() => worker.kill(), READY_MS)
    try {
      await worker.idle
      return worker
    } finally {
      clearTimeout(timer)
    }
  }

  private constructor(options: WorkerOptions, folder: string) {
    this.#options = options
    this.warmth = options.warmth
    this.#folder = folder
    const { user, nodeBinary } = options
    const node = [nodeBinary, '--experimental-transform-types', '--disable-warning=ExperimentalWarning']
    this.#child = spawn(
      'python3',
      ['-B', join(insideFolder, 'worker.py'), options.warmth, folder, ...node, join(insideFolder, 'node_worker.cjs')],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        env: { ...baseEnvironment(nodeBinary), HOME: '/', PYTHONPATH: join(insideFolder, '../../container/inside') },
        cwd: '/',
        // A group of its own, so that it can be killed with what it started.
        detached: true,
        ...(user === null ? {} : { uid: user, gid: user }),
      },
    )
    this.#control = this.#child.stdio[3] as Duplex
    this.#control.on('data', (bytes: Buffer) => this.#hear(bytes)).on('error', () => {})
    const complaints = this.#child.stderr as Readable
    complaints.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-4000)
    })
    this.#ready.promise.catch(() => {})
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: number) => {
        this.#ready.reject(new Error(`the worker ended: ${this.#complaint.trim() || `${code ?? signal}`}`))
        this.#listener?.gone(signal === 0 ? (code ?? 0) << 8 : signal)
        this.#listener = null
        this.#removeFolder().then(resolve, resolve)
      }
      this.#child.once('error', (error) => {
        this.#complaint += error.message
        end(127, 0)
      })
      this.#child.once('exit', (code, signal) => end(code, signal === null ? 0 : system.signals[signal]))
    })
  }

  /** Resolves when it can take a program; rejects when it has died. */
  get idle(): Promise<void> {
    return this.#ready.promise
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Only while idle. The streams are open descriptors that the caller must close. Throws when they are none of a pipe. */
  run(task: object, mostBytes: number, listener: RunListener): Streams {
    const [input, stdout, stderr] = this.#ends
    const streams = {
      input: this.#open(input, 'write'),
      stdout: this.#open(stdout, 'read'),
      stderr: this.#open(stderr, 'read'),
    }
    this.#listener = listener
    this.#lineBytes = LINE_BYTES + 2 * mostBytes
    this.#ready = Promise.withResolvers()
    this.#ready.promise.catch(() => {})
    this.#control.write(`${JSON.stringify({ ...task, base: baseEnvironment(this.#options.nodeBinary) })}\n`)
    return streams
  }

  /** Through the worker's own descriptor. A program could name another one there, of a file that we may write and it may not. */
  #open(end: number, direction: 'read' | 'write'): number {
    const fd = openPipe(this.pid, end, direction)
    if (fstatSync(fd).isFIFO()) return fd
    closeSync(fd)
    this.kill()
    throw new Error('the worker named something that is no pipe')
  }

  /** To the program's group. A Python program is the worker itself. */
  signal(number: number): void {
    if (!this.alive) return
    if (this.warmth === 'python') process.kill(-this.pid, number)
    else this.#control.write(`${JSON.stringify({ signal: number })}\n`)
  }

  kill(): void {
    try {
      if (this.alive) process.kill(-this.pid, 'SIGKILL')
    } catch {
      this.#child.kill('SIGKILL') // Not yet the leader of its group.
    }
  }

  #hear(bytes: Buffer): void {
    let from = 0
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
      this.#parts.push(bytes.subarray(from, at))
      const line = Buffer.concat(this.#parts).toString('utf8')
      this.#parts = []
      this.#bytes = 0
      from = at + 1
      this.#obey(line)
    }
    this.#parts.push(bytes.subarray(from))
    this.#bytes += bytes.length - from
    if (this.#bytes > this.#lineBytes) this.kill()
  }

  #obey(line: string): void {
    const message = parse(line)
    if (message === null) this.kill()
    else if ('ready' in message) {
      this.#ends = message.ready
      this.#ready.resolve()
    } else if ('started' in message) this.#listener?.started(message.started)
    else {
      const listener = this.#listener
      this.#listener = null
      listener?.done(message.done)
    }
  }

  /** What is in `work` by the programs' user, who can only be fooled into removing what is theirs anyway; the rest by us. */
  async #removeFolder(): Promise<void> {
    const { user } = this.#options
    const identity = user === null ? {} : { uid: user, gid: user }
    const options = { ...identity, cwd: this.#folder, env: { PATH: commandPath } }
    // It cannot remove `work` itself, and says so.
    const removal = 'chmod -R u+rwx work; rm -rf --one-file-system work'
    await promisify(execFile)('/bin/sh', ['-c', removal], options).catch(() => {})
    await unlink(join(this.#folder, 'package.json')).catch(() => {})
    for (const folder of [join(this.#folder, 'work'), this.#folder]) await rmdir(folder).catch(() => {})
  }
}

async function makeFolder(user: number | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-process-'))
  await mkdir(join(folder, 'work'), { mode: 0o700 })
  // Node looks for one in every folder above, and would find somebody else’s.
  await writeFile(join(folder, 'package.json'), '{}\n')
  if (user !== null) {
    await chown(join(folder, 'work'), user, user)
    await chmod(folder, 0o711)
  }
  return folder
}

function parse(line: string): z.infer<typeof Message> | null {
  try {
    return Message.parse(JSON.parse(line))
  } catch {
    return null
  }
}

/** CPU time of a process and of its children that have ended, and its memory now; null when it is not there. */
export function readUse(pid: number): { cpuMs: number; residentBytes: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0)
    return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, residentBytes: (fields[21] ?? 0) * PAGE_BYTES }
  } catch {
    return null
  }
}

/** The same on every Linux that Node runs on, but for the page of some arm64 kernels. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096
