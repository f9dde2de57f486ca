/** Input and output: real pipes, bytes, back-pressure, floods. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe } from 'node:test'
import { programOf } from './run-program.ts'
import type { Subject } from './sandbox.contract.ts'

export function streamTests({ driver, spec, run, it }: Subject): void {
  describe('streams', () => {
    it('carries input as it is written and tells the program of its end', async () => {
      const ran = await run(
        'exec',
        { argv: ['sh', '-c', 'echo ready; read a; echo "1 $a"; read b; echo "2 $b"; cat; echo end'] },
        async (running, output) => {
          await output.until('ready')
          await running.write(Buffer.from('one\n'))
          await output.until('1 one')
          await running.write(Buffer.from('two\nrest'))
          running.endInput()
        },
      )
      assert.equal(ran.stdout, 'ready\n1 one\n2 two\nrestend\n')
    })

    for (const environment of [{}, { PYTHONHASHSEED: '1' }])
      it(`shows what Python prints at the end of its line, not of the program${Object.keys(environment).map((name) => `, also with ${name}`)}`, async () => {
        const text = 'import sys\nprint("first")\nsys.stdin.read()\nprint("last")'
        const ran = await run(
          'python',
          { argv: ['main.py'], files: { 'main.py': text }, environment },
          async (running, output) => {
            await output.until('first')
            running.endInput()
          },
        )
        assert.equal(ran.stdout, 'first\nlast\n')
      })

    it('takes large input at the pace of the program', async () => {
      const input = Buffer.alloc(4_000_000, 'abcdefg\n')
      const ran = await run('exec', { argv: ['wc', '-c'] }, async (running) => {
        await running.write(input)
        running.endInput()
      })
      assert.equal(ran.stdout.trim(), '4000000')
    })

    it('drops input for a program that closed it or has ended', async () => {
      const ran = await run('exec', { argv: ['sh', '-c', 'exec <&-; echo closed; sleep 0.05'] }, async (running, output) => {
        await output.until('closed')
        await running.write(Buffer.alloc(1_000_000))
      })
      assert.equal(ran.exitCode, 0)
      const sandbox = await driver().open(spec('exec'))
      const running = sandbox.start(programOf({ argv: ['true'] }), () => {})
      await running.ended
      await running.write(Buffer.from('late'))
      running.endInput()
      running.signal('SIGTERM')
      running.kill()
      await sandbox.destroy()
    })

    it('gives real pipes that can be opened by name', async () => {
      const ran = await run('exec', {
        argv: ['sh', '-c', 'echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin'],
        stdin: 'in\n',
      })
      assert.deepEqual([ran.stdout, ran.stderr, ran.exitCode], ['out\nin\n', 'err\n', 0])
    })

    it('passes bytes that are no text', async () => {
      const ran = await run('exec', { argv: ['python3', '-c', 'import os; os.write(1, bytes(range(256)) * 4)'] })
      assert.deepEqual(ran.stdoutBytes, Buffer.from([...Array(1024).keys()].map((n) => n % 256)))
    })

    it('ends a program that writes without end at the output limit, exactly', async () => {
      const ran = await run('exec', { argv: ['sh', '-c', 'exec cat /dev/zero'], limits: { outputBytes: 100_000 } })
      assert.deepEqual([ran.reason, ran.outputBytes, ran.stdout.length], ['output', 100_000, 100_000])
      const both = await run('exec', { argv: ['sh', '-c', 'yes >&2 & exec yes'], limits: { outputBytes: 100_000 } })
      assert.deepEqual([both.reason, both.stdout.length + both.stderr.length], ['output', 100_000])
      const exact = await run('exec', { argv: ['head', '-c', '100000', '/dev/zero'], limits: { outputBytes: 100_000 } })
      assert.deepEqual([exact.reason, exact.outputBytes], ['exited', 100_000])
    })

    it('survives a gigabyte, written in single bytes or as invalid UTF-8', async () => {
      const gigabyte = 'import os\nchunk = b"\\xff\\xc0" * 32768\nfor _ in range(16384): os.write(1, chunk)\n'
      const large = await run('exec', { argv: ['python3', '-c', gigabyte] })
      assert.deepEqual([large.reason, large.outputBytes], ['output', 1024 * 1024])
      const bytes = await run('exec', { argv: ['python3', '-c', 'import os\nfor _ in range(200_000): os.write(1, b"x")\n'] })
      assert.deepEqual([bytes.reason, bytes.outputBytes], ['exited', 200_000])
    })

    it('holds a program back while its output is not wanted, and loses nothing', async () => {
      const sandbox = await driver().open(spec('exec'))
      let received = 0
      const argv = ['python3', '-c', 'import os, sys\nfor _ in range(100): os.write(1, b"x" * 8192)\nos.write(2, b"done")']
      const running = sandbox.start(programOf({ argv }), (_, bytes) => {
        received += bytes.byteLength
        if (received < 100_000) return
        running.pause()
        setImmediate(() => running.resume())
      })
      const end = await running.ended
      await sandbox.destroy()
      assert.deepEqual([end.reason, received], ['exited', 819_204])
    })

    it('can be killed while paused', async () => {
      const sandbox = await driver().open(spec('exec'))
      const controller = new AbortController()
      const running = sandbox.start(programOf({ argv: ['yes'] }), () => {
        if (controller.signal.aborted) return
        running.pause()
        running.kill()
        controller.abort()
      })
      await once(controller.signal, 'abort')
      setImmediate(() => running.resume())
      assert.equal((await running.ended).reason, 'killed')
      await sandbox.destroy()
    })
  })
}
