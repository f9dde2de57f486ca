// Preloaded into every warm Node (NODE_OPTIONS=--require): waits for the program's frame, writes its files, and lets Node's
// own start-up run the program's entry point. Descriptor 3 carries the frame, 4 the word to the box's init; both are closed
// before any user code runs. Worker threads preload this file too and pass it by.
'use strict'
const { isMainThread } = require('node:worker_threads')
if (isMainThread && process.env.ATELIER_BOOT === '1') boot()

function boot() {
  const fs = require('node:fs')
  const path = require('node:path')
  const Module = require('node:module')
  const FRAME = 3
  const WORD = 4
  process.chdir('/project')
  warmUp()
  fs.writeSync(WORD, 'R')
  try {
    const header = readHeader()
    for (const [name, size, executable] of header.files) place(name, size, executable)
    fs.closeSync(FRAME)
    if (header.wishes.includes('terminal')) takeTerminal()
    // Nothing of our own start-up stays; the base environment is already there.
    delete process.env.NODE_OPTIONS
    delete process.env.ATELIER_BOOT
    Object.assign(process.env, header.environment)
    become(header)
    fs.closeSync(WORD)
  } catch (error) {
    fs.writeSync(WORD, `E${error}`)
    process.reallyExit(125)
  }

  /** Compiles what nearly every program uses first; without touching its streams, whose state is the program's own. */
  function warmUp() {
    require('node:tty')
    require('node:v8')
    const { Socket } = require('node:net')
    new Socket()
    const file = fs.openSync('/dev/null', 'w', 0o644)
    fs.writeSync(file, Buffer.from('warm'), 0)
    fs.closeSync(file)
    const { Console } = require('node:console')
    const { Writable } = require('node:stream')
    const nowhere = new Console(new Writable({ write: (_bytes, _encoding, done) => done() }))
    nowhere.log('warm', 1, { list: [1] })
    nowhere.error('warm')
  }

  /**
   * This process may be one of many copies of a virtual machine, which would all roll the same dice: V8 takes its seed once, here
   * and not before. Later contexts and workers choose their own again.
   */
  function reseed() {
    const bytes = Buffer.alloc(4)
    const file = fs.openSync('/dev/urandom')
    fs.readSync(file, bytes)
    fs.closeSync(file)
    const { setFlagsFromString } = require('node:v8')
    setFlagsFromString(`--random-seed=${(bytes.readUInt32BE() >>> 1) | 1}`)
    Math.random()
    setFlagsFromString('--random-seed=0')
  }

  function become(header) {
    const [script, ...rest] = header.argv
    if (Object.keys(header.environment).some((name) => name.startsWith('NODE_')) || script.startsWith('-')) {
      // Start-up settings are read only at a start.
      fs.closeSync(WORD)
      process.execve(process.execPath, ['node', ...header.argv], process.env)
    }
    const entry = path.resolve(script)
    process.argv.splice(1, process.argv.length - 1, entry, ...rest)
    reseed()
    delete require.cache[__filename]
    module.children.length = 0
    // Error traces are mapped through source maps only where there is TypeScript.
    if (!/\.[cm]?tsx?$/.test(entry)) process.setSourceMapsEnabled(false)
    // Node's start-up calls Module.runMain next. A bound function adds no frame to the program's stack traces.
    const original = Module.runMain
    Object.defineProperty(Module, 'runMain', {
      configurable: true,
      enumerable: true,
      get() {
        Object.defineProperty(Module, 'runMain', { configurable: true, enumerable: true, writable: true, value: original })
        return original.bind(Module, entry)
      },
    })
  }

  /** The frame's header as program.py describes it. */
  function readHeader() {
    const strings = readExactly(readExactly(4).readUInt32BE(0)).toString().split('\0')
    let at = 0
    const take = (width) => {
      const rows = []
      const count = Number(strings[at])
      for (let row = 0; row < count; row += 1) rows.push(strings.slice(at + 1 + row * width, at + 1 + (row + 1) * width))
      at += 1 + count * width
      return rows
    }
    const argv = take(1).flat()
    const environment = Object.fromEntries(take(2))
    take(1) // The init sets our limits.
    const files = take(3).map(([name, size, executable]) => [name, Number(size), executable !== ''])
    return { argv, environment, files, wishes: take(1).flat() }
  }

  /** As terminal.py does: the first one opened by the leader of a session becomes its own. */
  function takeTerminal() {
    const until = performance.now() + 5000
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let stream = 0; stream < 3; stream += 1) {
      for (let opened = stream === 0 ? null : stream; opened === null; ) {
        try {
          const terminal = fs.openSync('/dev/pts/0', 'r+')
          fs.closeSync(terminal)
          opened = 0
        } catch (error) {
          if (!['ENOENT', 'EIO'].includes(error.code) || performance.now() > until) throw error
          Atomics.wait(pause, 0, 0, 1)
        }
      }
      fs.closeSync(stream)
      // The lowest free number: the one just closed.
      if (fs.openSync('/dev/pts/0', 'r+') !== stream) throw new Error('a stream has another number')
    }
  }

  function readExactly(size) {
    const bytes = Buffer.allocUnsafe(size)
    let at = 0
    while (at < size) {
      const count = fs.readSync(FRAME, bytes, at, size - at)
      if (count === 0) process.reallyExit(0)
      at += count
    }
    return bytes
  }

  function place(name, size, executable) {
    const absolute = name.startsWith('/')
    const parts = name.split('/').slice(absolute ? 2 : 0)
    if (name.includes('\0') || (absolute && !name.startsWith('/tmp/')) || parts.some((part) => ['', '.', '..'].includes(part))) {
      throw new Error(`not a plain path: ${JSON.stringify(name)}`)
    }
    const target = path.join('/project', absolute ? `/../${name}` : name)
    if (path.dirname(target) !== '/project') fs.mkdirSync(path.dirname(target), { recursive: true })
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants
    const file = fs.openSync(target, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, executable ? 0o755 : 0o644)
    try {
      for (let left = size; left > 0; ) {
        const bytes = readExactly(Math.min(left, 1 << 20))
        for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at)
        left -= bytes.length
      }
    } catch (error) {
      if (!['ENOSPC', 'EFBIG', 'EDQUOT'].includes(error.code)) throw error
      // The files do not fit: a limit that was reached, not a fault of ours.
      fs.writeSync(2, `${error.message}\n`)
      process.reallyExit(1)
    }
    fs.closeSync(file)
  }
}
