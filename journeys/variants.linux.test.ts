/** The three variants start and run programs; what differs is what they say of themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServerStatus } from '@atelier/protocol/server-status'
import { isAlone } from '@atelier/sandbox/process/alone'
import { Guest, textOf } from './guest.ts'
import { startServer, type VariantName, variant } from './server-under-test.ts'

function starts(name: VariantName, isolation: string, expected: object): void {
  test(`${name} starts, says what it can do, runs a program and keeps files`, async () => {
    await using server = await startServer(variant(name))
    const guest = await Guest.of(server)
    const status = ServerStatus.parse(await (await guest.ask('/api/v1/server')).json())
    assert.deepEqual({ ...status.capabilities, ...expected }, status.capabilities)
    assert.equal(status.isolation.level, isolation)
    const project = (await (await guest.ask('/api/v1/projects', { json: { name: 'Mine' } })).json()) as { id: string }
    const file = `/api/v1/projects/${project.id}/files/main.py`
    assert.equal((await guest.ask(file, { method: 'PUT', body: 'print(6 * 7)' })).status, 201)
    const { id } = await guest.start('', { files: undefined, language: undefined, projectId: project.id })
    assert.equal(textOf(await guest.finish(id)), '42\n')
    const stale = { method: 'PUT', body: 'x', headers: { 'if-match': '"7"' } }
    assert.equal(await guest.refusal(file, stale), '412 version-mismatch')
    assert.equal(
      (await guest.ask(file, { method: 'PUT', body: 'print(1)' })).status,
      200,
      'without a precondition the last one wins',
    )
  })
}

if (process.env.ATELIER_ALONE !== '1') {
  starts('v1', 'container', { saving: 'live', text: 'ot', output: 'streamed' })
  starts('v2', 'container', { saving: 'live', output: 'streamed' })
}
if (isAlone(import.meta.filename)) starts('v0', 'process', { saving: 'explicit', text: 'none', output: 'polled' })

test('v0 does not start where other machines can reach it, and says why and what else', async () => {
  const start = startServer({ ...variant('v0'), args: ['--variant', 'v0', '--host', '0.0.0.0'] })
  await assert.rejects(start, /This variant \(ATELIER_VARIANT\) allows process.*ATELIER_HOST.*ATELIER_TRUST_EVERYONE=yes/)
})
