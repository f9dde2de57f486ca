import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchProgram, interpreters, plainEnvironment, type Runner } from './runner.ts'

/** The interpreter itself, a process per execution: the physical reference, with no wall at all. */
export function bareRunner(program: BenchProgram): Runner {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'))
  const file = join(folder, program.file)
  writeFileSync(file, program.text)
  return {
    name: `bare ${program.language}`,
    settle: async () => {},
    close: async () => rmSync(folder, { recursive: true }),
    runOnce: () =>
      new Promise((resolve, reject) => {
        const startedAt = performance.now()
        let firstMs = 0
        let output = ''
        const child = spawn(interpreters[program.language], [file], {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: plainEnvironment,
          cwd: folder,
        })
        child.stdout.on('data', (bytes: Buffer) => {
          if (firstMs === 0) firstMs = performance.now() - startedAt
          output += bytes
        })
        child.on('error', reject)
        child.on('close', () => resolve({ firstMs, output }))
      }),
  }
}
