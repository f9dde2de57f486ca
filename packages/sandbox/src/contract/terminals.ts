/** A program in a terminal: one stream both ways, lines edited by the kernel, keys that are signals, a size that changes. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Subject } from './sandbox.contract.ts'

const terminal = { columns: 80, rows: 24 } as const

export function terminalTests({ run, it }: Subject): void {
  describe('terminals', () => {
    it('gives a program a terminal of the asked size on all three of its streams, and tells it of a new one', async () => {
      // The new size is not in the stream of what is typed: it may come after it.
      const isOld = '[ "$(stty size)" = "24 80" ]'
      const script = `test -t 0 && test -t 1 && test -t 2 && stty size; read line; while ${isOld}; do sleep 0.05; done; stty size; echo done >&2`
      const ran = await run('exec', { argv: ['sh', '-c', script], terminal }, async (running, output) => {
        await output.until('24 80\r\n')
        running.resize({ columns: 132, rows: 43 })
        await running.write(Buffer.from('go\n'))
      })
      assert.equal(ran.stdout, '24 80\r\ngo\r\n43 132\r\ndone\r\n')
      assert.equal(ran.stderr, '')
      assert.equal(ran.exitCode, 0)
    })

    it('turns keys into signals and the end of input, for the program in front', async () => {
      const script = "trap 'echo interrupted' INT; echo ready; until read a; do :; done; echo got $a; cat; echo over"
      const ran = await run('exec', { argv: ['sh', '-c', script], terminal }, async (running, output) => {
        await output.until('ready')
        await running.write(Buffer.from('\x03'))
        await output.until('interrupted')
        await running.write(Buffer.from('one\n'))
        await output.until('got one\r\n')
        await running.write(Buffer.from('two\n'))
        await output.until('two\r\ntwo\r\n')
        running.endInput()
      })
      assert.match(ran.stdout, /over\r\n$/)
      assert.equal(ran.exitCode, 0)
    })

    it('delivers all that was written to the terminal before the end', async () => {
      const ran = await run('exec', { argv: ['sh', '-c', 'seq 1 20000'], terminal })
      assert.equal(ran.stdout.length, Array.from({ length: 20_000 }, (_, index) => `${index + 1}\r\n`).join('').length)
      assert.match(ran.stdout, /\r\n20000\r\n$/)
    })

    it('ends a program that floods its terminal', async () => {
      const ran = await run('exec', { argv: ['yes'], terminal })
      assert.equal(ran.reason, 'output')
      assert.equal(ran.outputBytes, 1024 * 1024)
    })

    it('shows Python and Node their terminal', async () => {
      const python = await run('python', {
        argv: ['main.py'],
        files: {
          'main.py':
            'import os, sys\nprint(sys.stdin.isatty(), sys.stdout.isatty(), os.get_terminal_size())\nprint(input("name? "))',
        },
        terminal,
        stdin: 'Ada\n',
      })
      assert.match(python.stdout, /True True os.terminal_size\(columns=80, lines=24\)/)
      assert.match(python.stdout, /name\? /)
      assert.match(python.stdout, /Ada\r\nAda\r\n$|Ada\r\n/)
      assert.equal(python.exitCode, 0)
      const node = await run('node', {
        argv: ['main.js'],
        files: {
          'main.js': 'console.log(process.stdin.isTTY, process.stdout.isTTY, process.stdout.columns, process.stdout.rows)',
        },
        terminal,
      })
      assert.equal(node.stdout, 'true true 80 24\r\n')
    })
  })
}
