import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SandboxFile } from '../sandbox.ts'
import { languagesFolder } from '../toolchain/test-toolchain.ts'
import { loadLanguages, programPath } from './manifest.ts'
import { type Available, type ExecutionPlan, planExecution, type Work } from './plan.ts'

const languages = new Map((await loadLanguages(languagesFolder)).map((each) => [each.id, each]))

const limits = {
  ...{ cpuMs: 10_000, wallMs: 30_000, memoryBytes: 2 ** 28, processes: 64 },
  ...{ diskBytes: 2 ** 26, diskFiles: 1000, outputBytes: 2 ** 20 },
}
const inImage: Available = {
  available: true,
  root: { kind: 'image', folder: '/images/a/root' },
  version: '1.24.4',
  fingerprint: 'a',
}

const filesOf = (texts: Record<string, string>): SandboxFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, content: Buffer.from(text) }))

function plan(id: string, entryPoint: string, texts: Record<string, string>, more: Partial<Work> = {}): ExecutionPlan {
  const language = languages.get(id)
  assert.ok(language !== undefined)
  return planExecution({
    language,
    entryPoint,
    args: [],
    environment: {},
    files: filesOf(texts),
    limits,
    availability: inImage,
    ...more,
  })
}

const compileArgv = (...given: Parameters<typeof plan>): readonly string[] => plan(...given).compile?.program.argv ?? []

const main = 'package main\n\nfunc main() {}\n'

test('an interpreted program runs at once, with its arguments, its environment and its limits', () => {
  const work = { args: ['a', '--b'], environment: { NAME: 'Ada' } }
  const { compile, run } = plan('python', 'src/main.py', { 'src/main.py': '', 'data.txt': 'x' }, work)
  assert.equal(compile, null)
  const { spec, program } = run(null)
  assert.deepEqual(spec, { root: inImage.root, warmth: 'python' })
  assert.deepEqual(program.argv, ['src/main.py', 'a', '--b'])
  assert.deepEqual(program.environment, { NAME: 'Ada' })
  assert.deepEqual(
    program.files.map((file) => file.path),
    ['src/main.py', 'data.txt'],
  )
  assert.deepEqual(program.limits, limits)
})

test('JavaScript and TypeScript run in a warm Node', () => {
  assert.equal(plan('javascript', 'main.js', { 'main.js': '' }).run(null).spec.warmth, 'node')
  assert.equal(plan('typescript', 'main.ts', { 'main.ts': '' }).run(null).spec.warmth, 'node')
})

test('a Go program without a module gets one, and its whole package is built', () => {
  const { compile } = plan('go', 'main.go', { 'main.go': main, 'other.go': 'package main\n' })
  assert.deepEqual(compile?.program.argv, ['go', 'build', '-ldflags=-s -w', '-o', programPath, '.'])
  const module = compile?.program.files.find((file) => file.path === 'go.mod')
  assert.equal(Buffer.from(module?.content ?? []).toString(), 'module project\n\ngo 1.24\n')
  assert.deepEqual(compile?.program.collect, [programPath])
  assert.equal(compile?.program.limits.processes, 128)
  assert.equal(compile?.program.limits.memoryBytes, 2 ** 30)
})

test('a Go module is built from its own folder, and keeps its own go.mod', () => {
  const files = { 'server/go.mod': 'module server\n', 'server/cmd/app/main.go': main, 'web/main.go': main }
  const { compile } = plan('go', 'server/cmd/app/main.go', files)
  assert.deepEqual(compile?.program.argv, ['go', 'build', '-C', './server', '-ldflags=-s -w', '-o', programPath, './cmd/app'])
  assert.ok(!compile?.program.files.some((file) => file.path === 'go.mod'))
})

test('of two Go files that both have a main, the chosen one is built with the files that have none', () => {
  const files = { 'a.go': main, 'b.go': main, 'shared.go': 'package main\n', 'sub/c.go': main }
  assert.deepEqual(compileArgv('go', 'b.go', files).slice(-2), ['b.go', 'shared.go'])
  assert.deepEqual(compileArgv('go', 'b.go', { ...files, 'go.mod': 'module x\n' }).slice(-2), ['b.go', 'shared.go'])
})

test('a Rust file without Cargo.toml goes straight to the compiler', () => {
  const argv = compileArgv('rust', 'main.rs', { 'main.rs': 'mod a;', 'a.rs': '' })
  assert.equal(argv[0], 'rustc')
  assert.equal(argv.at(-1), 'main.rs')
})

