/** How a sandbox begins and how it ends. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { programOf, startIn } from './run-program.ts'
import type { Subject } from './sandbox.contract.ts'

export function endTests({ driver, spec, run, it }: Subject): void {
  describe('ends', () => {
    it('runs a program found through PATH with its arguments, environment and files', async () => {
      const ran = await run('exec', {
        argv: ['sh', '-c', 'echo "$GREETING $0 $1"; cat note.txt deep/er/x; pwd', 'a', 'b c'],
        environment: { GREETING: 'hello' },
        files: { 'note.txt': 'note\n', 'deep/er/x': 'x\n' },
      })
      assert.equal(ran.stdout, 'hello a b c\nnote\nx\n/project\n')
      assert.deepEqual([ran.reason, ran.exitCode, ran.signal, ran.stderr], ['exited', 0, null, ''])
      assert.ok(ran.cpuMs > 0 && ran.wallMs > 0 && ran.peakBytes > 0)
      assert.equal(ran.outputBytes, ran.stdout.length)
    })

    it('places an absolute path below /tmp and marks executables', async () => {
      const sandbox = await driver().open(spec('exec'))
      const files = [{ path: '/tmp/tool', content: Buffer.from('#!/bin/sh\necho tool\n'), executable: true }]
      let text = ''
      const running = sandbox.start({ ...programOf({ argv: ['/tmp/tool'] }), files }, (_, bytes) => {
        text += Buffer.from(bytes)
      })
      const end = await running.ended
      await sandbox.destroy()
      assert.deepEqual([text, end.exitCode], ['tool\n', 0])
    })

    it('reports exit codes and signals of the program itself', async () => {
      const [code, term, segv] = await Promise.all([
        run('exec', { argv: ['sh', '-c', 'exit 42'] }),
        run('exec', { argv: ['sh', '-c', 'kill -TERM $$'] }),
        run('exec', { argv: ['sh', '-c', 'kill -SEGV $$'] }),
      ])
      assert.deepEqual([code.reason, code.exitCode, code.signal], ['exited', 42, null])
      assert.deepEqual([term.reason, term.exitCode, term.signal], ['signalled', null, 'SIGTERM'])
      assert.deepEqual([segv.reason, segv.exitCode, segv.signal], ['signalled', null, 'SIGSEGV'])
    })

    it('answers like a shell when there is no such program, or it is not one', async () => {
      const missing = await run('exec', { argv: ['no-such-program'] })
      assert.deepEqual(
        [missing.reason, missing.exitCode, missing.stderr],
        ['exited', 127, 'no-such-program: command not found\n'],
      )
      const denied = await run('exec', { argv: ['./text'], files: { text: 'x' } })
      assert.deepEqual([denied.exitCode, denied.stderr], [126, './text: Permission denied\n'])
    })

    it('refuses paths and limits that no caller may ask for', async () => {
      const sandbox = await driver().open(spec('exec'))
      const start = (change: object) => () => sandbox.start({ ...programOf({ argv: ['true'] }), ...change }, () => {})
      const content = Buffer.from('')
      for (const path of ['../x', 'a/../../x', '/etc/passwd', '/tmp', '/tmp/../etc/x', '', '.', 'a//b', 'a\0b']) {
        assert.throws(start({ files: [{ path, content }] }), RangeError, JSON.stringify(path))
      }
      for (const value of [0, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY, '12']) {
        assert.throws(start({ limits: { ...programOf({ argv: ['x'] }).limits, memoryBytes: value } }), RangeError, String(value))
      }
      assert.throws(start({ argv: [] }), RangeError)
      assert.throws(start({ argv: ['a\0b'] }), RangeError)
      await sandbox.destroy()
    })

    it('takes file names with a leading dash, newlines, backslashes, unicode and 255 bytes as what they are', async () => {
      const names = ['-rf', 'two\nlines', 'back\\slash', 'żółć', 'e\u0301', 'x'.repeat(255), ' ', '..x']
      const ran = await run('exec', {
        argv: ['python3', '-c', 'import os; print(sorted(os.listdir("/project")) == sorted(eval(os.environ["NAMES"])))'],
        environment: { NAMES: JSON.stringify(names) },
        files: Object.fromEntries(names.map((name) => [name, 'x'])),
      })
      assert.equal(ran.stdout, 'True\n', ran.stderr)
    })

    it('starts a sandbox only once', async () => {
      const sandbox = await driver().open(spec('exec'))
      await startIn(sandbox, { argv: ['true'] })
      assert.throws(() => sandbox.start(programOf({ argv: ['true'] }), () => {}))
      await sandbox.destroy()
    })

    it('collects the files asked for when the program ended well, within their limit', async () => {
      const script =
        'echo one > one; head -c 100000 /dev/zero > big; ln -s one link; mkdir d; mkfifo p; echo t > /tmp/t; chmod +x /tmp/t'
      const collect = ['one', 'big', 'link', 'd', 'p', 'none', '/tmp/t']
      const ran = await run('exec', { argv: ['sh', '-c', script], collect, collectBytes: 50_000 })
      assert.deepEqual(
        ran.collected.map((file) => [file.path, Buffer.from(file.content).toString(), file.executable]),
        [
          ['one', 'one\n', false],
          ['/tmp/t', 't\n', true],
        ],
      )
      const large = await run('exec', {
        argv: ['sh', '-c', 'head -c 9000000 /dev/zero > big'],
        collect: ['big'],
        collectBytes: 10_000_000,
      })
      assert.equal(large.collected[0]?.content.byteLength, 9_000_000)
      const failed = await run('exec', { argv: ['sh', '-c', 'echo one > one; exit 1'], collect: ['one'], collectBytes: 50_000 })
      assert.deepEqual(failed.collected, [])
    })

    it('takes inputs far larger than a pipe', async () => {
      const big = Buffer.alloc(8_000_000, 'a')
      for (const warmth of ['exec', 'python', 'node'] as const) {
        const argv = { exec: ['wc', '-c', 'big'], python: ['main.py'], node: ['main.js'] }[warmth]
        const ran = await run(warmth, {
          argv,
          files: {
            big,
            'main.py': 'import os; print(os.path.getsize("big"))',
            'main.js': 'console.log(require("fs").statSync("big").size)',
          },
        })
        assert.match(ran.stdout, /^8000000/)
      }
    })

    it('ends at the exit of the main process although a daemon holds the output open', async () => {
      const daemon =
        'import os,time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n  time.sleep(60)\n os._exit(0)\nprint("main")\n'
      const ran = await run('exec', { argv: ['python3', '-c', daemon] })
      assert.deepEqual([ran.reason, ran.exitCode, ran.stdout], ['exited', 0, 'main\n'])
      const shell = await run('exec', { argv: ['sh', '-c', '(setsid sleep 60 &) ; sleep 60 & echo main'] })
      assert.deepEqual([shell.reason, shell.exitCode, shell.stdout], ['exited', 0, 'main\n'])
    })

    it('delivers every byte written before the exit', async () => {
      const ran = await run('exec', {
        argv: [
          'python3',
          '-c',
          'import sys; sys.stdout.write("x" * 900_000); sys.stdout.flush(); sys.stderr.write("e" * 90_000)',
        ],
      })
      assert.deepEqual([ran.stdout.length, ran.stderr.length, ran.outputBytes], [900_000, 90_000, 990_000])
    })

    it('sends signals to the whole foreground group and kills on request', async () => {
      const trap = 'trap "echo got INT; exit 3" INT; echo ready; while :; do sleep 0.01; done'
      const caught = await run('exec', { argv: ['sh', '-c', trap] }, async (running, output) => {
        await output.until('ready')
        running.signal('SIGINT')
      })
      assert.deepEqual([caught.stdout, caught.reason, caught.exitCode], ['ready\ngot INT\n', 'exited', 3])
      const killed = await run(
        'exec',
        { argv: ['sh', '-c', 'trap "" TERM INT HUP; echo ready; sleep 60'] },
        async (running, output) => {
          await output.until('ready')
          running.kill()
          running.kill()
        },
      )
      assert.deepEqual([killed.reason, killed.exitCode, killed.stdout], ['killed', null, 'ready\n'])
      const quit = await run('exec', { argv: ['sh', '-c', 'echo ready; sleep 60'] }, async (running, output) => {
        await output.until('ready')
        running.signal('SIGKILL')
      })
      assert.deepEqual([quit.reason, quit.signal], ['signalled', 'SIGKILL'])
    })

    it('stops and continues a program', async () => {
      const ran = await run('exec', { argv: ['sh', '-c', 'echo ready; read line; echo "$line"'] }, async (running, output) => {
        await output.until('ready')
        running.signal('SIGSTOP')
        await running.write(Buffer.from('after\n'))
        running.signal('SIGCONT')
      })
      assert.equal(ran.stdout, 'ready\nafter\n')
    })

    it('destroys a warm sandbox, a running one, and one that is gone', async () => {
      const warm = await driver().open(spec('python'))
      await warm.destroy()
      await warm.destroy()
      await warm.died
      const busy = await driver().open(spec('exec'))
      const running = busy.start(programOf({ argv: ['sleep', '60'] }), () => {})
      await busy.destroy()
      assert.equal((await running.ended).reason, 'killed')
    })

    it('does not open a sandbox for a caller who has gone', async () => {
      await assert.rejects(driver().open(spec('exec'), AbortSignal.abort(new Error('gone'))))
      const controller = new AbortController()
      const opening = driver().open(spec('node'), controller.signal)
      controller.abort(new Error('gone'))
      await assert.rejects(opening)
    })

    it('gives the next program a clean place', async () => {
      const look =
        'ls -A /project /tmp /dev/shm; ls /dev/mqueue 2>/dev/null; ipcs -q -m -s 2>/dev/null | grep -c 0x0000; cat /proc/sys/kernel/hostname'
      const before = await run('exec', { argv: ['sh', '-c', look] })
      await run('exec', { argv: ['sh', '-c', 'touch /project/a /tmp/b /dev/shm/c; sleep 60 & hostname other; exit 0'] })
      const after = await run('exec', { argv: ['sh', '-c', look] })
      assert.equal(after.stdout, before.stdout)
    })
  })
}
