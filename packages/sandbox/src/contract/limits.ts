/** Each limit is held, and named as the reason when it ended the program. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Subject } from './sandbox.contract.ts'

const MB = 1024 * 1024

export function limitTests({ run, options, it }: Subject): void {
  const { tellsRefusedForks = options.exactLimits, countsFiles = true } = options
  describe('limits', () => {
    it('ends a program that outstays its time on the wall', async () => {
      const ran = await run('exec', { argv: ['sleep', '60'], limits: { wallMs: 200 } }, () => {})
      assert.deepEqual([ran.reason, ran.exitCode], ['wall', null])
      const reader = await run(
        'python',
        { argv: ['main.py'], files: { 'main.py': 'while True: input()' }, limits: { wallMs: 200 } },
        () => {},
      )
      assert.equal(reader.reason, 'wall')
    })

    it('ends a program that used up its CPU time', async () => {
      const loops = { python: ['main.py', 'while True: pass'], node: ['main.js', 'for (;;) {}'] } as const
      for (const warmth of ['python', 'node'] as const) {
        const [name, text] = loops[warmth]
        const ran = await run(warmth, { argv: [name], files: { [name]: text }, limits: { cpuMs: 300 } })
        assert.equal(ran.reason, 'cpu', `${warmth} ${JSON.stringify(ran)}`)
        assert.ok(ran.cpuMs >= 290)
      }
    })

    it('counts the CPU time of all processes together', async () => {
      const spin = 'for i in 1 2 3 4; do (while :; do :; done) & done; wait'
      const ran = await run('exec', { argv: ['sh', '-c', spin], limits: { cpuMs: 300 } })
      assert.equal(ran.reason, 'cpu')
    })

    it('ends a program that takes more memory than it may', async () => {
      const bomb = 'x = []\nwhile True: x.append(bytearray(1_000_000))'
      for (const warmth of ['python', 'exec'] as const) {
        const argv = warmth === 'python' ? ['main.py'] : ['python3', 'main.py']
        const ran = await run(warmth, { argv, files: { 'main.py': bomb } })
        assert.equal(ran.reason, 'oom', JSON.stringify(ran))
        assert.ok(ran.peakBytes > 200 * MB && (!options.exactLimits || ran.peakBytes <= 300 * MB), String(ran.peakBytes))
      }
    })

    it('holds other memory limits than the usual', async () => {
      const fill = 'x = bytearray(100_000_000)\nprint(len(x))'
      const files = { 'main.py': fill }
      const less = await run('python', { argv: ['main.py'], files, limits: { memoryBytes: 64 * MB } })
      if (options.exactLimits) assert.equal(less.reason, 'oom')
      const more = await run('python', {
        argv: ['main.py'],
        files: { 'main.py': fill.replace('100', '400') },
        limits: { memoryBytes: 600 * MB },
      })
      assert.deepEqual([more.reason, more.stdout], ['exited', '400000000\n'])
    })

    it('counts children against the memory limit', async () => {
      const children =
        'import os,time\nfor _ in range(8):\n  if os.fork() == 0:\n    x = b"x" * 60_000_000\n    time.sleep(60)\nprint([os.wait()[1] for _ in range(8)])\nraise SystemExit(1)'
      const ran = await run('exec', { argv: ['python3', '-c', children], limits: { wallMs: 3000 } })
      assert.ok(ran.reason === 'oom' || ran.reason === 'wall', JSON.stringify(ran))
      assert.ok(!options.exactLimits || ran.peakBytes <= 300 * MB)
    })

    it('contains a fork bomb', async () => {
      const python = 'import os\nwhile True: os.fork()'
      const polite = await run('exec', { argv: ['python3', '-c', python], limits: { wallMs: 5000, cpuMs: 2000 } })
      // Where forks are not counted by the host, their memory is.
      const held = ['cpu', 'wall', ...(tellsRefusedForks ? ['processes'] : ['oom'])]
      assert.ok([...held, ...(tellsRefusedForks ? [] : ['exited'])].includes(polite.reason), JSON.stringify(polite))
      const shell = await run('exec', { argv: ['sh', '-c', 'f() { f | f & f; }; f'], limits: { wallMs: 3000, cpuMs: 1000 } })
      assert.ok([...held, 'processes', 'exited', 'signalled'].includes(shell.reason), JSON.stringify(shell))
      const stubborn = await run('exec', {
        argv: ['python3', '-c', 'import os\nwhile True:\n try: os.fork()\n except OSError: pass'],
        limits: { wallMs: 3000, cpuMs: 500 },
      })
      assert.ok(held.includes(stubborn.reason) && stubborn.reason !== 'processes', JSON.stringify(stubborn))
    })

    it('names the limit of processes when it ended the program', async () => {
      const many =
        'import threading, time\nfor _ in range(100): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()'
      const ran = await run('python', { argv: ['main.py'], files: { 'main.py': many }, limits: { processes: 20 } })
      assert.match(ran.stderr, /can't start new thread/)
      assert.equal(ran.reason, tellsRefusedForks ? 'processes' : 'exited', JSON.stringify(ran))
    })

    it('contains a program that fills the disk with bytes, wherever it writes', async () => {
      for (const folder of ['/project', '/tmp', '/dev/shm']) {
        const ran = await run('exec', { argv: ['sh', '-c', `exec head -c 100000000 /dev/zero > ${folder}/x`] })
        assert.deepEqual([ran.reason, ran.exitCode], ['disk', 1], `${folder} ${JSON.stringify(ran)}`)
      }
      const all = 'for f in /project /tmp /dev/shm; do head -c 20000000 /dev/zero > $f/x || exit 1; done'
      assert.equal((await run('exec', { argv: ['sh', '-c', all] })).reason, 'disk')
    })

    it('contains a program that fills the disk with files', async () => {
      const ran = await run('exec', { argv: ['python3', '-c', 'i = 0\nwhile True:\n  open(f"/tmp/{i}", "w").close(); i += 1'] })
      // Where files are not counted, those of an endless loop end at the limit of memory or of time.
      if (!countsFiles) return assert.ok(['oom', 'cpu', 'wall'].includes(ran.reason), JSON.stringify(ran))
      assert.deepEqual([ran.reason, ran.exitCode], ['disk', 1], ran.stderr)
      assert.match(ran.stderr, /No space left/)
    })

    it('holds other disk limits than the usual', async () => {
      const write = (bytes: number) => ['sh', '-c', `head -c ${bytes} /dev/zero > x && echo ok`]
      const less = await run('exec', { argv: write(2 * MB), limits: { diskBytes: MB } })
      assert.equal(less.reason, 'disk')
      const more = await run('exec', { argv: write(60 * MB), limits: { diskBytes: 80 * MB } })
      assert.deepEqual([more.reason, more.stdout], ['exited', 'ok\n'])
      const files = 'i=0; while [ $i -lt 100 ]; do : > $i || exit 1; i=$((i+1)); done'
      const fewer = await run('exec', { argv: ['sh', '-c', files], limits: { diskFiles: 50 } })
      assert.equal(fewer.reason, countsFiles ? 'disk' : 'exited')
      const inputs = await run('exec', { argv: ['true'], files: { big: Buffer.alloc(2 * MB) }, limits: { diskBytes: MB } })
      assert.equal(inputs.reason, 'disk', JSON.stringify(inputs))
    })

    it('leaves failures that reach no limit to the program', async () => {
      const ran = await run('exec', { argv: ['sh', '-c', 'echo x > /etc/passwd || exit 9'] })
      assert.deepEqual([ran.reason, ran.exitCode], ['exited', 9])
    })

    it('writes no core files', async () => {
      const ran = await run('exec', {
        argv: ['sh', '-c', 'ulimit -c unlimited 2>/dev/null; ulimit -c; sh -c "kill -ABRT \\$\\$"; ls -A'],
      })
      assert.match(ran.stdout, /^0\n/)
      assert.doesNotMatch(ran.stdout, /core/)
    })
  })
}
