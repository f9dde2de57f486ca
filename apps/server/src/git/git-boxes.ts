/**
 * Runs git, always in a box of its own: repositories are programs of strangers (hooks, filters, deltas that never end), and so is whatever
 * another server sends. What comes out of a box is read as if its program had been the attacker's.
 */
import { readFile } from 'node:fs/promises'
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { fileLimits } from '@atelier/protocol/files'
import { gitLimits } from '@atelier/protocol/git'
import type { OpenEgress } from '@atelier/sandbox/egress/egress'
import type { Root, Sandbox, SandboxEnd, SandboxFile, SandboxLimits, SandboxSpec } from '@atelier/sandbox/sandbox'
import type { z } from 'zod'
import { refusalOf } from './refusals.ts'
import { Failure } from './results.ts'

/** Where git can run now, or why it cannot. */
export type GitPlace =
  | { readonly usable: true; readonly root: Root; lease(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> }
  | { readonly usable: false; readonly reason: string; readonly remedy: string }

export type GitBoxOptions = {
  readonly place: () => GitPlace
  /** The way to other git servers; null where none is named. */
  readonly openEgress: ((purpose: string, host: string) => Promise<OpenEgress>) | null
  /** Of this machine: what one box may have at most. */
  readonly mostMemoryBytes: number
  readonly mostDiskBytes: number
  readonly log: Log
  /** For tests: whom git believes beside the usual authorities, as PEM. */
  readonly authorities?: string
}

export type Pack = { readonly pack: Buffer; readonly index: Buffer }

export type Secret = { readonly username: string; readonly token: string }

export type BoxWork = {
  /** Who waits for it. */
  readonly user: string
  readonly work: string
  readonly refs: Readonly<Record<string, string>>
  readonly head: string
  readonly packs: readonly Pack[]
  /** What the work itself asks for; see inside/work.py. */
  readonly request?: object
  readonly files?: readonly { readonly path: string; readonly content: Uint8Array }[]
  readonly upload?: Uint8Array
  readonly secret?: Secret | null
  /** The one host that it may reach. */
  readonly host?: string
  readonly onStep?: (step: string) => void
}

export type BoxOutcome<Result> = {
  readonly result: Result
  readonly files: Buffer
  readonly pack: Pack | null
  readonly bundle: Buffer | null
}

const megabytes = (count: number): number => count * 1024 * 1024
const scripts = ['work.py', 'program.py', 'repository.py', 'trees.py'] as const
const atOnce = 2
const queueLength = 32
/** Of one person, running and waiting: others have room beside them. */
const ofOneUser = 6
const waitMs = 30_000
const localMs = 60_000
const remoteMs = 150_000
/** Above it, all packs become one at the next commit. */
export const packsMost = 20

export class GitBoxes {
  readonly #options: GitBoxOptions
  readonly #closing = new AbortController()
  readonly #waiting: (() => void)[] = []
  readonly #running = new Set<Promise<unknown>>()
  readonly #users = new Map<string, number>()
  #scripts: Promise<Buffer[]> | null = null
  #free = atOnce

  constructor(options: GitBoxOptions) {
    this.#options = options
  }

  get reachesServers(): boolean {
    return this.#options.openEgress !== null
  }

  /** @throws Refusal for all that can go wrong with git, with the servers it talks to, and with the limits. */
  async run<Shape extends z.ZodType>(work: BoxWork, shape: Shape): Promise<BoxOutcome<z.infer<Shape>>> {
    const mine = this.#users.get(work.user) ?? 0
    if (mine >= ofOneUser) throw tooManyWait()
    this.#users.set(work.user, mine + 1)
    try {
      await this.#enter()
      const running = this.#run(work, shape)
      this.#running.add(running)
      try {
        return await running
      } finally {
        this.#running.delete(running)
        this.#leave()
      }
    } finally {
      const left = (this.#users.get(work.user) ?? 1) - 1
      if (left === 0) this.#users.delete(work.user)
      else this.#users.set(work.user, left)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Refusal('shutting-down', 'The server is shutting down. Try again in a moment.'))
    await Promise.allSettled(this.#running)
  }

  async #run<Shape extends z.ZodType>(work: BoxWork, shape: Shape): Promise<BoxOutcome<z.infer<Shape>>> {
    const place = this.#options.place()
    if (!place.usable) throw notHere(place)
    const { signal } = this.#closing
    signal.throwIfAborted()
    const program = await this.#programOf(work)
    await using undo = new AsyncDisposableStack()
    const egress = work.host === undefined ? null : await this.#wayTo(work.host)
    if (egress !== null) undo.defer(() => egress.close())
    const sandbox = await place.lease({ root: place.root, warmth: 'exec' }, signal)
    undo.defer(() => sandbox.destroy())
    const steps = new Steps(work.onStep)
    const running = sandbox.start({ ...program, ...(egress === null ? {} : { egress }) }, (stream, bytes) => {
      if (stream === 'stderr') steps.read(bytes)
    })
    const stop = (): void => running.kill()
    signal.addEventListener('abort', stop, { once: true })
    undo.defer(() => signal.removeEventListener('abort', stop))
    // The secret goes past the files and the command line, to one program that is then no more.
    void running.write(Buffer.from(`${work.secret == null ? '' : JSON.stringify(work.secret)}\n`))
    running.endInput()
    return this.#outcomeOf(work, await running.ended, shape, steps.last)
  }

  async #programOf({ work, refs, head, packs, request = {}, files = [], upload, host }: BoxWork) {
    this.#scripts ??= Promise.all(scripts.map((name) => readFile(new URL(`inside/${name}`, import.meta.url))))
    const programs = await this.#scripts
    const asked = {
      ...{ work, refs, head, files: files.map(({ path }) => path), ...request },
      ...{ fileBytes: fileLimits.fileBytes, filesMost: fileLimits.filesPerProject, filesBytes: gitLimits.filesBytes },
      ...{ refsMost: gitLimits.refs, changesMost: gitLimits.changesListed, messageMost: gitLimits.messageLength },
      ...{ contentMost: gitLimits.contentBytes, patchMost: gitLimits.patchBytes, packsMost },
      repositoryMost: gitLimits.repositoryBytes,
    }
    const { authorities } = this.#options
    const placed: SandboxFile[] = [
      ...programs.map((content, number) => ({ path: `/tmp/git/${scripts[number]}`, content })),
      { path: '/tmp/request.json', content: Buffer.from(JSON.stringify(asked)) },
      ...packs.flatMap(({ pack, index }, number) => [
        { path: `repository/pack-${number}.pack`, content: pack },
        { path: `repository/pack-${number}.idx`, content: index },
      ]),
      ...files.map(({ content }, number) => ({ path: `/tmp/in/${number}`, content })),
      ...(upload === undefined ? [] : [{ path: '/tmp/upload', content: upload }]),
      ...(authorities === undefined ? [] : [{ path: '/tmp/authorities.pem', content: Buffer.from(authorities) }]),
    ]
    return {
      ...{
        argv: ['python3', '-I', '/tmp/git/work.py'],
        environment: {},
        files: placed,
        limits: this.#limits(host !== undefined),
      },
      ...{ collect: ['result.json', 'files', 'pack', 'index', 'bundle'], collectBytes: gitLimits.repositoryBytes },
    }
  }

  #limits(isRemote: boolean): SandboxLimits {
    const { mostMemoryBytes, mostDiskBytes } = this.#options
    return {
      ...{ cpuMs: localMs, wallMs: isRemote ? remoteMs : localMs, processes: 64, diskFiles: 60_000, outputBytes: megabytes(4) },
      ...{ memoryBytes: Math.min(megabytes(1024), mostMemoryBytes), diskBytes: Math.min(megabytes(512), mostDiskBytes) },
    }
  }

  #wayTo(host: string): Promise<OpenEgress> {
    const { openEgress } = this.#options
    if (openEgress === null) throw new Error('a box was to reach a host where none may be')
    return openEgress('git', host)
  }

  #outcomeOf<Shape extends z.ZodType>(work: BoxWork, end: SandboxEnd, shape: Shape, said: string): BoxOutcome<z.infer<Shape>> {
    // Views, not copies: it may be a hundred megabytes.
    const out = new Map(
      end.collected.map(({ path, content }) => [path, Buffer.from(content.buffer, content.byteOffset, content.byteLength)]),
    )
    const json = out.get('result.json')
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason
    if (end.reason !== 'exited' || end.exitCode !== 0 || json === undefined) {
      this.#options.log.warn('git was ended', {
        work: work.work,
        reason: end.reason,
        exitCode: end.exitCode,
        fault: end.fault,
        said,
      })
      throw refusalOf({ error: end.reason === 'exited' ? 'broken' : end.reason, said })
    }
    const parsed: unknown = parseJson(json)
    const failure = Failure.safeParse(parsed)
    if (failure.success) throw refusalOf(failure.data)
    const result = shape.safeParse(parsed)
    if (!result.success) {
      this.#options.log.warn('git answered nonsense', { work: work.work, error: result.error })
      throw refusalOf({ error: 'broken', said: '' })
    }
    const [pack, index] = [out.get('pack'), out.get('index')]
    return {
      result: result.data,
      files: out.get('files') ?? Buffer.alloc(0),
      pack: pack === undefined || index === undefined ? null : { pack, index },
      bundle: out.get('bundle') ?? null,
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    if (this.#waiting.length >= queueLength) throw tooManyWait()
    const turn = Promise.withResolvers<void>()
    this.#waiting.push(turn.resolve)
    const timer = setTimeout(() => {
      const at = this.#waiting.indexOf(turn.resolve)
      if (at < 0) return
      this.#waiting.splice(at, 1)
      turn.reject(tooManyWait())
    }, waitMs)
    try {
      await turn.promise
    } finally {
      clearTimeout(timer)
    }
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

/** The last line of what git tells of its progress, a few times a second at most. */
class Steps {
  readonly #tell: ((step: string) => void) | undefined
  #rest = ''
  last = ''

  constructor(tell: ((step: string) => void) | undefined) {
    this.#tell = tell
  }

  read(bytes: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(bytes).toString('utf8')).split(/[\r\n]+/)
    this.#rest = (lines.pop() ?? '').slice(-1000)
    const line = lines.findLast((each) => each.trim() !== '')
    if (line === undefined) return
    this.last = line
      .replace(/\p{Cc}/gu, ' ')
      .trim()
      .slice(0, 200)
    this.#tell?.(this.last)
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}

const tooManyWait = (): Refusal =>
  new Refusal('git-busy', 'Git is busy on this server. Nothing was changed; try again in a moment.', {
    retryAfterSeconds: 10,
  })

const notHere = ({ reason, remedy }: { reason: string; remedy: string }): Refusal =>
  new Refusal('git-unavailable', `Git cannot be used on this server now: ${reason}. ${remedy}`)
