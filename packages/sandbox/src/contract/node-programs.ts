/** A warm Node must be told from `node script` by nothing a program does: each of these runs both ways. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { behaviour, type ProgramText } from './run-program.ts'
import type { Subject } from './sandbox.contract.ts'

const js = (text: string): ProgramText => ({ argv: ['main.js'], files: { 'main.js': text } })

const scripts: Readonly<Record<string, ProgramText>> = {
  hello: js('console.log("hello")'),
  'its own surroundings': js(`
    console.log(process.argv, process.execArgv, process.execPath, process.env, process.cwd(), __filename, __dirname, process.title, process.umask())
    console.log(require.main === module, module.children, module.paths, module.parent, Object.keys(require.cache), process.exitCode, process.pid, process.ppid)
    console.log(process.eventNames(), process.getuid(), require('fs').readdirSync('/proc/self/fd').length > 3, Object.getOwnPropertyNames(globalThis).length)
    console.log(Object.getOwnPropertyDescriptor(require('module'), 'runMain') !== undefined, process.stdin.constructor.name, process.stdout.constructor.name)
  `),
  'stack traces': js(
    'function f() { throw new Error("x") }\ntry { f() } catch (e) { console.log(e.stack) }\nError.stackTraceLimit = 50; console.log(new Error("all").stack)',
  ),
  'an exception nobody catches': js('console.log("before");\nnull.x'),
  'a thrown string and a rejection': js('Promise.reject(new TypeError("r"))'),
  'a syntax error': js('let a = ;'),
  'exit codes': js('process.on("exit", (code) => console.log("exit", code)); process.exitCode = 3'),
  'process.exit': js('process.on("exit", (code) => console.log("exit", code)); setTimeout(() => {}, 9000); process.exit(7)'),
  'modules of the old kind': {
    argv: ['app/main.js', 'a b', ''],
    files: {
      'app/main.js': 'console.log(require("./lib").x, process.argv.slice(2), require("./data.json"))',
      'app/lib.js': 'exports.x = __filename',
      'app/data.json': '{"a":1}',
    },
  },
  'modules of the new kind': {
    argv: ['main.mjs'],
    files: {
      'main.mjs':
        'import fs from "node:fs"; import { x } from "./lib.mjs"; console.log(x, import.meta.url, import.meta.dirname, import.meta.main, typeof require, await Promise.resolve(1))',
      'lib.mjs': 'export const x = 1',
    },
  },
  'the type in package.json': {
    argv: ['main.js'],
    files: {
      'main.js': 'import { x } from "./lib.js"; console.log(x, import.meta.filename)',
      'lib.js': 'export const x = 1',
      'package.json': '{"type":"module"}',
    },
  },
  'module syntax without a type': js('import os from "node:os"; console.log(typeof os.cpus, await 5)'),
  'an await that never settles': { argv: ['main.mjs'], files: { 'main.mjs': 'await new Promise(() => {})' } },
  packages: {
    argv: ['main.js'],
    files: {
      'main.js': 'console.log(require("thing"), require.resolve("thing"))',
      'node_modules/thing/index.js': 'module.exports = "thing"',
      'node_modules/thing/package.json': '{"name":"thing","main":"index.js"}',
    },
  },
  'a script without its ending': { argv: ['main'], files: { 'main.js': 'console.log(__filename, process.argv)' } },
  'a folder as a script': { argv: ['app'], files: { 'app/index.js': 'console.log(__filename, process.argv)' } },
  'a script that is missing': { argv: ['none.js'] },
  'input line by line': {
    argv: ['main.js'],
    files: {
      'main.js':
        'const rl = require("readline").createInterface({ input: process.stdin, output: process.stdout }); rl.question("name? ", (n) => { console.log("hi " + n); rl.close() })',
    },
    stdin: 'Ada\n',
  },
  'all input at once': {
    argv: ['main.js'],
    files: { 'main.js': 'console.log(require("fs").readFileSync(0, "utf8").length)' },
    stdin: 'x'.repeat(50_000),
  },
  'order of callbacks': js(
    'require("fs").stat(".", () => { setTimeout(() => console.log("timeout")); setImmediate(() => console.log("immediate")) }); process.nextTick(() => console.log("tick")); Promise.resolve().then(() => console.log("promise")); console.log("main")',
  ),
  'worker threads': js(
    'const { Worker, isMainThread, parentPort, workerData } = require("worker_threads"); if (isMainThread) { new Worker(__filename, { workerData: 5 }).on("message", (m) => console.log("got", m)).on("exit", (c) => console.log("exit", c)) } else parentPort.postMessage([workerData, process.argv, process.execArgv])',
  ),
  'child processes': js(
    'const cp = require("child_process"); if (process.send) { process.send(process.execArgv); process.disconnect() } else { console.log(cp.execFileSync(process.execPath, ["-p", "1+1"]).toString()); cp.fork(__filename).on("message", (m) => console.log(m)).on("exit", (c) => console.log(c)) }',
  ),
  signals: js(
    'process.on("SIGTERM", () => { console.log("term"); clearInterval(t) }); const t = setInterval(() => {}, 1000); process.kill(process.pid, "SIGTERM")',
  ),
  'death by signal': js('process.kill(process.pid, "SIGKILL")'),
  'process.abort': js('process.abort()'),
  'a server on the loopback': js(
    'const s = require("http").createServer((q, r) => r.end("hi")).listen(0, "127.0.0.1", async () => { console.log(await (await fetch("http://127.0.0.1:" + s.address().port)).text()); s.close(); s.closeAllConnections() })',
  ),
  'environment for Node': {
    argv: ['main.js'],
    files: { 'main.js': 'console.log(process.env.NODE_OPTIONS, process.env.NODE_ENV, new Error("x").stack.split("\\n").length)' },
    environment: { NODE_OPTIONS: '--stack-trace-limit=2', NODE_ENV: 'test' },
  },
  'a time zone': {
    argv: ['main.js'],
    files: { 'main.js': 'console.log(new Date(0).toString())' },
    environment: { TZ: 'Asia/Tokyo' },
  },
  'a listener for warnings': js(
    'process.on("warning", (w) => console.log("listener", w.name)); process.emitWarning("careful", "DeprecationWarning")',
  ),
}

const typescript: Readonly<Record<string, ProgramText & { readonly expected: string }>> = {
  'types are stripped': {
    argv: ['main.ts'],
    files: { 'main.ts': 'interface A { x: number }\nconst a: A = { x: 1 }\nconsole.log(a.x as number)' },
    expected: '1\n',
  },
  'enums, namespaces and parameter properties are transformed': {
    argv: ['main.ts'],
    files: {
      'main.ts':
        'enum E { A = 3 }\nnamespace N { export const y = 2 }\nclass C { constructor(readonly z: number) {} }\nconsole.log(E.A, E[3], N.y, new C(7).z)',
    },
    expected: '3 A 2 7\n',
  },
  'files import each other': {
    argv: ['src/main.ts'],
    files: {
      'src/main.ts': 'import { x } from "./lib.ts"\nconsole.log(x)',
      'src/lib.ts': 'export const x: string = "lib"',
      'package.json': '{"type":"module"}',
    },
    expected: 'lib\n',
  },
  'errors name the line of the source': {
    argv: ['main.ts'],
    files: {
      'main.ts':
        'type A = {\n  x: number\n}\nenum E { A }\ntry { throw new Error("here") } catch (e) { console.log(/main\\.ts:5/.test((e as Error).stack ?? "")) }',
    },
    expected: 'true\n',
  },
}

export function nodeTests({ run, it }: Subject): void {
  describe('a warm Node behaves as a fresh one', () => {
    for (const [title, text] of Object.entries(scripts)) {
      it(`with ${title}`, async () => {
        const [warm, fresh] = await Promise.all([run('node', text), run('exec', { ...text, argv: ['node', ...text.argv] })])
        assert.deepEqual(behaviour(warm), behaviour(fresh))
      })
    }
  })

  describe('TypeScript runs in a warm Node', () => {
    for (const [title, { expected, ...text }] of Object.entries(typescript)) {
      it(`${title}`, async () => {
        const ran = await run('node', text)
        assert.deepEqual([ran.stdout, ran.stderr, ran.exitCode], [expected, '', 0])
      })
    }
  })
}
