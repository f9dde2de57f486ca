import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { runCommandLine } from './commands.ts'

/** The command line on a machine where nothing answers. */
async function typed(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const surroundings = {
    environment: { ATELIER_URL: 'http://127.0.0.1:1' },
    folder: '/nowhere',
    stdin: new PassThrough(),
    stdout,
    stderr,
  }
  const exitCode = await runCommandLine(args, {
    ...{ surroundings, version: '1.2.3', projectFolder: '/nowhere', onSignal: () => () => {}, leave: () => {} },
  })
  return { exitCode, stdout: stdout.read()?.toString() ?? '', stderr: stderr.read()?.toString() ?? '' }
}

test('help and version are answered on standard output', async () => {
  for (const args of [
    ['--help'],
    ['help', 'run'],
    ['run', '--help'],
    ['run', '-h'],
    ['backup', '--help'],
    ['restore', '--help'],
    ['projects', '--help'],
    ['projects', 'create', '--help'],
  ]) {
    const { exitCode, stdout, stderr } = await typed(...args)
    assert.deepEqual([exitCode, stderr], [0, ''], args.join(' '))
    assert.match(stdout, /^Usage: atelier/)
  }
  assert.deepEqual(await typed('--version'), { exitCode: 0, stdout: '1.2.3\n', stderr: '' })
})

test('wrong use says what is wrong and how to get help, on standard error, with exit code 2', async () => {
  const cases: [string[], RegExp][] = [
    [[], /Usage: atelier/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['runn'], /Did you mean run\?/],
    [['run'], /missing required argument 'file'/],
    [['run', '--langage', 'python', 'a.py'], /There is no option "--langage"/],
    [['run', '--', 'a.py'], /missing required argument 'file'/],
    [['run', 'a.py', '--timeout'], /argument missing/],
    [['projects', 'create'], /missing required argument 'name'/],
    [['projects', 'delete'], /missing required argument 'id'/],
    [['languages', 'extra'], /too many arguments/],
    [['restore'], /missing required argument 'file'/],
    [['backup', '--keep', '0'], /--keep is "0".*at least 1/],
    [['run', '--server', 'ftp://x', 'a.py'], /--server is "ftp:\/\/x"/],
    [['run', '-'], /Say it with --language/],
  ]
  for (const [args, sentence] of cases) {
    const { exitCode, stdout, stderr } = await typed(...args)
    assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '))
    assert.match(stderr, sentence)
  }
})

test('without a server every command says how to get one, with exit code 125', async () => {
  for (const args of [['projects'], ['projects', '--json'], ['languages'], ['doctor'], ['projects', 'delete', 'x']]) {
    const { exitCode, stderr } = await typed(...args)
    assert.equal(exitCode, 125, args.join(' '))
    assert.match(stderr, /^atelier: No Atelier server answers at http:\/\/127.0.0.1:1 .*npm start.*--server/)
  }
  const { exitCode, stdout } = await typed('version')
  assert.deepEqual([exitCode, stdout], [0, 'atelier 1.2.3\nno server at http://127.0.0.1:1\n'])
})
