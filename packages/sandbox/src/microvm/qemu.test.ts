import assert from 'node:assert/strict'
import { test } from 'node:test'
import { descriptors, qemuArguments, stdioOf } from './qemu.ts'

const files = { kernel: 20, initrd: 21, system: 22, ours: 23, memory: 24 }
const shape = { accelerator: 'tcg', memoryBytes: 1024 * 1024 * 1024, files } as const

test('a copy is the same machine as its template but for its memory, its state and the right to start programs', () => {
  const template = qemuArguments(shape, { kind: 'template', state: 9 })
  const copy = qemuArguments(shape, { kind: 'copy', state: 9 })
  const differing = template.filter((word) => !copy.includes(word))
  assert.deepEqual(
    differing.map((word) => word.replace(/=allow|=on$/, '=…').replace(/,.*,/, ',…,')),
    ['on,…,resourcecontrol=deny', 'memory-backend-file,…,share=…'],
  )
  assert.match(copy.join(' '), /spawn=deny.* share=off|share=off.*spawn=deny|spawn=deny[\s\S]*share=off/)
  assert.deepEqual(copy.slice(-2), ['-incoming', 'defer'])
})

test('a machine has no network device, no display and no file of the host but by descriptor', () => {
  const words = qemuArguments(shape, { kind: 'copy', state: 9 })
  const text = words.join(' ')
  assert.doesNotMatch(text, /-net|netdev|virtio-net|vhost|-usb|9p|virtiofs/)
  assert.match(text, /-nodefaults -no-user-config -display none/)
  const paths = words.flatMap((word) => [...word.matchAll(/(?<![\w.])\/[\w/.$-]+/g)].map(([path]) => path))
  assert.deepEqual(
    paths.filter((path) => !/^\/(proc\/self\/fd|dev\/fdset)\/\d+$/.test(path)),
    ['/usr/share/qemu/qboot.rom'],
  )
  const stdio = stdioOf(shape, { kind: 'copy', state: 9 })
  assert.deepEqual(
    Object.entries(descriptors).map(([name, index]) => [name, stdio[index]]),
    [
      ...[
        ['port', 'pipe'],
        ['orders', 'pipe'],
        ['state', 9],
      ],
      ...Object.entries(files),
    ],
  )
})
