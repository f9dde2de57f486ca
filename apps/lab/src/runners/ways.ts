/** Our drivers, each as it is measured: those that this machine can run. */
import { silentLog } from '@atelier/base/log'
import type { SandboxDriver } from '@atelier/sandbox/sandbox'
import { benchLimits, type SandboxWay } from './sandbox.ts'

const slots = 32
const usualWarm = 8

type Way = Pick<SandboxWay, 'name' | 'root' | 'warm'> & { make(): Promise<SandboxDriver> }

const options = { log: silentLog, nodeBinary: process.execPath, slots, limits: benchLimits }

const ways: readonly Way[] = [
  {
    ...{ name: 'container', root: { kind: 'host' }, warm: usualWarm },
    make: async () => (await import('@atelier/sandbox/container/container')).createContainerDriver(options),
  },
]

/** The names of all, usable here or not. */
export const wayNames: readonly string[] = ways.map(({ name }) => name)

/** Opens those of `names` whose driver works here; says why another does not. */
export async function openWays(names: readonly string[] = wayNames): Promise<SandboxWay[]> {
  const open: SandboxWay[] = []
  for (const { make, ...way } of ways.filter(({ name }) => names.includes(name))) {
    const driver = await make()
    const { usable, summary } = await driver.probe()
    if (usable) open.push({ ...way, driver })
    else {
      console.log(`${way.name}: not measured, ${summary}`)
      await driver.close()
    }
  }
  return open
}
