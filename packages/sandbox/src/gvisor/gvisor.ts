/**
 * The gVisor driver: each box has a kernel of its own, written in Go, that answers the program's system calls; the host's
 * kernel is asked by that one alone, behind a filter, as a user who owns nothing. Slow to open (a pool belongs in front),
 * quick to start.
 */
import { defaultFirstUser } from '../container/users.ts'
import { OciBoxes, type OciDriverOptions, type Runtime } from '../oci/oci-driver.ts'
import type { Probe, SandboxDriver } from '../sandbox.ts'
import { bringRunsc } from './fetch-runsc.ts'
import { probeGvisor } from './probe.ts'
import { gvisorRuntime } from './runsc.ts'

export type GvisorOptions = OciDriverOptions & {
  /** Where a fetched runsc is kept between starts; ours alone. */
  readonly folder: string
  /** An installed runsc, instead of fetching one. */
  readonly program?: string
  /** Our environment, of which only the proxy variables are used, to fetch. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** Beside the users of containers, of whom a server may have some at the same time. */
const gvisorFirstUser = defaultFirstUser + 200_000

export function createGvisorDriver(options: GvisorOptions): SandboxDriver {
  const ending = new AbortController()
  let runtime: Promise<Runtime> | null = null
  const bring = (): Promise<Runtime> => {
    runtime ??= findProgram(options, ending.signal).then(gvisorRuntime)
    // The next who asks tries again: the network may be back.
    runtime.catch(() => {
      runtime = null
    })
    return runtime
  }
  const boxes = new OciBoxes({ ...options, firstUser: options.firstUser ?? gvisorFirstUser }, bring)
  return {
    isolation: 'gvisor',
    probe: (): Promise<Probe> =>
      probeGvisor({
        bring,
        open: (spec) => boxes.open(spec),
        cgroups: boxes.cgroups,
        users: boxes.users,
        limits: options.limits,
      }),
    open: (spec, signal) => boxes.open(spec, signal),
    async close() {
      ending.abort(new Error('the driver is closed'))
      await boxes.close()
    },
  }
}

function findProgram({ program, folder, environment = {}, log }: GvisorOptions, signal: AbortSignal): Promise<string> {
  if (program !== undefined && program !== '') return Promise.resolve(program)
  return bringRunsc({ folder, environment, log, signal })
}
