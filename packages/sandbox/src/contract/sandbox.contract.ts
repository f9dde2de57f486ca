/**
 * What every driver promises, as tests. A driver's own test file calls `sandboxContract` and adds what only it can show.
 * Programs are shell, Python and JavaScript; hostile ones among them are contained by the limits they meet.
 */
import { after, before, describe } from 'node:test'
import type { Root, Running, SandboxDriver, SandboxSpec, Warmth } from '../sandbox.ts'
import { artefactTests } from './artefacts.ts'
import { endTests } from './ends.ts'
import { limitTests } from './limits.ts'
import { nodeTests } from './node-programs.ts'
import { pythonTests } from './python-programs.ts'
import { type Output, type ProgramText, type Ran, runProgram } from './run-program.ts'
import { streamTests } from './streams.ts'
import { terminalTests } from './terminals.ts'

export type ContractOptions = {
  readonly root: Root
  /** Whether limits are exact and refused forks are known (control groups, a virtual machine), or looked at now and then. */
  readonly exactLimits: boolean
}

export type Subject = {
  driver(): SandboxDriver
  spec(warmth: Warmth): SandboxSpec
  readonly options: ContractOptions
  run(warmth: Warmth, text: ProgramText, meanwhile?: (running: Running, output: Output) => void | Promise<void>): Promise<Ran>
}

/** `makeDriver` is called once; the suite closes the driver. */
export function sandboxContract(
  name: string,
  makeDriver: () => SandboxDriver | Promise<SandboxDriver>,
  options: ContractOptions,
): void {
  describe(`the ${name} driver`, { timeout: 180_000 }, () => {
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
    const subject: Subject = {
      driver,
      spec,
      options,
      run: (warmth, text, meanwhile) => runProgram(driver(), spec(warmth), text, meanwhile),
    }
    endTests(subject)
    streamTests(subject)
    terminalTests(subject)
    artefactTests(subject)
    limitTests(subject)
    pythonTests(subject)
    nodeTests(subject)
  })
}
