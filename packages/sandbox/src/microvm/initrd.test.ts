import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archive, fileEntry, folderEntry } from './initrd.ts'
import { dependenciesOf, moduleName, modulesInOrder } from './modules.ts'

test('the guest’s first files are the same bytes for the same inputs, each at a multiple of four', () => {
  const make = () => archive([folderEntry('bin'), fileEntry('bin/x', Buffer.from('hello'), true)])
  const bytes = make()
  assert.deepEqual(bytes, make())
  const entries = read(bytes)
  assert.deepEqual(entries, [
    { name: 'bin', mode: 0o040755, content: '' },
    { name: 'bin/x', mode: 0o100755, content: 'hello' },
    { name: 'TRAILER!!!', mode: 0, content: '' },
  ])
})

test('a module is loaded after those it builds upon, once; what the kernel has built in is not', () => {
  const module = (depends: string) => Buffer.from(`\x7fELF…\0license=GPL\0depends=${depends}\0name=x\0`)
  const files = new Map([
    ['erofs', module('libcrc32c')],
    ['libcrc32c', module('')],
    ['virtio_blk', module('virtio_ring,virtio')],
    ['virtio_ring', module('virtio')],
    ['virtio', module('')],
  ])
  const order = modulesInOrder(['virtio_blk', 'erofs', 'built_in', 'virtio'], (name) => files.get(name) ?? null)
  assert.deepEqual([...order.keys()], ['virtio', 'virtio_ring', 'virtio_blk', 'libcrc32c', 'erofs'])
  assert.throws(() => modulesInOrder(['a'], (name) => module(name === 'a' ? 'b' : 'a')), /in a circle: a, b, a/)
  assert.deepEqual(dependenciesOf(Buffer.from('no module')), [])
  assert.equal(moduleName('virtio-ring.ko.xz'), 'virtio_ring')
})

/** Reads a "newc" archive as the kernel does. */
function read(bytes: Buffer): { name: string; mode: number; content: string }[] {
  const entries = []
  let at = 0
  while (at < bytes.byteLength) {
    const field = (index: number) => Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16)
    assert.equal(bytes.toString('latin1', at, at + 6), '070701')
    assert.equal(at % 4, 0)
    const [mode, size, nameSize] = [field(1), field(6), field(11)]
    const name = bytes.toString('utf8', at + 110, at + 110 + nameSize - 1)
    const start = Math.ceil((at + 110 + nameSize) / 4) * 4
    entries.push({ name, mode, content: bytes.toString('utf8', start, start + size) })
    at = Math.ceil((start + size) / 4) * 4
  }
  return entries
}
