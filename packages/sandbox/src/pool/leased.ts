import type { OutputListener, Program, Running, Sandbox } from '../sandbox.ts'

/** A sandbox in somebody's hands: the pool hears of its end. */
export class Leased implements Sandbox {
  readonly #sandbox: Sandbox
  readonly #destroy: () => Promise<void>

  constructor(sandbox: Sandbox, destroy: () => Promise<void>) {
    this.#sandbox = sandbox
    this.#destroy = destroy
  }

  get isolation() {
    return this.#sandbox.isolation
  }

  get id() {
    return this.#sandbox.id
  }

  get died() {
    return this.#sandbox.died
  }

  start(program: Program, onOutput: OutputListener): Running {
    return this.#sandbox.start(program, onOutput)
  }

  destroy(): Promise<void> {
    return this.#destroy()
  }
}
