/** One running machine: its process, the port to its agent, and its end. */
import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { type MachineWalls, startMachine } from './machine-process.ts'
import { Orders } from './orders.ts'
import { descriptors, type MachineShape, qemuArguments, qemuProgram, type Start, stdioOf } from './qemu.ts'

const KEPT_WORDS = 2000

export class Machine {
  /** Bytes from and to the agent. */
  readonly port: Duplex
  /** Orders to QEMU itself. */
  readonly orders: Orders
  /** Settles, with its last words, when no process of it is left. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess

  constructor(shape: MachineShape, start: Start, walls: MachineWalls) {
    const argv = [qemuProgram, ...qemuArguments(shape, start)]
    this.#child = startMachine({ argv, stdio: stdioOf(shape, start), writesFiles: start.kind === 'template' }, walls)
    this.port = this.#stream(descriptors.port)
    this.port.on('error', () => {})
    this.orders = new Orders(this.#stream(descriptors.orders))
    let words = ''
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-KEPT_WORDS)
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message))
      this.#child.once('close', (code, signal) => resolve(words.trim() || (signal ?? `exit code ${code}`)))
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** At once, whatever the guest is doing: bubblewrap, and with it everything in its process namespace. */
  kill(): void {
    this.#child.kill('SIGKILL')
    this.port.destroy()
    this.orders.close()
  }

  #stream(index: number): Duplex {
    const streams: readonly unknown[] = this.#child.stdio
    return streams[index] as Duplex
  }
}
