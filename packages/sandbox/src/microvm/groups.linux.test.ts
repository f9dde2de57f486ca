/** Hosts with cgroup v2 alone are many, the one that tests run on may be another: so it is tested on the guest's kernel, which is. */
import assert from 'node:assert/strict'
import { openSync, readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { noPlan } from '../cgroups/cgroups.ts'
import { ensureToolchainForTests } from '../toolchain/test-toolchain.ts'
import { bringAssets } from './assets.ts'
import { Machine } from './machine.ts'
import { MemoryFile } from './memory-file.ts'
import { testAssetsFolder } from './test-machines.ts'

const MB = 1024 * 1024

test('on a host with cgroup v2, memory, processes and CPU time are limited and counted for each box as a whole', {
  timeout: 180_000,
}, async (context) => {
  const { folder } = await ensureToolchainForTests()
  const signal = AbortSignal.timeout(170_000)
  const options = { nodeBinary: process.execPath, agent: payload(), log: silentLog, signal }
  const assets = await bringAssets({ ...options, folder: testAssetsFolder })
  const memory = await MemoryFile.create(1024 * MB)
  context.after(() => memory.close())
  const open = (path: string) => openSync(path, 'r')
  const files = { kernel: open(assets.kernel), initrd: open(assets.initrd), ours: open(assets.ours) }
  const disks = { system: open(await assets.system(folder)), memory: memory.fd }
  const shape = { accelerator: 'tcg', memoryBytes: 1024 * MB, files: { ...files, ...disks } } as const
  const user = process.geteuid?.() === 0 ? 2_020_000_000 : null
  const machine = new Machine(
    shape,
    { kind: 'template', state: open('/dev/null') },
    { user, groups: { name: 'x', plan: noPlan }, device: null },
  )
  let text = ''
  for await (const part of machine.port) {
    text += String(part)
    if (text.endsWith('\nend\n')) break
  }
  machine.kill()
  await machine.ended
  const line = text.split('\n').find((each) => each.startsWith('{'))
  assert.ok(line !== undefined, `the guest said: ${text || (await machine.ended)}`)
  const { found, oom, more, forks, cpu, left, after } = JSON.parse(line)
  assert.deepEqual(found, { kind: 'v2', v1: 0, v2: '/z/groups' })
  assert.ok(oom.outOfMemory > 0 && oom.peakBytes <= 128 * MB && oom.peakBytes > 120 * MB, JSON.stringify(oom))
  assert.deepEqual([more.status, more.outOfMemory], [0, 0])
  assert.ok(more.peakBytes > 150 * MB && more.peakBytes <= 256 * MB, JSON.stringify(more))
  assert.ok(forks.refusedForks > 0 && forks.status === 1, JSON.stringify(forks))
  assert.ok(cpu.cpuMs >= 300 && cpu.status === 0, JSON.stringify(cpu))
  assert.deepEqual([left, after], [0, []])
})

/** The real sources, laid out on the guest's disk as they are here, without their types: an emulated Node takes minutes to drop those. */
function payload(): ReadonlyMap<string, Buffer> {
  const source = join(import.meta.dirname, '..')
  const files = new Map<string, Buffer>([['agent.py', readFileSync(join(import.meta.dirname, 'fixtures/groups-agent.py'))]])
  const names = readdirSync(join(source, 'cgroups')).filter((name) => !name.endsWith('.test.ts'))
  for (const path of [...names.map((name) => `cgroups/${name}`), 'microvm/fixtures/groups-program.ts'])
    files.set(path.replace(/\.ts$/, '.mjs'), javascriptOf(readFileSync(join(source, path), 'utf8')))
  return files
}

const javascriptOf = (source: string): Buffer =>
  Buffer.from(stripTypeScriptTypes(source).replaceAll(/( from '[^']+)\.ts'/g, "$1.mjs'"))
