/** Runs one of the system's tools to its end; its last words are the reason when it fails. */

import { runStep } from '../toolchain/build-process.ts'
import { buildPath } from '../toolchain/means.ts'

/** Answers what it printed, its first `maxLines` lines. Throws with the tool's last words. */
export async function runTool(argv: readonly string[], signal: AbortSignal, maxLines = 10_000): Promise<string[]> {
  const lines: string[] = []
  let last = ''
  const outcome = await runStep({
    argv,
    environment: { PATH: buildPath, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
    onLine: (line) => {
      if (lines.length < maxLines) lines.push(line)
      if (line.trim() !== '') last = line.trim()
    },
    signal,
  })
  if (outcome.kind === 'done') return lines
  throw new Error(`${argv[0]} failed: ${last.slice(0, 300) || `exit code ${outcome.exitCode}`}`)
}
