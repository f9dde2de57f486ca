/** What a command may use of the process it runs in; tests give others. */
import type { Readable, Writable } from 'node:stream'

export type Surroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where relative paths start. */
  readonly folder: string
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
  readonly stderr: Writable
}

export const say = (surroundings: Surroundings, sentence: string): void => {
  surroundings.stderr.write(`atelier: ${sentence}\n`)
}
