// The Node of a worker (worker.py): each program is a thread of it, one after another, and all share what a process has: its
// memory, its descriptors, its built-in modules as the program before left them on disk and in the cache of the kernel.
'use strict'
const { constants, openSync, writeSync, closeSync } = require('node:fs')
const { Socket } = require('node:net')
const { join, resolve } = require('node:path')
const { Worker } = require('node:worker_threads')

const folder = process.argv[2]
const project = join(folder, 'work/project')
const control = new Socket({ fd: 3 })
const say = (message) => control.write(`${JSON.stringify(message)}\n`)

let rest = ''
control.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop()
  for (const line of lines) run(JSON.parse(line))
})
control.on('end', () => process.exit())
say({ ready: true })

function run({ streams, argv, environment, limits }) {
  process.chdir(project)
  const before = process.cpuUsage()
  const input = new Socket({
    fd: openSync(streams[0], constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  })
  const outputs = { stdout: openSync(streams[1], 'w'), stderr: openSync(streams[2], 'w') }
  say({ opened: true })
  let exitCode = 0
  let stop
  const worker = new Worker(mainOf(argv[0]), {
    argv: argv.slice(1),
    env: environment,
    ...{ stdin: true, stdout: true, stderr: true },
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(limits.memoryBytes / 1024 / 1024) },
  })
  input.on('error', () => {}).pipe(worker.stdin.on('error', () => {}))
  const ends = ['stdout', 'stderr'].map(
    (name) =>
      new Promise((done) => {
        worker[name].on('data', (chunk) => write(outputs[name], chunk)).on('close', done)
      }),
  )
  worker.on('error', (error) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') stop = 'oom'
    write(outputs.stderr, `${error?.stack ?? error}\n`)
    exitCode = 1
  })
  worker.on('exit', async (code) => {
    await Promise.race([Promise.all(ends), new Promise((done) => setTimeout(done, 200))])
    input.destroy()
    for (const file of Object.values(outputs)) closeSync(file)
    const { user, system } = process.cpuUsage(before)
    const status = ((code || exitCode) & 0xff) << 8
    say({ status, cpuUs: user + system, residentBytes: process.memoryUsage.rss(), ...(stop === undefined ? {} : { stop }) })
    process.chdir('/')
    say({ ready: true })
  })
}

/** As `node name` finds it. */
function mainOf(name) {
  const path = resolve(project, name)
  try {
    return require.resolve(path)
  } catch {
    return path
  }
}

function write(file, chunk) {
  let left = Buffer.from(chunk)
  try {
    while (left.length > 0) left = left.subarray(writeSync(file, left))
  } catch {
    // Nobody reads any more.
  }
}
