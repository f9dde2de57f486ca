/**
 * `--terminal`: our terminal is lent to the program. Keys go there as they are typed, Ctrl-C among them; the program's screen comes
 * here as it is; a new size is told. Ctrl-] is kept for us: it stops the program.
 */
import type { TerminalSize } from '@atelier/protocol/executions'
import { exitCodes, Failure } from '../failure.ts'
import type { Surroundings } from '../surroundings.ts'

const escapeKey = 0x1d // Ctrl-]
const most = 1000

export class LocalTerminal {
  readonly #surroundings: Surroundings

  /** Throws a Failure where input or output is no terminal. */
  constructor(surroundings: Surroundings) {
    const { stdin, stdout } = surroundings
    if (!stdin.isTTY || !stdout.isTTY)
      throw new Failure(
        '--terminal needs a terminal: neither input nor output may be redirected. Leave it out, or run it by hand.',
        {
          exitCode: exitCodes.usage,
        },
      )
    this.#surroundings = surroundings
  }

  get size(): TerminalSize {
    const { columns = 80, rows = 24 } = this.#surroundings.stdout
    return { columns: clamped(columns), rows: clamped(rows) }
  }

  /** Lends the terminal; returns the function that takes it back. */
  lend(onResize: (size: TerminalSize) => void): () => void {
    const { stdin, stdout } = this.#surroundings
    const resized = (): void => onResize(this.size)
    stdin.setRawMode?.(true)
    stdout.on('resize', resized)
    return () => {
      stdin.setRawMode?.(false)
      stdout.off('resize', resized)
    }
  }

  /** What is typed, up to the first Ctrl-]; that one calls `onEscape`. */
  async *keys(onEscape: () => void): AsyncGenerator<Uint8Array> {
    for await (const typed of this.#surroundings.stdin) {
      const bytes = Buffer.from(typed)
      const at = bytes.indexOf(escapeKey)
      if (at !== 0) yield at < 0 ? bytes : bytes.subarray(0, at)
      if (at >= 0) onEscape()
    }
  }
}

const clamped = (cells: number): number => Math.min(most, Math.max(1, Math.trunc(cells)))
