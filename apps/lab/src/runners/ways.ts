/** Our drivers, each as it is measured: those that this machine can run. */
import { join } from 'node:path'
import { silentLog } from '@atelier/base/log'
import type { SandboxDriver } from '@atelier/sandbox/sandbox'
import { ensureToolchainForTests } from '@atelier/sandbox/toolchain/test-toolchain'
import { benchLimits, type SandboxWay } from './sandbox.ts'

const slots = 32
const usualWarm = 8

type Way = Pick<SandboxWay, 'name' | 'warm' | 'preparesMs'> & {
  readonly needsImage?: true
  make(image: string | null): Promise<SandboxDriver>
}

const options = { log: silentLog, nodeBinary: process.execPath, slots, limits: benchLimits }
/** What drivers fetch and make, kept between runs; the tests use the same. */
const kept = (name: string): string => join(import.meta.dirname, '../../../../.atelier', name)

async function makeMachines(image: string | null): Promise<SandboxDriver> {
  const { createMicrovmDriver } = await import('@atelier/sandbox/microvm/microvm')
  return createMicrovmDriver({ ...options, folder: kept('test-microvm'), image: () => image })
}

const ways: readonly Way[] = [
  {
    ...{ name: 'container', warm: usualWarm },
    make: async () => (await import('@atelier/sandbox/container/container')).createContainerDriver(options),
  },
  {
    ...{ name: 'gvisor', warm: usualWarm },
    make: async () =>
      (await import('@atelier/sandbox/gvisor/gvisor')).createGvisorDriver({
        ...{ ...options, folder: kept('test-gvisor'), environment: process.env },
      }),
  },
  { name: 'microvm', warm: 4, preparesMs: 5000, needsImage: true, make: makeMachines },
  { name: 'microvm, no pool', warm: 0, needsImage: true, make: makeMachines },
]

/** Only for a process that can reach nothing; see lone-process.ts. */
export const processWay: Way & Pick<SandboxWay, 'root'> = {
  ...{ name: 'process', root: { kind: 'host' }, warm: 4 },
  make: async (): Promise<SandboxDriver> => (await import('@atelier/sandbox/process/process')).createProcessDriver(options),
}

/** The names of all, usable here or not. */
export const wayNames: readonly string[] = ways.map(({ name }) => name)

/** Opens those of `names` whose driver works here; says why another does not. */
export async function openWays(names: readonly string[] = wayNames): Promise<SandboxWay[]> {
  const open: SandboxWay[] = []
  for (const { make, needsImage, ...way } of ways.filter(({ name }) => names.includes(name))) {
    const image = needsImage ? (await ensureToolchainForTests()).folder : null
    const driver = await make(image)
    const { usable, summary } = await driver.probe()
    if (usable) open.push({ ...way, driver, root: image === null ? { kind: 'host' } : { kind: 'image', folder: image } })
    else {
      console.log(`${way.name}: not measured, ${summary}`)
      await driver.close()
    }
  }
  return open
}
