/** The server's side of one zygote (see inside/zygote.py): starts it, asks it for boxes, ends it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Duplex, Readable } from 'node:stream'
import type { Log } from '@atelier/base/log'
import type { Cgroups } from '../cgroups/cgroups.ts'
import { commandPath } from '../driver/commands.ts'
import type { Root, Warmth } from '../sandbox.ts'
import { channels, zygoteCommand } from './bubblewrap.ts'
import { baseEnvironment, nodeEnvironment } from './environment.ts'
import { openPipe } from './pipes.ts'
import type { UserRange } from './users.ts'
import { assertNoHostRoot, writeUserMap } from './users.ts'

export type ZygoteOptions = {
  readonly log: Log
  readonly root: Root
  readonly nodeBinary: string
  readonly cgroups: Cgroups
  /** Null: everything has our own user id. */
  readonly users: UserRange | null
  readonly seccomp: Uint8Array
  readonly diskBytes: number
  readonly diskFiles: number
  readonly preload: readonly string[]
  /** The host's folder of the proxies' sockets; null: no box has a way out. */
  readonly egressFolder: string | null
}

/** Our ends of a new box's pipes: open file descriptors that the receiver must close. */
export type BoxEnds = { control: number; input: number; output: number; error: number; request: number; result: number }

export { baseEnvironment } from './environment.ts'

/** What a box hears from its zygote. */
export type BoxListener = {
  born(ends: BoxEnds, pid: number): void
  /** Nothing of it is alive. `fault`: it never came to be. */
  gone(fault: Error | null): void
}

const READY_MS = 20_000

export class Zygote {
  readonly #child: ChildProcess
  readonly #channel: Duplex
  readonly #boxes = new Map<string, BoxListener>()
  readonly #sizing = new Map<string, (fault: Error | null) => void>()
  readonly #options: ZygoteOptions
  readonly ready: Promise<void>
  /** Settles when the process has ended, whoever ended it. */
  readonly ended: Promise<void>
  #pid = 0
  #buffer = ''
  #complaint = ''
  #onReady: () => void = () => {}

