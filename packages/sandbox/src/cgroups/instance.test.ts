import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { instanceName, ownerIsAlive, removeGroup, sweepGroups } from './instance.ts'

const base = mkdtempSync(join(tmpdir(), 'atelier-sweep-'))
after(() => rmSync(base, { recursive: true, force: true }))

describe('the groups of a server', () => {
  it('are known to be of a living one by its process id and start time', () => {
    const ours = instanceName(process.pid, 'abcd')
    assert.ok(ownerIsAlive(ours))
    assert.equal(ownerIsAlive(`atelier-${process.pid}-1-abcd`), false, 'the id was used again')
    assert.equal(ownerIsAlive('atelier-4194305-1-abcd'), false)
    assert.ok(ownerIsAlive('user.slice'), 'not one of ours')
  })

  it('are removed when their server is gone, and nothing else is touched', () => {
    const ours = instanceName(process.pid, 'abcd')
    for (const name of [ours, 'atelier-4194305-1-dead/box-1', 'atelier-4194305-1-dead/zygotes', 'user.slice', 'atelier-notes']) {
      mkdirSync(join(base, name), { recursive: true })
    }
    assert.deepEqual(sweepGroups(base), ['atelier-4194305-1-dead'])
    assert.deepEqual(readdirSync(base).toSorted(), ['atelier-notes', 'user.slice', ours].toSorted())
  })

  it('may be removed twice', async () => {
    const folder = join(base, 'once')
    mkdirSync(folder)
    await removeGroup(folder)
    await removeGroup(folder)
  })
})
