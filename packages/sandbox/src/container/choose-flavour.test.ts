import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Probe, Sandbox, SandboxDriver } from '../sandbox.ts'
import { chooseFlavour } from './choose-flavour.ts'

const well: Probe = { usable: true, summary: 'all well', findings: [] }
const spec = { root: { kind: 'host' }, warmth: 'exec' } as const

const no = (summary: string): Probe => ({
  usable: false,
  summary: `not usable here: ${summary}`,
  findings: [{ name: summary, ok: false, detail: summary, remedy: 'do something' }],
})

function driverThat(probe: Probe, opens: boolean, name: string, flavour?: string): SandboxDriver & { closed: boolean } {
  return {
    isolation: 'container',
    ...(flavour === undefined ? {} : { flavour }),
    closed: false,
    probe: async () => probe,
    open: async () => {
      if (!opens) throw new Error('a box could not be opened', { cause: new Error(`${name} was refused`) })
      return { id: name, destroy: async () => {} } as unknown as Sandbox
    },
    async close() {
      this.closed = true
    },
  }
}

test('containers are made by bubblewrap where it works, and nothing else is looked at', async () => {
  const driver = chooseFlavour(driverThat(well, true, 'bubblewrap'), () => assert.fail('not needed'))
  assert.deepEqual(await driver.probe(), well)
  assert.deepEqual([driver.flavour, (await driver.open(spec)).id], [undefined, 'bubblewrap'])
  await driver.close()
})

test('containers are made by crun where a box of bubblewrap is refused, and the probe says so', async () => {
  const crun = driverThat(well, true, 'crun', 'crun')
  const driver = chooseFlavour(driverThat(well, false, 'bubblewrap'), () => crun)
  const probe = await driver.probe()
  assert.equal(probe.usable, true)
  assert.match(probe.findings[0]?.detail ?? '', /^not used \(no box could be opened: bubblewrap was refused\): crun makes/)
  assert.deepEqual([driver.flavour, (await driver.open(spec)).id], ['crun', 'crun'])
  await driver.close()
  assert.equal(crun.closed, true)
})

test('where neither way works, both say what they lack', async () => {
  const driver = chooseFlavour(driverThat(no('no bubblewrap'), false, 'x'), () => driverThat(no('no crun'), false, 'y'))
  const probe = await driver.probe()
  assert.deepEqual([probe.usable, probe.summary], [false, 'not usable here: no bubblewrap'])
  assert.deepEqual(
    probe.findings.map(({ name }) => name),
    ['no bubblewrap', 'no crun'],
  )
})