  constructor(options: ZygoteOptions) {
    this.#options = options
    const command = zygoteCommand({
      root: options.root,
      nodeBinary: options.nodeBinary,
      plan: options.cgroups.plan,
      egressFolder: options.egressFolder,
      user: options.users?.first ?? null,
      // What the loader has resolved in the zygote, no fork need resolve again.
      environment: { ...baseEnvironment, LD_BIND_NOW: '1' },
    })
    this.#child = spawn(command.file, command.args, {
      // Input and output of the zygote are never used, but must be as little seekable as a program's pipes: Python remembers.
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { PATH: commandPath },
      cwd: '/',
    })
    this.#channel = this.#stdio(channels.zygote) as Duplex
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-4000)
    })
    this.#channel.setEncoding('utf8')
    this.#channel.on('data', (text: string) => this.#hear(text))
    this.#channel.on('error', () => {})
    this.ended = new Promise((resolve) => {
      const end = (error?: Error) => {
        if (error instanceof Error) this.#complaint += error.message
        this.#onEnd()
        resolve()
      }
      this.#child.once('error', end)
      this.#child.once('close', (code, signal) => {
        this.#complaint ||= `${signal ?? `exit code ${code}`}`
        end()
      })
    })
    this.ready = this.#start()
    this.ready.catch(() => this.kill())
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined
  }

  /** Its process id as the host sees it. */
  get pid(): number {
    return this.#pid
  }

  open(name: string, slot: number, warmth: Warmth, listener: BoxListener): void {
    this.#boxes.set(name, listener)
    this.#say(`open ${name} ${slot} ${warmth}`)
  }

  killBox(name: string): void {
    if (this.#boxes.has(name)) this.#say(`kill ${name}`)
  }

  /** Resizes the writable folders of a box that has not started. */
  resize(name: string, bytes: number, files: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#boxes.has(name)) return reject(new Error('the box is gone'))
      this.#sizing.set(name, (fault) => (fault === null ? resolve() : reject(fault)))
      this.#say(`disk ${name} ${bytes} ${files}`)
    })
  }

  /** Opens the way from a box that has not started to the socket with that name in `egressFolder`. */
  route(name: string, socket: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#boxes.has(name)) return reject(new Error('the box is gone'))
      this.#sizing.set(name, (fault) => (fault === null ? resolve() : reject(fault)))
      this.#say(`egress ${name} ${socket}`)
    })
  }

  /** Ends it and with it every box it made. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #start(): Promise<void> {
    const timer = setTimeout(() => this.kill(), READY_MS)
    try {
      const died = this.ended.then(() => {
        throw new Error(`the zygote did not start: ${this.#complaint.trim()}`)
      })
      died.catch(() => {})
      const { users, cgroups } = this.#options
      this.#pid = await Promise.race([readPid(this.#stdio(channels.facts) as Readable), died])
      if (users !== null) writeUserMap(this.#pid, users)
      ;(this.#stdio(channels.mapped) as Duplex).end()
      const isReady = new Promise<void>((resolve) => {
        this.#onReady = resolve
      })
      this.#say(JSON.stringify(this.#configuration()))
      await Promise.race([isReady, died])
      assertNoHostRoot(readFileSync(`/proc/${this.#pid}/uid_map`, 'latin1'), users)
      cgroups.adopt(this.#pid)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Node's types know five descriptors; the command has six. */
  #stdio(index: number): unknown {
    const streams: readonly unknown[] = this.#child.stdio
    return streams[index]
  }

  #configuration(): object {
    const { cgroups, users, seccomp, diskBytes, diskFiles, preload } = this.#options
    const { folders, limits, joins } = cgroups.plan
    return {
      cgroups: { folders, limits, joins },
      slots: users === null ? 0 : users.count - 1,
      seccomp: Buffer.from(seccomp).toString('base64'),
      diskBytes,
      diskFiles,
      preload,
      environment: baseEnvironment,
      node: '/atelier/bin/node',
      nodeEnvironment,
    }
  }

  #say(line: string): void {
    this.#channel.write(`${line}\n`)
  }

  #hear(text: string): void {
    const lines = (this.#buffer + text).split('\n')
    this.#buffer = lines.pop() ?? ''
    for (const line of lines) this.#obey(line.split(' '))
  }

  #obey([verb, name = '', ...rest]: string[]): void {
    if (verb === 'ready') this.#onReady()
    else if (verb === 'box') this.#born(name, rest.map(Number))
    else if (verb === 'sized' || verb === 'routed') this.#sized(name, null)
    else if (verb === 'gone') this.#gone(name, null)
    else if (verb === 'fault') {
      const fault = new Error(rest.join(' '))
      if (!this.#sized(name, fault)) this.#gone(name, fault)
    }
  }

  #born(name: string, [pid = 0, control = 0, input = 0, output = 0, error = 0, request = 0, result = 0]: number[]): void {
    const listener = this.#boxes.get(name)
    if (listener === undefined) {
      this.#say(`taken ${name}`)
      return
    }
    const open = (fd: number, direction: 'read' | 'write') => openPipe(this.#pid, fd, direction)
    const ends: BoxEnds = {
      control: open(control, 'write'),
      input: open(input, 'write'),
      output: open(output, 'read'),
      error: open(error, 'read'),
      request: open(request, 'write'),
      result: open(result, 'read'),
    }
    this.#say(`taken ${name}`)
    listener.born(ends, pid)
  }

  #sized(name: string, fault: Error | null): boolean {
    const settle = this.#sizing.get(name)
    this.#sizing.delete(name)
    settle?.(fault)
    return settle !== undefined
  }

  #gone(name: string, fault: Error | null): void {
    this.#sized(name, fault ?? new Error('the box is gone'))
    const listener = this.#boxes.get(name)
    this.#boxes.delete(name)
    listener?.gone(fault)
  }

  #onEnd(): void {
    const fault = new Error(`the zygote ended: ${this.#complaint.trim()}`)
    for (const name of [...this.#boxes.keys()]) this.#gone(name, fault)
  }
}

/** bubblewrap writes one JSON object, in pieces: closing the pipe after the first would end it by SIGPIPE. */
function readPid(facts: Readable): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ''
    facts.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const match = /"child-pid":\s*(\d+)[\s\S]*\}/.exec(text)
      if (match !== null) resolve(Number(match[1]))
    })
    facts.once('close', () => reject(new Error('bubblewrap did not tell its process')))
  })
}
