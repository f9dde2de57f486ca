/**
 * What every driver promises, as tests. A driver's own test file calls `sandboxContract` and adds what only it can show.
 * Programs are shell, Python and JavaScript; hostile ones among them are contained by the limits they meet.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Root, Running, SandboxDriver, SandboxSpec, Warmth } from '../sandbox.ts'
import { artefactTests } from './artefacts.ts'
import { endTests } from './ends.ts'
import { limitTests } from './limits.ts'
import { nodeTests } from './node-programs.ts'
import { type NotPromised, type PromisedTest, promisedTests } from './promises.ts'
import { pythonTests } from './python-programs.ts'
import { type Output, type ProgramText, type Ran, runProgram } from './run-program.ts'
import { streamTests } from './streams.ts'
import { terminalTests } from './terminals.ts'

export type ContractOptions = {
  readonly root: Root
  /** Whether limits are exact and refused forks are known (control groups, a virtual machine), or looked at now and then. */
  readonly exactLimits: boolean
  /** Whether a refused fork is told by the kernel; by default as the limits are exact. */
  readonly tellsRefusedForks?: boolean
  /** Whether files are counted; else as many may be made as fit into the memory. By default they are. */
  readonly countsFiles?: boolean
  /** What the driver does not promise, and says so. */
  readonly notPromised?: readonly NotPromised[]
  /** Of the programs that run both warm and fresh, only every n-th: where a program takes seconds. By default all. */
  readonly everyNthProgram?: number
  /** For the whole suite, ms. */
  readonly timeoutMs?: number
}

export type Subject = {
  driver(): SandboxDriver
  spec(warmth: Warmth): SandboxSpec
  readonly options: ContractOptions
  /** For every test of the contract. */
  readonly it: PromisedTest
  run(warmth: Warmth, text: ProgramText, meanwhile?: (running: Running, output: Output) => void | Promise<void>): Promise<Ran>
}

/** `makeDriver` is called once; the suite closes the driver. */
export function sandboxContract(
  name: string,
  makeDriver: () => SandboxDriver | Promise<SandboxDriver>,
  options: ContractOptions,
): void {
  describe(`the ${name} driver`, { timeout: options.timeoutMs ?? 600_000 }, () => {
    let opened: SandboxDriver | null = null
    const driver = () => {
      if (opened === null) throw new Error('the driver is not open')
      return opened
    }
    const spec = (warmth: Warmth): SandboxSpec => ({ root: options.root, warmth })
    before(async () => {
      opened = await makeDriver()
    })
    after(async () => {
      await opened?.close()
    })
    const promised = promisedTests(driver, options.notPromised ?? [])
    const subject: Subject = {
      ...{ driver, it: promised.it },
      spec,
      options,
      run: (warmth, text, meanwhile) => runProgram(driver(), spec(warmth), text, meanwhile),
    }
    endTests(subject)
    streamTests(subject)
    terminalTests(subject)
    artefactTests(subject)
    limitTests(subject)
    const chosen = { ...subject, it: everyNth(promised.it, options.everyNthProgram ?? 1) }
    pythonTests(chosen)
    nodeTests(chosen)
    it('is excused only from tests that there are', () => assert.deepEqual(promised.unused(), []))
  })
}

function everyNth(test: PromisedTest, n: number): PromisedTest {
  let count = 0
  return (...definition) => {
    if (count++ % n === 0) test(...definition)
  }
}
