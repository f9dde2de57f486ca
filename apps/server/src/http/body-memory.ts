/**
 * The memory for large bodies that are read whole: a bounded number of blocks, used again and again. (Fresh buffers for each
 * body left 200 MB of garbage and fragments behind a flood, long after the bodies were refused.)
 *
 * What a body holds counts until its request is answered: what was made of the bytes lives as long.
 */
import { Gauge } from 'prom-client'
import { registry } from '../observe/metrics.ts'

export const blockBytes = 256 * 1024
/** A body that is not larger takes no block and does not count: the number of connections bounds those well enough. */
const smallBytes = 64 * 1024
/** All bodies together, bytes. JSON of that size costs up to three times as much while it is parsed. */
const usualTotalBytes = 32 * 1024 * 1024

const held = new Gauge({ name: 'atelier_request_body_bytes', help: 'Large request bodies in memory', registers: [registry] })

export class BodyMemory {
  readonly #totalBytes: number
  readonly #free: Buffer[] = []
  #usedBytes = 0

  constructor(totalBytes = usualTotalBytes) {
    this.#totalBytes = totalBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  hasRoom(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.#totalBytes
  }

  /** A block to write into, or null when there is no room for one more. */
  takeBlock(): Buffer | null {
    if (!this.hasRoom(blockBytes)) return null
    this.#count(blockBytes)
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
  }

  /** The blocks may be written by others now; they count until `giveBack`. */
  reuse(blocks: readonly Buffer[]): void {
    this.#free.push(...blocks)
  }

  giveBack(bytes: number): void {
    this.#count(-bytes)
  }

  #count(bytes: number): void {
    this.#usedBytes += bytes
    held.set(this.#usedBytes)
  }
}

/** The bytes of one body as they arrive. */
export class Body {
  readonly #memory: BodyMemory
  #blocks: Buffer[] = []
  #heldBytes = 0
  #length = 0
  #small: Buffer[] = []

  constructor(memory: BodyMemory) {
    this.#memory = memory
  }

  /** Whether there is room for so many bytes; nothing is taken for bytes that were only announced. */
  wouldFit(bytes: number): boolean {
    return bytes <= smallBytes || this.#memory.hasRoom(bytes)
  }

  /** False when there is no room. */
  add(chunk: Buffer): boolean {
    if (this.#blocks.length === 0 && this.#length + chunk.length <= smallBytes) {
      this.#small.push(chunk)
      this.#length += chunk.length
      return true
    }
    const small = this.#small
    this.#small = []
    for (const each of small) this.#length -= each.length
    return [...small, chunk].every((each) => this.#write(each))
  }

  #write(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length; ) {
      const inBlock = this.#length % blockBytes
      if (inBlock === 0 && !this.#addBlock()) return false
      const copied = chunk.copy(this.#blocks.at(-1) ?? chunk, inBlock, at)
      at += copied
      this.#length += copied
    }
    return true
  }

  #addBlock(): boolean {
    const block = this.#memory.takeBlock()
    if (block === null) return false
    this.#blocks.push(block)
    this.#heldBytes += blockBytes
    return true
  }

  /** All bytes, in a buffer of their own; the blocks are free for others. */
  finish(): Buffer {
    const bytes = Buffer.concat(this.#blocks.length === 0 ? this.#small : this.#blocks, this.#length)
    this.#letGo()
    return bytes
  }

  /** Nothing counts any more. Safe to call more than once. */
  release(): void {
    this.#letGo()
    this.#memory.giveBack(this.#heldBytes)
    this.#heldBytes = 0
  }

  #letGo(): void {
    this.#memory.reuse(this.#blocks)
    this.#blocks = []
    this.#small = []
  }
}
