import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandRunner } from './command.ts'
import { type BenchProgram, interpreters, type Runner } from './runner.ts'

/** The interpreter itself, a process per execution: the physical reference, with no wall at all. */
export function bareRunner(program: BenchProgram): Runner {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'))
  const file = join(folder, program.file)
  writeFileSync(file, program.text)
  return commandRunner({
    name: `bare ${program.language}`,
    folder,
    argv: () => [interpreters[program.language], file],
    close: async () => rmSync(folder, { recursive: true }),
  })
}
