/** A process per execution: what every way costs that starts something for each program. */
import { spawn } from 'node:child_process'
import { plainEnvironment, type Runner } from './runner.ts'

export type Command = {
  readonly name: string
  /** The whole command for one execution; `id` is another one each time. */
  argv(id: string): readonly string[]
  readonly folder: string
  close(): Promise<void>
}

export function commandRunner({ name, argv, folder, close }: Command): Runner {
  let count = 0
  return {
    name,
    close,
    settle: async () => {},
    runOnce: () =>
      new Promise((resolve, reject) => {
        const [program = '', ...args] = argv(`atelier-bench-${process.pid}-${count++}`)
        const startedAt = performance.now()
        let firstMs = 0
        let output = ''
        let errors = ''
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: plainEnvironment, cwd: folder })
        child.stdout.on('data', (bytes: Buffer) => {
          if (firstMs === 0) firstMs = performance.now() - startedAt
          output += bytes
        })
        child.stderr.on('data', (bytes: Buffer) => {
          errors = (errors + bytes).slice(-500)
        })
        child.on('error', reject)
        child.on('close', (code) =>
          code === 0 ? resolve({ firstMs, output }) : reject(new Error(`${name} ended with ${code}: ${errors}`)),
        )
      }),
  }
}
