/** Runs one program in a fresh sandbox, for tests: everything it wrote and how it ended. */
import type {
  ArtefactBounds,
  Program,
  Running,
  Sandbox,
  SandboxDriver,
  SandboxEnd,
  SandboxLimits,
  SandboxSpec,
  TerminalSize,
} from '../sandbox.ts'

export type ProgramText = {
  readonly argv: readonly string[]
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly environment?: Readonly<Record<string, string>>
  /** Sent at once, followed by the end of input. Without it, input just ends. */
  readonly stdin?: string | Uint8Array
  readonly limits?: Partial<SandboxLimits>
  readonly collect?: readonly string[]
  readonly collectBytes?: number
  readonly terminal?: TerminalSize
  readonly artefacts?: ArtefactBounds
}

export type Ran = SandboxEnd & { readonly stdout: string; readonly stderr: string; readonly stdoutBytes: Buffer }

/** Small and quick to reach, so that tests of limits are short. */
export const contractLimits: SandboxLimits = {
  cpuMs: 10_000,
  wallMs: 20_000,
  memoryBytes: 256 * 1024 * 1024,
  processes: 64,
  diskBytes: 32 * 1024 * 1024,
  diskFiles: 2_000,
  outputBytes: 1024 * 1024,
}

export function programOf(text: ProgramText): Program {
  return {
    argv: text.argv,
    environment: text.environment ?? {},
    files: Object.entries(text.files ?? {}).map(([path, content]) => ({ path, content: Buffer.from(content) })),
    limits: { ...contractLimits, ...text.limits },
    ...(text.collect === undefined ? {} : { collect: text.collect }),
    ...(text.collectBytes === undefined ? {} : { collectBytes: text.collectBytes }),
    ...(text.terminal === undefined ? {} : { terminal: text.terminal }),
    ...(text.artefacts === undefined ? {} : { artefacts: text.artefacts }),
  }
}

/** Starts in an opened sandbox; `meanwhile` may talk to the running program and gets told of every output so far. */
export async function startIn(
  sandbox: Sandbox,
  text: ProgramText,
  meanwhile?: (running: Running, output: Output) => void | Promise<void>,
): Promise<Ran> {
  const output = new Output()
  const running = sandbox.start(programOf(text), (stream, bytes) => output.push(stream, bytes))
  if (text.stdin !== undefined) void running.write(Buffer.from(text.stdin))
  if (meanwhile === undefined) running.endInput()
  const talking = meanwhile?.(running, output)
  const end = await running.ended
  output.close()
  await talking
  return { ...end, stdout: output.text('stdout'), stderr: output.text('stderr'), stdoutBytes: Buffer.concat(output.parts.stdout) }
}

export async function runProgram(
  driver: SandboxDriver,
  spec: SandboxSpec,
  text: ProgramText,
  meanwhile?: (running: Running, output: Output) => void | Promise<void>,
): Promise<Ran> {
  const sandbox = await driver.open(spec)
  try {
    return await startIn(sandbox, text, meanwhile)
  } finally {
    await sandbox.destroy()
  }
}

/** What can be compared between two runs: without addresses, ids of threads and of users, and durations. */
export function behaviour({ stdout, stderr, exitCode, signal, reason }: Ran): object {
  const plain = (text: string) =>
    text
      .replaceAll(/0x[0-9a-f]+/g, '0x…')
      .replaceAll(/^ *\d+: 0x….*$/gm, 'native frame')
      .replaceAll(/\b\d{10,}\b/g, '…')
      .replaceAll(/\d\.\d{3}s/g, '…s')
  return { stdout: plain(stdout), stderr: plain(stderr), exitCode, signal, reason }
}

export class Output {
  readonly parts: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] }
  #closed = false
  #watchers: (() => void)[] = []

  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.parts[stream].push(Buffer.from(bytes))
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  text(stream: 'stdout' | 'stderr'): string {
    return Buffer.concat(this.parts[stream]).toString()
  }

  /** Resolves when stdout contains `text`; rejects when the program ends without. */
  async until(text: string): Promise<void> {
    while (!this.text('stdout').includes(text)) {
      if (this.#closed)
        throw new Error(`the program ended without ${JSON.stringify(text)}: ${this.text('stdout')}${this.text('stderr')}`)
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  #wake(): void {
    for (const watcher of this.#watchers.splice(0)) watcher()
  }
}
