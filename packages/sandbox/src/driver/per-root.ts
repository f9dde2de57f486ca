/** What a driver has once for each root filesystem: made when it is first needed, and anew when it has died. */
import type { Root } from '../sandbox.ts'

type Living = { readonly alive: boolean; readonly ready: Promise<void>; readonly ended: Promise<void>; kill(): void }

export class PerRoot<T extends Living> {
  readonly #all = new Map<string, T>()

  async get(root: Root, make: () => T): Promise<T> {
    const key = root.kind === 'host' ? 'host' : `image:${root.folder}`
    let one = this.#all.get(key)
    if (one === undefined || !one.alive) {
      one = make()
      this.#all.set(key, one)
    }
    await one.ready
    return one
  }

  async end(): Promise<void> {
    const all = [...this.#all.values()]
    for (const one of all) one.kill()
    await Promise.all(all.map((one) => one.ended))
  }
}
