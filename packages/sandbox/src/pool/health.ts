/** Whether a warm sandbox still works, shown by a program that everybody can read. It is used up by that, like by any other. */
import type { Program, Sandbox, SandboxSpec } from '../sandbox.ts'

const megabyte = 1024 * 1024
const answer = 'well'

const programs: Readonly<Record<SandboxSpec['warmth'], Pick<Program, 'argv' | 'files'>>> = {
  exec: { argv: ['sh', '-c', `echo ${answer}`], files: [] },
  python: { argv: ['main.py'], files: [{ path: 'main.py', content: Buffer.from(`print("${answer}")`) }] },
  node: { argv: ['main.js'], files: [{ path: 'main.js', content: Buffer.from(`console.log("${answer}")`) }] },
}

const limits: Program['limits'] = {
  ...{ cpuMs: 10_000, wallMs: 30_000, memoryBytes: 256 * megabyte, processes: 64 },
  ...{ diskBytes: 32 * megabyte, diskFiles: 2000, outputBytes: 65_536 },
}

/** Null: it works. Otherwise what it did instead. The sandbox is still the caller's to destroy. */
export async function ailmentOf(sandbox: Sandbox, { warmth }: SandboxSpec): Promise<string | null> {
  try {
    let output = ''
    const running = sandbox.start({ ...programs[warmth], environment: {}, limits }, (_stream, bytes) => {
      output += Buffer.from(bytes).toString()
    })
    running.endInput()
    const end = await running.ended
    if (end.reason === 'exited' && end.exitCode === 0 && output.trim() === answer) return null
    return `it ended with ${end.reason} ${end.exitCode ?? end.signal ?? ''} and wrote ${JSON.stringify(output.slice(0, 200))}${end.fault === undefined ? '' : `: ${end.fault}`}`
  } catch (error) {
    return `it could not be started: ${error instanceof Error ? error.message : String(error)}`
  }
}
