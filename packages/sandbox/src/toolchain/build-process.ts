/**
 * One supervised step of a build: a command in a process group of its own that ends with us, however we end. Its output
 * goes line by line to a listener.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const supervisor = fileURLToPath(new URL('supervise.sh', import.meta.url))

/** A step that prints nothing for so long is taken for dead. */
const silenceMs = 10 * 60_000

export type StepOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly exitCode: number | null; readonly silent: boolean }

export type StepCommand = {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly onLine: (line: string) => void
  readonly signal: AbortSignal
}

/** Resolves when every process of the step is gone. Rejects when it was aborted, or could not be started at all. */
export async function runStep({ argv, environment, onLine, signal }: StepCommand): Promise<StepOutcome> {
  signal.throwIfAborted()
  const child = spawn('/bin/sh', [supervisor, ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    env: { ...environment },
  })
  const killAll = (): void => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The whole group is gone already.
    }
  }
  child.stdin.on('error', () => {})
  let silent = false
  const silence = setTimeout(() => {
    silent = true
    killAll()
  }, silenceMs)
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      silence.refresh()
      onLine(line)
    })
  }
  signal.addEventListener('abort', killAll)
  try {
    child.once('exit', () => child.stdin.end()) // the watcher of the group may end too
    const [exitCode] = await once(child, 'close')
    signal.throwIfAborted()
    return exitCode === 0 ? { kind: 'done' } : { kind: 'failed', exitCode, silent }
  } finally {
    clearTimeout(silence)
    signal.removeEventListener('abort', killAll)
    killAll()
  }
}
