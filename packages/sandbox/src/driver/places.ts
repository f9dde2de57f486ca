/**
 * Where a driver's sandboxes live: a slot and an id for each, all that there are, and their common end. A slot is free again
 * when nothing of its sandbox is left.
 */
import { randomBytes } from 'node:crypto'
import type { Sandbox } from '../sandbox.ts'
import { Slots } from './slots.ts'

export type Place = {
  readonly slot: number
  /** Of this driver's sandboxes so far. */
  readonly number: number
  /** No other sandbox on this machine has it. */
  readonly id: string
  /** From here on the sandbox calls `free`. */
  hold(sandbox: Sandbox): void
  free(): void
}

export class Places {
  readonly #slots: Slots
  readonly #failure: string
  readonly #instance = randomBytes(4).toString('hex')
  readonly #sandboxes = new Set<Sandbox>()
  #count = 0
  #closing: Promise<void> | null = null

  /** `failure`: what a caller reads whose sandbox could not be opened; the cause says why. */
  constructor(count: number, failure: string) {
    this.#slots = new Slots(count)
    this.#failure = failure
  }

  get isClosing(): boolean {
    return this.#closing !== null
  }

  /** When `make` fails, what it held is destroyed. */
  async open<S extends Sandbox>(signal: AbortSignal | undefined, make: (place: Place) => Promise<S>): Promise<S> {
    this.refuseWhenClosed()
    const slot = await this.#slots.take(signal)
    this.#count += 1
    const mine: { sandbox?: Sandbox } = {}
    const place: Place = {
      ...{ slot, number: this.#count, id: `${this.#instance}-${this.#count}` },
      hold: (sandbox) => {
        mine.sandbox = sandbox
        this.#sandboxes.add(sandbox)
      },
      free: () => {
        if (mine.sandbox !== undefined) this.#sandboxes.delete(mine.sandbox)
        this.#slots.give(slot)
      },
    }
    try {
      this.refuseWhenClosed()
      return await make(place)
    } catch (error) {
      if (mine.sandbox === undefined) place.free()
      else await mine.sandbox.destroy()
      throw new Error(this.#failure, { cause: error })
    }
  }

  refuseWhenClosed(): void {
    if (this.#closing !== null) throw new Error('the driver is closed')
  }

  /** Once: destroys every sandbox, then does the `rest`. */
  close(rest: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(rest)
    return this.#closing
  }

  async #close(rest: () => Promise<void>): Promise<void> {
    this.#slots.refuseAll(new Error('the driver is closed'))
    await Promise.all([...this.#sandboxes].map((sandbox) => sandbox.destroy()))
    await rest()
  }
}