test('Cargo builds what the entry point belongs to', () => {
  const manifest = '[package]\nname = "demo-app"\nversion = "0.1.0"\n\n[dependencies]\nname = "not-this"\n'
  const target = (entry: string, toml = manifest): string => {
    const argv = compileArgv('rust', entry, { 'app/Cargo.toml': toml, [entry]: '' })
    assert.ok(argv.includes('./app/Cargo.toml'), argv.join(' '))
    return argv.slice(argv.indexOf('--config') + 2, argv.indexOf('--')).join(' ')
  }
  assert.equal(target('app/src/main.rs'), '--bin demo-app')
  assert.equal(target('app/src/bin/tool.rs'), '--bin tool')
  assert.equal(target('app/src/bin/tool/main.rs'), '--bin tool')
  assert.equal(target('app/examples/show.rs'), '--example show')
  assert.equal(target('app/src/main.rs', `${manifest}[[bin]]\nname = "other"\npath = "src/main.rs"\n`), '')
})

test('a Rust file that Cargo would not build is compiled by itself, though there is a Cargo.toml', () => {
  assert.equal(compileArgv('rust', 'scratch.rs', { 'Cargo.toml': '[package]', 'scratch.rs': '' })[0], 'rustc')
})

test('a file whose name looks like an option stays a file', () => {
  assert.equal(compileArgv('rust', '-o.rs', { '-o.rs': '' }).at(-1), './-o.rs')
  assert.equal(compileArgv('rust', '@args.rs', { '@args.rs': '' }).at(-1), './@args.rs')
  assert.equal(compileArgv('go', '-x/main.go', { '-x/main.go': main }).at(-1), './-x')
})

test('the run stage of a compiled language has the project and the binary, and nothing that was only for the compiler', () => {
  const { compile, run } = plan('go', 'main.go', { 'main.go': main, 'data.txt': 'x' })
  assert.ok(compile !== null)
  const { spec, program } = run(Buffer.from('binary'))
  assert.deepEqual(spec, { root: inImage.root, warmth: 'exec' })
  assert.deepEqual(program.argv, [programPath])
  assert.deepEqual(
    program.files.map((file) => [file.path, file.executable === true]),
    [
      ['main.go', false],
      ['data.txt', false],
      [programPath, true],
    ],
  )
  assert.throws(() => run(null), /needs the binary/)
})

test("a user's environment reaches the program and never the compiler", () => {
  const { compile, run } = plan('go', 'main.go', { 'main.go': main }, { environment: { GOFLAGS: '-x' } })
  assert.equal(compile?.program.environment.GOFLAGS, '-buildvcs=false')
  assert.equal(run(Buffer.from('')).program.environment.GOFLAGS, '-x')
})

test('the cache key is the same for the same work, in whatever order its files come', () => {
  const key = (texts: Record<string, string>, more: Partial<Work> = {}, entry = 'main.go'): string | undefined =>
    plan('go', entry, texts, more).compile?.cacheKey
  const files = { 'main.go': main, 'data.txt': 'x' }
  const usual = key(files)
  assert.match(usual ?? '', /^[0-9a-f]{64}$/)
  assert.equal(key({ 'data.txt': 'x', 'main.go': main }), usual)
  assert.equal(key(files, { args: ['1'], environment: { A: 'b' } }), usual, 'arguments are not compiled in')
  const others = [
    key({ ...files, 'data.txt': 'y' }),
    key({ 'main.go': main, 'data.tx': 't' }),
    key({ ...files, 'sub/main.go': main }, {}, 'sub/main.go'),
    key(files, { availability: { ...inImage, version: '1.24.5' } }),
    key(files, { availability: { ...inImage, fingerprint: 'b' } }),
  ]
  assert.equal(new Set([usual, ...others]).size, others.length + 1)
})

test('an entry point that is not among the files is a mistake of the caller', () => {
  assert.throws(() => plan('python', 'main.py', { 'other.py': '' }), /main\.py is not among the files/)
})

test('a compiler that wants all files gets those beside and below, the entry point last, without others that want to be the start', () => {
  const files = {
    'app/main.c': 'int main(void) {}',
    'app/other.c': 'int main(void) {}',
    'app/shapes/square.c': '',
    'app/add.c': '',
    'app/add.h': '',
    'elsewhere/x.c': '',
  }
  const sources = compileArgv('c', 'app/main.c', files).filter((each) => each.endsWith('.c'))
  assert.deepEqual(sources, ['app/add.c', 'app/shapes/square.c', 'app/main.c'])
})

test('a runtime that must be told how much memory there is, is told the limit of the run', () => {
  const { compile, run } = plan('clojure', 'main.clj', { 'main.clj': '' }, { limits: { ...limits, memoryBytes: 300 * 2 ** 20 } })
  assert.equal(compile, null)
  assert.ok(run(null).program.argv.includes('-XX:MaxRAM=300m'))
})
