import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Pool } from '../pool.ts'
import type { Probe, Sandbox, SandboxDriver } from '../sandbox.ts'
import { Tiers } from './tiers.ts'

const spec = { root: { kind: 'host' }, warmth: 'exec' } as const
const never = new AbortController().signal
const well: Probe = { usable: true, summary: 'all well', findings: [] }
const unwell: Probe = { usable: false, summary: 'a wall is open', findings: [] }

function driverOf(isolation: SandboxDriver['isolation'], events: string[]): SandboxDriver {
  const sandbox: Sandbox = {
    ...{ isolation, id: isolation, died: new Promise(() => {}) },
    destroy: async () => {},
    start: () => {
      throw new Error('not started in this test')
    },
  }
  return {
    isolation,
    probe: async () => well,
    open: async () => sandbox,
    close: async () => void events.push(`${isolation} closed`),
  }
}

function tiersOf(probe: () => Promise<Probe>) {
  const events: string[] = []
  const make = (isolation: SandboxDriver['isolation']) => ({
    make: () => {
      events.push(`${isolation} made`)
      return driverOf(isolation, events)
    },
  })
  const tiers = new Tiers({
    log: silentLog,
    makers: { container: make('container'), gvisor: { ...make('gvisor'), roots: ['image'] } },
    examine: probe,
    makePool: (driver) => new Pool({ driver, log: silentLog, ceiling: 1, targets: [] }),
  })
  return { tiers, events }
}

test('a tier that nobody asks for is not even made', async () => {
  const { tiers, events } = tiersOf(async () => well)
  await tiers.examine('container')
  await tiers.examine('container')
  assert.deepEqual(events, ['container made'])
  assert.deepEqual([tiers.state('container').state, tiers.state('gvisor').state], ['usable', 'asleep'])
  await tiers.close()
  assert.ok(!events.includes('gvisor made') && events.includes('container closed'))
})

test('who asks a tier that is still being examined waits for it, and hears of its change', async () => {
  const { promise, resolve } = Promise.withResolvers<Probe>()
  const { tiers } = tiersOf(() => promise)
  const heard = Promise.withResolvers<void>()
  tiers.onChange(() => {
    if (tiers.state('gvisor').state === 'usable') heard.resolve()
  })
  const lease = tiers.lease('gvisor', spec, never)
  assert.equal(tiers.state('gvisor').state, 'examining')
  resolve(well)
  const sandbox = await lease
  assert.equal(sandbox.isolation, 'gvisor')
  await heard.promise
  assert.deepEqual(
    tiers.pools().map(([level]) => level),
    ['gvisor'],
  )
  await tiers.close()
})

test('a tier that was refused leases nothing, and says why', async () => {
  const { tiers } = tiersOf(async () => unwell)
  await assert.rejects(tiers.lease('container', spec, never), /no container sandbox: a wall is open/)
  assert.equal(tiers.state('container').state, 'unusable')
  await tiers.close()
})

test('a driver that cannot be examined is unusable, with its message as the reason', async () => {
  const { tiers } = tiersOf(async () => {
    throw new Error('the kernel is too old')
  })
  assert.match((await tiers.examine('container')).summary, /the kernel is too old/)
  assert.match((await tiers.examine('microvm')).summary, /this version has no microvm driver/)
  await tiers.close()
})

test('a tier says which filesystems it can show', async () => {
  const { tiers } = tiersOf(async () => well)
  assert.equal(tiers.canShow('container', { kind: 'host' }), true)
  assert.equal(tiers.canShow('gvisor', { kind: 'host' }), false)
  assert.equal(tiers.canShow('gvisor', { kind: 'image', folder: '/x' }), true)
  await tiers.close()
})

test('a tier that lacked something is tried again, with the driver that it has; one that is usable is left alone', async () => {
  const answers = [well, unwell, well]
  const { tiers, events } = tiersOf(async () => answers.shift() ?? unwell)
  await tiers.examine('container')
  await tiers.examine('gvisor')
  assert.equal(tiers.state('gvisor').state, 'unusable')
  await tiers.tryAgain()
  assert.equal(tiers.state('gvisor').state, 'usable')
  assert.deepEqual([answers.length, events], [0, ['container made', 'gvisor made']])
  await tiers.close()
})

test('closing while a tier is examined leaves no driver open', async () => {
  const { promise, resolve } = Promise.withResolvers<Probe>()
  const { tiers, events } = tiersOf(() => promise)
  const examination = tiers.examine('container')
  const closing = tiers.close()
  resolve(well)
  await Promise.all([examination, closing])
  assert.ok(events.includes('container closed'))
  assert.deepEqual(tiers.pools(), [])
})
