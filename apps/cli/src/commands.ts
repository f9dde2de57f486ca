/** The command line: every command, its options and its help. What a command does stands in the folder of its noun. */

import { ServerStatus } from '@atelier/protocol/server-status'
import { Command, CommanderError } from 'commander'
import { describeBackup } from './backup/commands.ts'
import { type CommandLine, type OpenServer, serverOption } from './command-line.ts'
import { heededSignals, Interrupts } from './executions/interrupts.ts'
import { runProgram } from './executions/run.ts'
import { exitCodes, Failure } from './failure.ts'
import { describeLanguages } from './languages/commands.ts'
import { createProject, deleteProject, listProjects } from './projects/projects.ts'
import { findServer } from './server/address.ts'
import { machineHint, showDoctor } from './server/doctor.ts'
import { Server, Unreachable } from './server/server.ts'

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value]

/** Runs the command line; resolves with the exit code. */
export async function runCommandLine(args: readonly string[], line: CommandLine): Promise<number> {
  const { surroundings } = line
  let exitCode = 0
  // What stands behind `--` is the program's, whatever it looks like.
  const cut = args.indexOf('--')
  const [own, rest] = cut < 0 ? [args, []] : [args.slice(0, cut), args.slice(cut + 1)]
  const program = describe(line, rest, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync([...own], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
    if (!(error instanceof Failure)) throw error
    surroundings.stderr.write(`atelier: ${error.message}\n`)
    return error.exitCode
  }
}

function describe(line: CommandLine, rest: readonly string[], exitWith: (code: number) => void): Command {
  const { surroundings } = line
  const open: OpenServer = async (options) =>
    new Server(
      await findServer({ option: options.server, environment: surroundings.environment, projectFolder: line.projectFolder }),
    )

  const program = new Command('atelier')
    .description('Run programs on an Atelier server, and look after your projects there.')
    .version(line.version, '--version', 'print the version of this command')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'atelier: ')),
      getOutHelpWidth: () => surroundings.stdout.columns ?? 100,
    })
    .exitOverride()
    .showHelpAfterError('(atelier --help lists the commands)')
    .addHelpText('after', overviewExamples)

  program
    .command('run')
    .description(
      'Run a file of yours on the server: input and output go both ways, and it ends with the exit code of the program.',
    )
    .argument('<file>', 'the program; a folder with a main file; or - for standard input')
    .argument('[args...]', 'arguments of the program')
    .option('--language <id>', 'language (atelier languages); else told from the name of the file')
    .option(...serverOption)
    .option('--timeout <seconds>', 'end it after this long; the server sets the most that is possible')
    .option('--memory <mb>', 'memory it may use, in megabytes')
    .option('--isolation <level>', 'wall to run behind: container, gvisor, microvm, as the server allows (atelier doctor)')
    .option('--env <name=value>', 'environment variable of the program; may be given again', collect)
    .option('--with <path>', 'a file or folder that the program needs; may be given again', collect)
    .option('--terminal', 'lend it this terminal, for programs that draw or read single keys; Ctrl-] stops it')
    .option('--artefacts <folder>', 'write the files that it made below this folder')
    .option('--verbose', 'say how it ended, with time and memory, in any case')
    .helpOption('--help', 'show this')
    .showHelpAfterError('(atelier run --help has examples)')
    .allowUnknownOption()
    .addHelpText('after', runExamples)
    .action(async (file: string, args: string[], options, command: Command) => {
      if (file === '-h') command.help()
      if (file.startsWith('-') && file !== '-')
        throw new Failure(`There is no option "${file}". See atelier run --help; for a file of that name write ./${file}.`, {
          exitCode: exitCodes.usage,
        })
      const interrupts = new Interrupts(surroundings, line.leave)
      const stop = line.onSignal(heededSignals, (name) => interrupts.take(name))
      try {
        const server = await open(options)
        exitWith(await runProgram({ server, surroundings, interrupts, program: file, args: [...args, ...rest], options }))
      } finally {
        stop()
      }
    })

  const projects = program
    .command('projects')
    .description('Your projects: those of this command’s own session, or of the account whose API token is in ATELIER_TOKEN')
  projects
    .command('list', { isDefault: true })
    .description('List your projects (also without the word "list")')
    .option(...serverOption)
    .option('--json', 'print JSON')
    .action(async (options) => listProjects(await open(options), surroundings, options))
  projects
    .command('create')
    .description('Make a project and print its id')
    .argument('<name>', 'name of the project')
    .option('--template <id>', 'start from a template (GET /api/v1/templates)')
    .option(...serverOption)
    .option('--json', 'print JSON')
    .action(async (name: string, options) => createProject(await open(options), surroundings, name, options))
  projects
    .command('delete')
    .description('Delete a project with all its files')
    .argument('<id>', 'id of the project')
    .option(...serverOption)
    .action(async (id: string, options) => deleteProject(await open(options), surroundings, id))

  describeLanguages(program, line, open)
  describeBackup(program, line, exitWith)

  program
    .command('doctor')
    .description('Show what the server can and cannot do on its machine, and how to fix it')
    .option(...serverOption)
    .option('--json', 'print JSON')
    .action(async (options) => {
      try {
        await showDoctor(await open(options), surroundings, options)
      } catch (error) {
        if (error instanceof Unreachable) throw new Failure(`${error.message} ${machineHint}`, { cause: error })
        throw error
      }
    })

  program
    .command('version')
    .description('Print the versions of this command and of the server')
    .option(...serverOption)
    .action(async (options) => {
      surroundings.stdout.write(`atelier ${line.version}\n`)
      const server = await open(options)
      const answer = await server.ask(ServerStatus, '/api/v1/server').catch(() => null)
      surroundings.stdout.write(
        answer === null ? `no server at ${server.url.origin}\n` : `server ${answer.version} at ${server.url.origin}\n`,
      )
    })

  return program
}

const overviewExamples = `
Examples:
  atelier run hello.py                       run a file; what you type goes to the program
  echo Ada | atelier run greet.py            pipes work both ways
  atelier projects create "First steps"      make a project
  ATELIER_URL=https://code.example.org atelier languages

Without --server and ATELIER_URL it is the server that runs on this machine ("npm start").`

const runExamples = `
Examples:
  atelier run hello.py
  atelier run --timeout 60 --memory 512 train.py --epochs 3
  atelier run --with data.csv --with lib report.py < input.txt > output.txt
  atelier run src/                           a folder with its usual main file
  curl -s https://example.org/a.js | atelier run --language javascript -

Options of "atelier run" may stand before or after FILE; whatever else comes after FILE, and everything
after --, goes to the program.

Ctrl-C interrupts the program; a second one stops it. Exit codes: the program's own, 128 + n when
signal n ended it, 124 when a time limit was reached, 137 when it used too much memory, 123 for
another limit, 125 when Atelier could not do it, 2 when the command line is not right.`
