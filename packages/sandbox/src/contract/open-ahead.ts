/** A driver whose sandboxes are opened before a test asks, so that a contract of many tests does not wait for slow openings. */
import type { Sandbox, SandboxDriver, SandboxSpec } from '../sandbox.ts'

/** Keeps `ahead` of each kind standing ready. A caller who may go away gets one opened for them. */
export function openAhead(driver: SandboxDriver, ahead: number): SandboxDriver {
  const standing = new Map<string, Promise<Sandbox>[]>()
  const openNext = (spec: SandboxSpec): Promise<Sandbox> => {
    const opening = driver.open(spec)
    opening.catch(() => {}) // told to whoever gets it
    return opening
  }
  return {
    isolation: driver.isolation,
    flavour: driver.flavour,
    probe: () => driver.probe(),
    open(spec, signal) {
      if (signal !== undefined) return driver.open(spec, signal)
      const key = JSON.stringify(spec)
      const ready = standing.get(key) ?? []
      standing.set(key, ready)
      while (ready.length <= ahead) ready.push(openNext(spec))
      return ready.shift() ?? openNext(spec)
    },
    async close() {
      await Promise.allSettled([...standing.values()].flat().map(async (opening) => (await opening).destroy()))
      await driver.close()
    },
  }
}
