/** The memory of a template, as an open file without a name (see memory-file.py). */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

export class MemoryFile {
  readonly fd: number
  readonly #maker: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  private constructor(fd: number, maker: ChildProcessByStdio<Writable, Readable, null>, lines: AsyncIterator<string>) {
    this.fd = fd
    this.#maker = maker
    this.#lines = lines
  }

  static async create(sizeBytes: number): Promise<MemoryFile> {
    const maker = spawn('/usr/bin/python3', ['-I', '-B', join(import.meta.dirname, 'memory-file.py'), String(sizeBytes)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {},
      cwd: '/',
    })
    maker.stdin.on('error', () => {})
    const failed = new Promise<never>((_, reject) => maker.once('error', reject))
    failed.catch(() => {})
    const lines = createInterface({ input: maker.stdout })[Symbol.asyncIterator]()
    const line = await Promise.race([lines.next(), failed])
    if (line.done === true) throw new Error('the file for the guest’s memory could not be made')
    return new MemoryFile(openSync(line.value, 'r+'), maker, lines)
  }

  /** From now on nobody can write to it. Only when no machine maps it for writing any more. */
  async seal(): Promise<void> {
    this.#maker.stdin.write('seal\n')
    const line = await this.#lines.next()
    if (line.value !== 'sealed') throw new Error('the template’s memory could not be sealed')
    await this.#endMaker()
  }

  async close(): Promise<void> {
    closeSync(this.fd)
    await this.#endMaker()
  }

  async #endMaker(): Promise<void> {
    if (this.#maker.exitCode !== null || this.#maker.signalCode !== null) return
    const ended = once(this.#maker, 'exit')
    this.#maker.stdin.end()
    await ended
  }
}
