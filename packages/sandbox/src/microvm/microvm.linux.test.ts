import { silentLog } from '@atelier/base/log'
import { contractLimits } from '../contract/run-program.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { ensureToolchainForTests } from '../toolchain/test-toolchain.ts'
import { createMicrovmDriver } from './microvm.ts'
import { testAssetsFolder } from './test-machines.ts'

const { folder } = await ensureToolchainForTests()

const makeDriver = () =>
  createMicrovmDriver({
    ...{ log: silentLog, nodeBinary: process.execPath, slots: 8, limits: contractLimits },
    ...{ folder: testAssetsFolder, image: () => folder },
  })

/** Emulated, a fresh interpreter takes seconds; what differs from the container driver is the machine, not the interpreters. */
const everyNthProgram = process.env.ATELIER_TEST_ALL_PROGRAMS === undefined ? 4 : 1

sandboxContract('microvm', makeDriver, {
  ...{ root: { kind: 'image', folder }, exactLimits: true, everyNthProgram, timeoutMs: 900_000 },
})
