/** What a program leaves in /project is offered back: by a helper inside the box, with bounds, never by the host's own hand. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { SandboxEnd } from '../sandbox.ts'
import type { Subject } from './sandbox.contract.ts'

const artefacts = { files: 10, bytes: 100_000 } as const

const named = (end: SandboxEnd): Record<string, string> =>
  Object.fromEntries((end.artefacts?.files ?? []).map(({ path, content }) => [path, Buffer.from(content).toString()]))

export function artefactTests({ run, it }: Subject): void {
  describe('artefacts', () => {
    const shell = (script: string, files: Record<string, string> = {}) =>
      run('exec', { argv: ['sh', '-c', script], files, artefacts })

    it('are the files that the program made or changed, and not those that it left alone', async () => {
      const files = { 'same.txt': 'same', 'changed.txt': 'old', 'deep/touched.txt': 'touched' }
      const ran = await shell('mkdir -p out; echo new > out/new.txt; echo more > changed.txt; touch deep/touched.txt', files)
      assert.deepEqual(named(ran), { 'changed.txt': 'more\n', 'out/new.txt': 'new\n' })
      assert.equal(ran.artefacts?.areAll, true)
    })

    it('are offered also when the program failed', async () => {
      const ran = await shell('echo half > report.txt; exit 3')
      assert.equal(ran.exitCode, 3)
      assert.deepEqual(named(ran), { 'report.txt': 'half\n' })
    })

    it('are not wanted: none', async () => {
      const ran = await run('exec', { argv: ['sh', '-c', 'echo new > new.txt'] })
      assert.equal(ran.artefacts, undefined)
    })

    it('stay within their bounds, and it is said that there was more', async () => {
      const many = await shell('for i in $(seq 1 30); do echo $i > $i.txt; done')
      assert.equal(many.artefacts?.files.length, 10)
      assert.equal(many.artefacts.areAll, false)
      const large = await shell('head -c 90000 /dev/zero > a; head -c 90000 /dev/zero > b; echo small > c')
      assert.deepEqual(Object.keys(named(large)), ['a', 'c'])
      assert.equal(large.artefacts?.areAll, false)
    })

    it('are regular files: no link, pipe or folder is followed', async () => {
      const script = 'ln -s /etc/passwd link; ln -s / root; mkfifo pipe; mkdir shut; echo x > shut/in; chmod 0 shut; echo x > ok'
      const ran = await shell(script)
      assert.deepEqual(named(ran), { ok: 'x\n' })
      assert.equal(ran.artefacts?.areAll, false)
    })

    it('are bytes, whatever they hold, under names that are text', async () => {
      const ran = await shell(
        "printf '\\000\\377\\n' > 'a\nb'; printf x > \"$(printf 'bad\\377')\"; head -c 1000000000000 /dev/null > empty",
      )
      assert.deepEqual(
        ran.artefacts?.files.map(({ path, content }) => [path, [...content]]),
        [
          ['a\nb', [0, 255, 10]],
          ['empty', []],
        ],
      )
      assert.equal(ran.artefacts?.areAll, false)
    })

    it('of Python and Node are the same', async () => {
      const python = await run('python', {
        argv: ['main.py'],
        files: { 'main.py': 'open("a.txt", "w").write("python")' },
        artefacts,
      })
      assert.deepEqual(named(python), { 'a.txt': 'python' })
      const node = await run('node', {
        argv: ['main.js'],
        files: { 'main.js': 'require("node:fs").writeFileSync("a.txt", "node")' },
        artefacts,
      })
      assert.deepEqual(named(node), { 'a.txt': 'node' })
    })
  })
}
