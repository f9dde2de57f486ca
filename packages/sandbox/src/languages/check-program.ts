/** Runs one of a language's programs and compares what is observed with what its folder says. For tests and `npm run languages`. */
import type { SandboxDriver, SandboxLimits } from '../sandbox.ts'
import type { LanguageCatalogue } from './catalogue.ts'
import type { LanguageProgram } from './programs.ts'
import { type BinaryKeeper, runPlan } from './run-program.ts'

export type ProgramCheck = {
  readonly language: string
  readonly program: LanguageProgram
  readonly catalogue: LanguageCatalogue
  readonly driver: SandboxDriver
  readonly compiled?: BinaryKeeper
}

/** What programs in languages/ may use: what the server gives when nobody asks for more. */
export const programLimits: SandboxLimits = {
  ...{ cpuMs: 20_000, wallMs: 60_000, memoryBytes: 256 * 2 ** 20, processes: 64 },
  ...{ diskBytes: 64 * 2 ** 20, diskFiles: 10_000, outputBytes: 2 ** 20 },
}

/** What is wrong, in sentences; none: all is as it should be. */
export async function checkProgram({ language, program, catalogue, driver, compiled }: ProgramCheck): Promise<string[]> {
  const { entryPoint, files, expected } = program
  const plan = catalogue.plan({ language, entryPoint, args: expected.args, environment: {}, files, limits: programLimits })
  const { stage, end, stdout, stderr } = await runPlan(driver, plan, expected.stdin, compiled)
  const complaints: string[] = []
  const compare = (what: string, observed: unknown, wanted: unknown): void => {
    if (observed !== wanted) complaints.push(`${what} is ${JSON.stringify(observed)}, not ${JSON.stringify(wanted)}`)
  }
  compare('stage', stage, expected.stage)
  compare('reason', end.reason, expected.reason)
  compare('exitCode', end.exitCode, expected.exitCode)
  compare('stdout', stdout, expected.stdout)
  if (expected.stderrContains.length === 0) compare('stderr', stderr, '')
  for (const part of expected.stderrContains) {
    if (!stderr.includes(part)) complaints.push(`stderr does not contain ${JSON.stringify(part)}`)
  }
  if (complaints.length > 0) complaints.push(`stderr: ${stderr.slice(0, 2000)} ${end.fault ?? ''}`)
  const availability = catalogue.availability(language)
  if (availability.available && availability.root.kind === 'image' && (stdout + stderr).includes(availability.root.folder))
    complaints.push(`it shows a path of this machine: ${stderr}`)
  return complaints
}
