import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { chain, findBase } from './base-v2.ts'

const mount = mkdtempSync(join(tmpdir(), 'atelier-base-'))
after(() => rmSync(mount, { recursive: true, force: true }))

/** A group as the kernel shows it; only the root of all has no type. */
function makeGroup(
  path: string,
  procs: readonly number[],
  change: { on?: string; controllers?: string; root?: boolean } = {},
): string {
  const folder = join(mount, path)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'cgroup.controllers'), change.controllers ?? 'cpu io memory pids\n')
  writeFileSync(join(folder, 'cgroup.subtree_control'), change.on ?? 'cpu memory pids\n')
  writeFileSync(join(folder, 'cgroup.procs'), procs.map((pid) => `${pid}\n`).join(''))
  if (change.root !== true) writeFileSync(join(folder, 'cgroup.type'), 'domain\n')
  return folder
}

const STRANGER = 1

describe('the group below which boxes are made', () => {
  makeGroup('', [], { root: true })

  it('is our own when only we are in it, and we step aside', () => {
    const own = makeGroup('alone', [process.pid], { on: '' })
    const base = findBase(own, mount)
    assert.equal(base.folder, own)
    assert.equal(readFileSync(join(own, 'server/cgroup.procs'), 'utf8'), String(process.pid))
    assert.equal(readFileSync(join(own, 'cgroup.subtree_control'), 'utf8'), '+memory +pids +cpu')
  })

  it('is the nearest above that is empty when others share ours', () => {
    makeGroup('a', [])
    makeGroup('a/b', [STRANGER])
    const own = makeGroup('a/b/c', [process.pid, STRANGER])
    assert.equal(findBase(own, mount).folder, join(mount, 'a'))
    assert.deepEqual(chain(own, mount), [own, join(mount, 'a/b'), join(mount, 'a'), mount])
  })

  it('may be the root of all, even with processes in it', () => {
    makeGroup('', [STRANGER, 2], { root: true })
    const own = makeGroup('x', [process.pid, STRANGER])
    assert.equal(findBase(own, mount).folder, mount)
  })

  it('does not exist where memory and processes were not given to us', () => {
    makeGroup('', [], { root: true, controllers: 'cpu io\n' })
    const own = makeGroup('y', [process.pid], { controllers: 'cpu io\n' })
    assert.throws(() => findBase(own, mount), /memory, pids/)
  })
})
