/** Hands this process to the command line. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runCommandLine } from './commands.ts'
import { codeOfSignal } from './executions/endings.ts'

const projectFolder = resolve(import.meta.dirname, '../../..')
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Output that nobody reads: `run` sees it by itself, every other command just ends.
  if (error.code !== 'EPIPE') process.stderr.write(`atelier: output cannot be written: ${error.message}\n`)
})

process.exitCode = await runCommandLine(process.argv.slice(2), {
  surroundings: {
    environment: process.env,
    folder: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  },
  version,
  projectFolder,
  onSignal(names, listener) {
    for (const name of names) process.on(name, listener)
    return () => {
      for (const name of names) process.off(name, listener)
    }
  },
  leave: (signal) => process.exit(codeOfSignal(signal)),
})
// Kept-alive connections and a terminal that is still being read would keep us here.
process.exit()
