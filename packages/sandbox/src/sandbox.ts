/**
 * The Sandbox port: a box that runs one user's program once and is then destroyed.
 *
 * A driver opens a sandbox *before* anybody asks (it is then "warm": an interpreter may be loaded, but it has seen no
 * byte of any user). `start` hands it files and a command, once. When the program's main process has exited, or a limit
 * was reached, everything in the box is dead, `ended` settles, and the box is gone.
 */

/** How strong the wall is, weakest first. */
export const isolations = ['process', 'container', 'gvisor', 'microvm'] as const
export type Isolation = (typeof isolations)[number]

/** What every process in one sandbox may use together. Set before the first instruction of user code. */
export type SandboxLimits = {
  /** CPU time of all processes together, milliseconds. */
  readonly cpuMs: number
  /** Time on the wall, measured outside the box, milliseconds. */
  readonly wallMs: number
  /** Resident memory of all processes and of the files they write (the box's disk is memory), bytes. */
  readonly memoryBytes: number
  /** Processes and threads alive at once. */
  readonly processes: number
  /** Size of the writable folders, bytes. */
  readonly diskBytes: number
  /** Files and folders that may exist in the writable folders. */
  readonly diskFiles: number
  /** Bytes that stdout and stderr may carry together before the program is ended. */
  readonly outputBytes: number
}

/** What stands ready in a warm sandbox. `python` and `node` have their interpreter loaded; `exec` starts any program. */
export type Warmth = 'python' | 'node' | 'exec'

/** Which filesystem the program sees: the host's own /usr, or the toolchain image. Always read-only. */
export type Root = { readonly kind: 'host' } | { readonly kind: 'image'; readonly folder: string }

export type SandboxSpec = { readonly root: Root; readonly warmth: Warmth }

/** A file placed in /project (or, when absolute, under /tmp) before the program starts. `path` was validated by the caller and is checked again inside. */
export type SandboxFile = { readonly path: string; readonly content: Uint8Array; readonly executable?: boolean }

export type Program = {
  /**
   * For `exec`: the whole command, argv[0] found through PATH or absolute. For `python` and `node`: the script
   * (relative to /project) followed by its arguments, run exactly as `python3 script args` or `node script args` would.
   */
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly files: readonly SandboxFile[]
  readonly limits: SandboxLimits
  /** Paths in the box whose contents are wanted after the program ended well (exit 0), each at most `collectBytes`. */
  readonly collect?: readonly string[]
  readonly collectBytes?: number
  /** A terminal of that size instead of pipes: stdout and stderr are then one stream, `stdout`. */
  readonly terminal?: TerminalSize
  /** How much of what the program created or changed below /project is wanted; nothing is when a limit or `kill` ended the box. */
  readonly artefacts?: ArtefactBounds
  /** Without it, the box has a loopback interface and nothing else. */
  readonly egress?: Egress
}

export type TerminalSize = { readonly columns: number; readonly rows: number }

export type ArtefactBounds = { readonly files: number; readonly bytes: number }

/** The one way out of a box: an HTTP proxy. `proxySocket` is the host's unix socket on which it listens for this execution alone. */
export type Egress = { readonly proxySocket: string }

/** Where a program with egress finds its proxy, whatever the driver. */
export const proxyAddress = '127.0.0.1:3128'

export type OutputStream = 'stdout' | 'stderr'

/** The signals a user may send to a running program. */
export const signals = ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGSTOP', 'SIGCONT'] as const
export type Signal = (typeof signals)[number]

/**
 * Why a program ended. `exited` and `signalled` are the program's own doing; `wall`, `cpu`, `oom`, `output`, `disk` and
 * `processes` name the limit that was reached; `killed` is our caller's `kill`; `infrastructure` is our fault, never
 * the program's.
 */
export type EndReason =
  | 'exited'
  | 'signalled'
  | 'wall'
  | 'cpu'
  | 'oom'
  | 'output'
  | 'disk'
  | 'processes'
  | 'killed'
  | 'infrastructure'

export type SandboxEnd = {
  readonly reason: EndReason
  /** The main process's exit code, or null when a signal ended it. */
  readonly exitCode: number | null
  /** The name of the signal that ended the main process ("SIGSEGV"), or null. */
  readonly signal: string | null
  /** User + system time of every process of the box, milliseconds. */
  readonly cpuMs: number
  readonly wallMs: number
  /** Highest memory use of the box, bytes; where there is no cgroup, the largest resident set of one process. */
  readonly peakBytes: number
  readonly outputBytes: number
  /** For `infrastructure`: what went wrong, for the log. */
  readonly fault?: string
  /** The files asked for by `collect` that existed and were within `collectBytes`. */
  readonly collected: readonly SandboxFile[]
  /** Regular files below /project that the program created or changed, as far as `artefacts` reaches. */
  readonly artefacts?: { readonly files: readonly SandboxFile[]; readonly areAll: boolean }
}

export type OutputListener = (stream: OutputStream, bytes: Uint8Array) => void

/** A program running in its sandbox. */
export interface Running {
  /** Writes to the program's stdin. Resolves when the pipe took it; dropped silently once the program ended or closed its input. */
  write(bytes: Uint8Array): Promise<void>
  endInput(): void
  /** Sends a signal to the program's process group, as a terminal would. */
  signal(name: Signal): void
  /** Gives the terminal another size; nothing without one. */
  resize(size: TerminalSize): void
  /** Ends everything in the box now; `ended` then says `killed`. */
  kill(): void
  /** Stops reading the program's output (it will block on its next write); `resume` goes on. For back-pressure. */
  pause(): void
  resume(): void
  /** Settles once, never rejects: everything in the box is dead and all output was delivered. */
  readonly ended: Promise<SandboxEnd>
}

export interface Sandbox {
  readonly isolation: Isolation
  /** Host folders, cgroups and pids it holds, for tests and the leak check. */
  readonly id: string
  /** Settles when the box dies without having been started (a warm box that broke); never otherwise. */
  readonly died: Promise<void>
  /** Once. Output is delivered to `onOutput` from the first byte on: nothing is buffered before it. */
  start(program: Program, onOutput: OutputListener): Running
  /** Ends and removes everything; safe to call at any time, more than once. */
  destroy(): Promise<void>
}

/** One fact about this machine that matters to a driver. */
export type Finding = {
  readonly name: string
  readonly ok: boolean
  /** One sentence: what was found. */
  readonly detail: string
  /** What the person who hosts can do about it; empty when there is nothing to do. */
  readonly remedy: string
}

export type Probe = {
  /** False: this driver cannot run here; the findings say why. */
  readonly usable: boolean
  /** One sentence for the start box and the page: what is in force. */
  readonly summary: string
  readonly findings: readonly Finding[]
}

export interface SandboxDriver {
  readonly isolation: Isolation
  /** Which of several ways to make its boxes the driver has chosen, where they differ as seen from inside. */
  readonly flavour?: string | undefined
  probe(): Promise<Probe>
  /** Opens one warm sandbox. Rejects when the box could not be made; nothing is then left over. */
  open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox>
  /** Destroys every sandbox of this driver and its helpers. */
  close(): Promise<void>
}
