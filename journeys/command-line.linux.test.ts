/** `./atelier` against a real server, as in the README: both ways, byte for byte, and it ends as the program did. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { startCuttingProxy } from './cutting-proxy.ts'
import { projectFolder, startServer } from './server-under-test.ts'

const server = await startServer({ environment: { ATELIER_EXECUTIONS_PER_USER: '8' } })
const folder = mkdtempSync(join(tmpdir(), 'atelier-command-'))
after(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const launcher = join(projectFolder, 'atelier')
const environment = {
  PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
  HOME: folder,
  XDG_CONFIG_HOME: join(folder, 'config'),
  ATELIER_URL: server.url,
}

type Ended = { readonly exitCode: number | null; readonly stdout: Buffer; readonly stderr: string }
type Started = { readonly child: ChildProcess; readonly ended: Promise<Ended>; shows(text: string): Promise<void> }

function atelier(
  args: readonly string[],
  { input, env = {} }: { input?: Uint8Array | null; env?: Record<string, string> } = {},
): Started {
  const child = spawn(launcher, args, { cwd: folder, env: { ...environment, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes
  })
  child.stdin.on('error', () => {})
  if (input !== null) child.stdin.end(input ?? '')
  const ended = once(child, 'close').then(
    ([exitCode]): Ended => ({ exitCode: exitCode as number | null, stdout: Buffer.concat(out), stderr }),
  )
  return {
    child,
    ended,
    async shows(text) {
      while (!Buffer.concat(out).includes(text))
        await Promise.race([
          once(child.stdout, 'data'),
          ended.then((end) => assert.fail(`ended before it showed "${text}": ${end.stderr}`)),
        ])
    },
  }
}

const run = async (...args: string[]): Promise<Ended & { text: string }> => {
  const ended = await atelier(['run', ...args]).ended
  return { ...ended, text: ended.stdout.toString() }
}

function program(name: string, ...lines: string[]): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), lines.join('\n'))
  return name
}

test('a program prints, reads what is piped in, gets its arguments and environment, and its exit code is ours', async () => {
  const file = program(
    'greet.py',
    'import sys, os',
    'print("hello", input(), sys.argv[1:], os.environ["MOOD"])',
    'print("oh", file=sys.stderr)',
    'sys.exit(3)',
  )
  const { exitCode, stdout, stderr } = await atelier(['run', '--env', 'MOOD=good', file, '--name', 'x', '--', '--server', 'y'], {
    input: Buffer.from('Ada\n'),
  }).ended
  assert.equal(stdout.toString(), "hello Ada ['--name', 'x', '--server', 'y'] good\n")
  assert.match(stderr, /^oh\natelier: The program ended with exit code 3\. \(.* on the clock, .* computing, .* MB of memory\)\n$/)
  assert.equal(exitCode, 3)
})

test('when all went well nothing is added; with --verbose it is told how it went', async () => {
  const file = program('fine.js', 'console.log(6 * 7)')
  assert.deepEqual(await run(file), { exitCode: 0, stdout: Buffer.from('42\n'), stderr: '', text: '42\n' })
  assert.match(
    (await run('--verbose', file)).stderr,
    /^atelier: execution [0-9a-f-]{36} on http.*container isolation\natelier: The program ended well\. \(.*\)\n$/,
  )
})

test('bytes arrive as they are, on both streams and both ways, whether they are text or not', async () => {
  const file = program(
    'echo.py',
    'import sys',
    'data = sys.stdin.buffer.read()',
    'sys.stdout.buffer.write(data)',
    'sys.stderr.buffer.write(data[::-1])',
  )
  const input = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 256))
  const { child, ended } = atelier(['run', file], { input })
  const errors: Buffer[] = []
  child.stderr?.on('data', (bytes: Buffer) => errors.push(bytes))
  const { stdout } = await ended
  assert.equal(stdout.equals(input), true)
  assert.equal(Buffer.concat(errors).equals(Buffer.from(input).reverse()), true)
})

test('more input than the server holds waits for a program that reads late', async () => {
  const file = program(
    'late.py',
    'import sys, time, hashlib',
    'time.sleep(2)',
    'print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())',
  )
  const input = Buffer.alloc(20 * 1024 * 1024, 'The quick brown fox. ')
  const { stdout, exitCode, stderr } = await atelier(['run', '--memory', '512', file], { input }).ended
  assert.deepEqual([stderr, exitCode], ['', 0])
  assert.equal(stdout.toString().trim(), await sha256(input))
})

test('a program that does not want the input ends all the same', async () => {
  const { child, ended } = atelier(['run', program('deaf.py', 'print("done")')], { input: null })
  child.stdin?.write(Buffer.alloc(5 * 1024 * 1024))
  assert.equal((await ended).stdout.toString(), 'done\n')
})

test('a program comes through standard input with -, and files and folders with --with', async () => {
  const source = 'import helper\nprint(helper.word, open("data/in.csv").read())'
  program('lib/helper.py', 'word = "from the folder"')
  program('data/in.csv', 'a,b')
  program('main.py', source)
  program('helper.py', 'word = "beside it"')
  const piped = await atelier(['run', '--language', 'python', '--with', 'helper.py', '--with', 'data', '-'], {
    input: Buffer.from(source),
  }).ended
  assert.equal(piped.stdout.toString(), 'beside it a,b\n', piped.stderr)
  assert.equal((await run('--with', 'helper.py', '--with', 'data/in.csv', 'main.py')).text, 'beside it a,b\n')
  program('app/main.py', 'import parts.one')
  program('app/parts/one.py', 'print("a whole folder")')
  assert.equal((await run('app')).text, 'a whole folder\n')
})

test('limits end a program with the codes that shells know, and say which it was', async () => {
  const time = await run('--timeout', '1', program('loop.py', 'while True: pass'))
  assert.deepEqual([time.exitCode, /^atelier: (Time|CPU) limit reached/.test(time.stderr)], [124, true], time.stderr)
  const memory = await run('--memory', '64', program('eat.py', 'x = []', 'while True: x.append(bytearray(10**6))'))
  assert.match(memory.stderr, /Memory limit reached: 64 MB|MemoryError/)
  assert.ok(memory.exitCode === 137 || memory.exitCode === 1)
  const signal = await run(program('crash.py', 'import os, signal', 'os.kill(os.getpid(), signal.SIGSEGV)'))
  assert.equal(signal.exitCode, 139, signal.stderr)
})

test('the first Ctrl-C is the program’s own; a second one stops it; SIGTERM stops it', async () => {
  const polite = program(
    'polite.py',
    'import time',
    'try:',
    '    print("ready", flush=True)',
    '    time.sleep(60)',
    'except KeyboardInterrupt:',
    '    print("bye")',
    '    raise SystemExit(7)',
  )
  const first = atelier(['run', polite], { input: null })
  await first.shows('ready')
  first.child.kill('SIGINT')
  const ended = await first.ended
  assert.deepEqual([ended.exitCode, ended.stdout.toString()], [7, 'ready\nbye\n'])

  const stubborn = program(
    'stubborn.py',
    'import signal, time',
    'signal.signal(signal.SIGINT, lambda *_: print("no", flush=True))',
    'print("ready", flush=True)',
    'while True: time.sleep(1)',
  )
  const second = atelier(['run', stubborn], { input: null })
  await second.shows('ready')
  second.child.kill('SIGINT')
  await second.shows('no')
  second.child.kill('SIGINT')
  const stopped = await second.ended
  assert.deepEqual([stopped.exitCode, /atelier: Stopped\./.test(stopped.stderr)], [130, true])

  const third = atelier(['run', stubborn], { input: null })
  await third.shows('ready')
  third.child.kill('SIGTERM')
  assert.equal((await third.ended).exitCode, 143)
})

test('in a terminal it is a conversation: prompts appear before the answers, Ctrl-C interrupts, Ctrl-D ends the input', async () => {
  const file = program(
    'talk.py',
    'name = input("name? ")',
    'import sys',
    'print("hello", name, flush=True)',
    'print("rest:", repr(sys.stdin.read()), flush=True)',
    'input()',
  )
  const python = spawn(
    'python3',
    [
      join(import.meta.dirname, 'fixtures/type-in-terminal.py'),
      'name? ',
      'Ada\\n',
      'hello Ada',
      '\\x04',
      '--',
      launcher,
      'run',
      file,
    ],
    { cwd: folder, env: environment },
  )
  let shown = ''
  python.stdout.on('data', (bytes: Buffer) => {
    shown += bytes
  })
  const [exitCode] = await once(python, 'close')
  assert.match(shown, /name\? Ada\r\nhello Ada\r\nrest: ''\r\n[\s\S]*EOFError/)
  assert.equal(exitCode, 1)

  const waiting = spawn(
    'python3',
    [join(import.meta.dirname, 'fixtures/type-in-terminal.py'), 'name? ', '\\x03', '--', launcher, 'run', file],
    { cwd: folder, env: environment },
  )
  waiting.stdout.resume()
  const [interrupted] = await once(waiting, 'close')
  assert.equal(interrupted, 130)
})

test('with --terminal a program draws and reads single keys; Ctrl-C is the program’s, Ctrl-] stops it', async () => {
  const file = program(
    'keys.py',
    'import os, sys, termios, tty',
    'tty.setraw(0)',
    'print(os.isatty(0), os.isatty(1), os.get_terminal_size().columns > 0, end="\\r\\n", flush=True)',
    'while True:',
    '    key = os.read(0, 1)',
    '    os.write(1, b"[%d]" % key[0])',
    '    if key == b"q": break',
  )
  const typed = (...pairs: string[]) => {
    const typist = join(import.meta.dirname, 'fixtures/type-in-terminal.py')
    const child = spawn('python3', [typist, ...pairs, '--', launcher, 'run', '--terminal', file], {
      cwd: folder,
      env: environment,
    })
    let shown = ''
    child.stdout.on('data', (bytes: Buffer) => {
      shown += bytes
    })
    return once(child, 'close').then(([exitCode]) => ({ exitCode, shown }))
  }
  const { exitCode, shown } = await typed('True True True', 'a\\x03', '[97][3]', 'q')
  assert.match(shown, /True True True\r+\n\[97\]\[3\]\[113\]/)
  assert.equal(exitCode, 0)
  assert.equal((await typed('True True True', 'a', '[97]', '\\x1d')).exitCode, 143)
  const redirected = await atelier(['run', '--terminal', file]).ended
  assert.deepEqual([redirected.exitCode, /--terminal needs a terminal/.test(redirected.stderr)], [2, true])
})

test('with --artefacts the files that a program made are written here, and nowhere else', async () => {
  const file = program(
    'make.py',
    'import os',
    'os.makedirs("deep"); open("deep/a.bin", "wb").write(bytes([0, 255])); open("b.txt", "w").write("b")',
    'os.symlink("/etc/hostname", "link")',
  )
  const { exitCode, stderr } = await run('--artefacts', 'made', file)
  assert.equal(exitCode, 0, stderr)
  assert.match(stderr, /2 files in .*made\n.*the program left more than the server keeps/s)
  assert.deepEqual([...readFileSync(join(folder, 'made/deep/a.bin'))], [0, 255])
  assert.equal(readFileSync(join(folder, 'made/b.txt'), 'utf8'), 'b')
})

test('when nobody reads the output any more the program is stopped, quietly', async () => {
  const file = program('yes.py', 'while True: print("y" * 1000)')
  const shell = spawn('/bin/bash', ['-c', `set -o pipefail; "${launcher}" run ${file} </dev/null | head -c 5000 | wc -c`], {
    cwd: folder,
    env: environment,
  })
  let [out, err] = ['', '']
  shell.stdout.on('data', (bytes: Buffer) => {
    out += bytes
  })
  shell.stderr.on('data', (bytes: Buffer) => {
    err += bytes
  })
  const [exitCode] = await once(shell, 'close')
  assert.deepEqual([out.trim(), err, exitCode], ['5000', '', 141])
})

test('a program that writes much faster than it is read waits, and every byte arrives', async () => {
  const file = program('much.py', 'import sys', 'for i in range(300): sys.stdout.write(f"{i:06d}" * 10000)')
  const child = spawn(launcher, ['run', file], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const parts: Buffer[] = []
  // Bit by bit, and something else in between.
  for await (const part of child.stdout.iterator() as AsyncIterable<Buffer>) {
    parts.push(part)
    await readFile(join(folder, file))
  }
  const expected = Array.from({ length: 300 }, (_, i) => String(i).padStart(6, '0').repeat(10_000)).join('')
  const text = Buffer.concat(parts).toString()
  assert.equal(text === expected, true, `${text.length} of ${expected.length} bytes`)
  assert.deepEqual(await exited, [0, null])
})

test('a connection that breaks again and again in the middle loses nothing and doubles nothing', async () => {
  await using proxy = await startCuttingProxy(server.url, { cutAfterBytes: 3000, cuts: 6 })
  const file = program(
    'count.py',
    'import time',
    'for i in range(400):',
    '    print("line", i, "." * 60, flush=True)',
    '    if i % 10 == 0: time.sleep(0.02)',
  )
  const { stdout, exitCode, stderr } = await atelier(['run', file], { env: { ATELIER_URL: proxy.url } }).ended
  assert.deepEqual([exitCode, stderr], [0, ''])
  assert.equal(stdout.toString(), Array.from({ length: 400 }, (_, i) => `line ${i} ${'.'.repeat(60)}\n`).join(''))
  assert.ok(proxy.sockets() >= 7, `${proxy.sockets()} connections`)
})

test('what the server refuses is told in its own words, with exit code 125', async () => {
  const unknown = await run('--language', 'klingon', program('a.kl', 'x'))
  assert.deepEqual(
    [unknown.exitCode, /^atelier: There is no language "klingon"\. This server knows .*python/.test(unknown.stderr)],
    [125, true],
    unknown.stderr,
  )
  const unclear = await run(program('what.xyz', 'x'))
  assert.deepEqual(
    [unclear.exitCode, /atelier: No language here runs files like "what\.xyz"/.test(unclear.stderr)],
    [125, true],
    unclear.stderr,
  )
})

test('a session is made once, kept for its owner only, and made anew when the server does not know it', async () => {
  const file = join(folder, 'config/atelier/sessions.json')
  const created = await atelier(['projects', 'create', 'First steps', '--json']).ended
  const { id } = JSON.parse(created.stdout.toString()) as { id: string }
  const [token] = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
  assert.match(token ?? '', /^atl_s_/)
  assert.match((await atelier(['projects']).ended).stdout.toString(), new RegExp(`^ID +NAME +CHANGED\\n${id} +First steps`))

  const emptied = await atelier(['projects', 'delete', id]).ended
  assert.match(emptied.stderr, /"First steps" is deleted/)
  assert.match((await atelier(['projects']).ended).stderr, /there are no projects in this session/)
  assert.deepEqual(JSON.parse((await atelier(['projects', '--json']).ended).stdout.toString()), [])
  assert.equal((await atelier(['projects', 'delete', id]).ended).exitCode, 125)

  writeFileSync(file, JSON.stringify({ [`${server.url}/`]: `atl_s_${'A'.repeat(43)}` }))
  assert.equal((await run(program('again.py', 'print("known again")'))).text, 'known again\n')
  assert.doesNotMatch(readFileSync(file, 'utf8'), /AAAA/)
})

test('languages, doctor and version tell what the server knows', async () => {
  const languages = (await atelier(['languages']).ended).stdout.toString()
  assert.match(languages, /^ID +NAME +VERSION +FILES +STATE\n[\s\S]*python +Python +3\.\d+\.\d+ +\.py +ready\n/)
  const doctor = await atelier(['doctor']).ended
  assert.match(doctor.stdout.toString(), /^Atelier \d+\.\d+\.\d+ at http[\s\S]*Isolation: container\.[\s\S]*npm run doctor/)
  assert.match((await atelier(['version']).ended).stdout.toString(), /^atelier \d+\.\d+\.\d+\nserver \d+\.\d+\.\d+ at http/)
})

test('without --server and ATELIER_URL the server that runs on the data folder is found', async () => {
  const { ATELIER_URL: _, ...rest } = environment
  const child = spawn(launcher, ['version'], { cwd: folder, env: { ...rest, ATELIER_DATA: server.dataFolder } })
  let out = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes
  })
  await once(child, 'close')
  assert.ok(out.includes(new URL(server.url).origin), out)
})

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
}
