/** The process driver: what it promises of the contract, and that its gaps are what it says. Only ever in a network of its own. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { findProcesses } from '../container/host-processes.ts'
import { contractLimits, type ProgramText, runProgram } from '../contract/run-program.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { examineDriver } from '../posture/examine.ts'
import type { Warmth } from '../sandbox.ts'
import { isAlone } from './alone.ts'
import { gaps } from './probe.ts'
import { createProcessDriver } from './process.ts'

const open = () => createProcessDriver({ log: silentLog, nodeBinary: process.execPath, slots: 8 })

/** Each is a gap that the driver names itself. */
const notPromised = [
  { promise: 'fresh interpreter', tests: [/^with /] },
  {
    promise: 'limits of the whole',
    tests: ['counts the CPU time of all processes together', 'counts children against the memory limit'],
  },
  {
    promise: 'own place',
    tests: [
      'runs a program found through PATH with its arguments, environment and files',
      'takes file names with a leading dash, newlines, backslashes, unicode and 255 bytes as what they are',
      'collects the files asked for when the program ended well, within their limit',
      'gives the next program a clean place',
    ],
  },
  {
    promise: 'terminal',
    tests: [
      'gives a program a terminal of the asked size on all three of its streams, and tells it of a new one',
      'turns keys into signals and the end of input, for the program in front',
      'delivers all that was written to the terminal before the end',
      'ends a program that floods its terminal',
      'shows Python and Node their terminal',
    ],
  },
  {
    promise: 'disk',
    tests: [
      'contains a program that fills the disk with bytes, wherever it writes',
      'contains a program that fills the disk with files',
      'holds other disk limits than the usual',
    ],
  },
]

if (isAlone(import.meta.filename)) {
  sandboxContract('process', open, { root: { kind: 'host' }, exactLimits: false, notPromised })

  describe('without isolation', { timeout: 60_000 }, () => {
    const driver = open()
    after(() => driver.close())
    const run = (warmth: Warmth, text: ProgramText) => runProgram(driver, { root: { kind: 'host' }, warmth }, text)
    const python = (text: string) => run('python', { argv: ['main.py'], files: { 'main.py': text } })

    it('the driver says "no isolation" first, and names every gap with what to do', async () => {
      const { usable, summary, findings } = await driver.probe()
      assert.equal(usable, true)
      assert.match(summary, /^no isolation: /)
      for (const name of Object.keys(gaps)) assert.equal(findings.find((finding) => finding.name === name)?.ok, false, name)
    })

    it('its posture is the one that is written down: that of an ordinary process', async () => {
      const probe = await examineDriver(driver, { roots: [{ kind: 'host' }], limits: contractLimits })
      assert.equal(probe.usable, true, JSON.stringify(probe.findings.at(-1)))
    })

    it('a program finds what the one before left in the interpreter', async () => {
      const first = await python('import json, os; json.left = "behind"; print(os.getpid())')
      const second = await python('import json, os; print(os.getpid(), json.left)')
      assert.equal(second.stdout, `${first.stdout.trim()} behind\n`)
    })

    it('a program reads what its user can read of this machine', async () => {
      const ran = await run('exec', { argv: ['sh', '-c', 'head -c 5 /etc/passwd; ls /proc | grep -c "^[0-9]"'] })
      assert.match(ran.stdout, /^root:\d+\n$/)
      assert.ok(Number(ran.stdout.slice(5)) > 3)
    })

    it('no program is root, nor can it change the files of root', async () => {
      for (const warmth of ['python', 'exec'] as const) {
        const text = 'import os; print(os.getresuid(), os.getresgid(), os.access("/etc/passwd", os.W_OK))'
        const argv = warmth === 'python' ? ['main.py'] : ['python3', 'main.py']
        const ran = await run(warmth, { argv, files: { 'main.py': text } })
        assert.match(ran.stdout, /^\(([1-9]\d*), \1, \1\) \(([1-9]\d*), \2, \2\) False\n$/)
      }
    })

    it('a program that takes its worker with it costs the next one nothing but another worker', async () => {
      assert.equal((await python('import os, signal; os.kill(os.getpid(), signal.SIGKILL)')).signal, 'SIGKILL')
      assert.equal((await python('print("well")')).stdout, 'well\n')
      const node = (text: string) => run('node', { argv: ['main.js'], files: { 'main.js': text } })
      assert.equal((await node('process.kill(process.pid, "SIGKILL")')).signal, 'SIGKILL')
      assert.equal((await node('console.log("well")')).stdout, 'well\n')
    })

    it('a program that says nonsense to the server in its worker’s name ends its worker', async () => {
      for (const words of ['{"started": -1}', '{"done": {"files": 3}}', 'x', '{"ready": true, "more": 1}']) {
        const ran = await python(`import os, time\nos.write(3, b'${words}\\n')\ntime.sleep(60)`)
        assert.deepEqual([ran.reason, ran.signal], ['signalled', 'SIGKILL'], words)
      }
      const flood = await python('import os, time\nwhile True: os.write(3, b"x" * 65536)')
      assert.deepEqual([flood.reason, flood.signal], ['signalled', 'SIGKILL'])
    })

    it('input that a program did not read is not there for the next one', async () => {
      const sandbox = await driver.open({ root: { kind: 'host' }, warmth: 'exec' })
      const limits = contractLimits
      const running = sandbox.start({ argv: ['sleep', '0.1'], environment: {}, files: [], limits }, () => {})
      await running.write(Buffer.alloc(60_000, 'x'))
      await running.ended
      await sandbox.destroy()
      const next = await run('exec', { argv: ['cat'], stdin: 'own' })
      assert.equal(next.stdout, 'own')
    })

    it('a folder that a program closed even to itself is gone for the next one', async () => {
      await run('exec', { argv: ['sh', '-c', 'mkdir -p shut/deep; echo x > shut/deep/x; chmod 0 shut/deep shut'] })
      assert.equal((await run('exec', { argv: ['ls', '-A'] })).stdout, '')
    })

    it('a program that needs the toolchain image is refused', async () => {
      await assert.rejects(driver.open({ root: { kind: 'image', folder: '/nowhere' }, warmth: 'exec' }), /no image/)
    })

    it('closing it ends its workers', async () => {
      const other = open()
      const ran = await runProgram(other, { root: { kind: 'host' }, warmth: 'exec' }, { argv: ['sh', '-c', 'echo $PPID'] })
      const worker = Number(ran.stdout)
      assert.ok(findProcesses('worker.py').some(({ pid }) => pid === worker))
      await other.close()
      assert.ok(!findProcesses('worker.py').some(({ pid }) => pid === worker))
    })
  })
}
