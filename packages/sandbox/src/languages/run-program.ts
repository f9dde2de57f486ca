/** Runs a plan to its end in sandboxes of a driver and says what was observed. For tests and measurements. */
import type { SandboxDriver, SandboxEnd } from '../sandbox.ts'
import type { ExecutionPlan, StagePlan } from './plan.ts'

export type Observed = {
  readonly stage: 'compile' | 'run'
  readonly end: SandboxEnd
  readonly stdout: string
  readonly stderr: string
}

/** Keeps compiled programs, as a BinaryCache does. */
export type BinaryKeeper = {
  find(key: string): Promise<Uint8Array | null>
  keep(key: string, binary: Uint8Array): Promise<void>
}

/** `compiled` gives and keeps binaries; without it every plan compiles. */
export async function runPlan(
  driver: SandboxDriver,
  plan: ExecutionPlan,
  stdin: string,
  compiled?: BinaryKeeper,
): Promise<Observed> {
  let binary: Uint8Array | null = null
  if (plan.compile !== null) {
    binary = (await compiled?.find(plan.compile.cacheKey)) ?? null
    if (binary === null) {
      const observed = await runStage(driver, 'compile', plan.compile, '')
      binary = observed.end.collected[0]?.content ?? null
      if (binary === null) return observed
      await compiled?.keep(plan.compile.cacheKey, binary)
    }
  }
  return runStage(driver, 'run', plan.run(binary), stdin)
}

async function runStage(
  driver: SandboxDriver,
  stage: Observed['stage'],
  { spec, program }: StagePlan,
  stdin: string,
): Promise<Observed> {
  const sandbox = await driver.open(spec)
  try {
    const text = { stdout: '', stderr: '' }
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
    const running = sandbox.start(program, (stream, bytes) => {
      text[stream] += decoders[stream].decode(bytes, { stream: true })
    })
    if (stdin !== '') await running.write(Buffer.from(stdin))
    running.endInput()
    return { stage, end: await running.ended, ...text }
  } finally {
    await sandbox.destroy()
  }
}
