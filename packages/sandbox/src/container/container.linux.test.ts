import { silentLog } from '@atelier/base/log'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { contractLimits } from '../contract/run-program.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { createContainerDriver } from './container.ts'

const makeDriver = () =>
  createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 16, limits: contractLimits })

/** Whether this user on this host is given control groups; every promise but those about groups holds without. */
const groups = openCgroups(contractLimits, null)
await groups.close()

sandboxContract('container', makeDriver, { root: { kind: 'host' }, exactLimits: groups.kind !== 'none' })
