import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BinaryCache } from './binary-cache.ts'

const keyOf = (digit: string): string => digit.repeat(64)

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-binaries-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('a kept program is found by its key, also after a restart', () =>
  inFolder(async (folder) => {
    const cache = await BinaryCache.open(folder, 100)
    assert.equal(await cache.find(keyOf('a')), null)
    await cache.keep(keyOf('a'), Buffer.from('program'))
    assert.equal(String(await cache.find(keyOf('a'))), 'program')
    assert.equal(String(await (await BinaryCache.open(folder, 100)).find(keyOf('a'))), 'program')
  }))

test('the least recently used program goes first when the room is used up', () =>
  inFolder(async (folder) => {
    const cache = await BinaryCache.open(folder, 10)
    await cache.keep(keyOf('a'), Buffer.alloc(5))
    await cache.keep(keyOf('b'), Buffer.alloc(5))
    await cache.find(keyOf('a'))
    await cache.keep(keyOf('c'), Buffer.alloc(4))
    assert.equal(await cache.find(keyOf('b')), null)
    assert.ok((await cache.find(keyOf('a'))) !== null && (await cache.find(keyOf('c'))) !== null)
    assert.equal(cache.sizeBytes, 9)
    assert.equal((await readdir(folder)).length, 2)
  }))

test('a smaller bound after a restart drops what is beyond it', () =>
  inFolder(async (folder) => {
    const cache = await BinaryCache.open(folder, 100)
    for (const digit of ['a', 'b', 'c']) await cache.keep(keyOf(digit), Buffer.alloc(10))
    const smaller = await BinaryCache.open(folder, 25)
    assert.equal(smaller.sizeBytes, 20)
    assert.equal((await readdir(folder)).length, 2)
  }))

test('a program that was changed on disk is dropped and never given out', () =>
  inFolder(async (folder) => {
    const cache = await BinaryCache.open(folder, 100)
    await cache.keep(keyOf('a'), Buffer.from('program'))
    const [name = ''] = await readdir(folder)
    await writeFile(join(folder, name), 'pwogram')
    assert.equal(await cache.find(keyOf('a')), null)
    await cache.settled()
    assert.deepEqual(await readdir(folder), [])
    await cache.keep(keyOf('a'), Buffer.from('program'))
    assert.equal(String(await cache.find(keyOf('a'))), 'program')
  }))

test('a program larger than the whole cache is not kept', () =>
  inFolder(async (folder) => {
    const cache = await BinaryCache.open(folder, 10)
    await cache.keep(keyOf('a'), Buffer.alloc(11))
    assert.deepEqual([await cache.find(keyOf('a')), await readdir(folder)], [null, []])
  }))

test('another program under the same key replaces the first', () =>
  inFolder(async (folder) => {
    const cache = await BinaryCache.open(folder, 100)
    await cache.keep(keyOf('a'), Buffer.from('one'))
    await cache.keep(keyOf('a'), Buffer.from('two'))
    await cache.settled()
    assert.equal(String(await cache.find(keyOf('a'))), 'two')
    assert.equal((await readdir(folder)).length, 1)
  }))

test('programs kept at the same moment are all there, and one kept twice is there once', () =>
  inFolder(async (folder) => {
    const cache = await BinaryCache.open(folder, 1000)
    await Promise.all(['a', 'a', 'b', 'b', 'c'].map((digit) => cache.keep(keyOf(digit), Buffer.from(digit))))
    for (const digit of ['a', 'b', 'c']) assert.equal(String(await cache.find(keyOf(digit))), digit)
    assert.equal((await readdir(folder)).length, 3)
  }))

test('what a killed server left half written is removed at the next start', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, '4711-0.tmp'), 'half')
    const cache = await BinaryCache.open(folder, 100)
    assert.deepEqual([cache.sizeBytes, await readdir(folder)], [0, []])
  }))
