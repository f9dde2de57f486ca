/** A program in a machine of its own, through the whole product: asked for by a request, run, read back. */
import assert from 'node:assert/strict'
import { release as kernelRelease } from 'node:os'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { ServerStatus } from '@atelier/protocol/server-status'
import { ensureToolchainForTests } from '@atelier/sandbox/toolchain/test-toolchain'
import { Guest, textOf } from './guest.ts'
import { startServer } from './server-under-test.ts'

test('a request that asks for a machine of its own sees another kernel than the server’s', async () => {
  await ensureToolchainForTests()
  await using server = await startServer({ environment: { ATELIER_ISOLATIONS: 'container,microvm' } })
  const guest = await Guest.of(server)
  const offer = async () => {
    const status = ServerStatus.parse(await (await guest.ask('/api/v1/server')).json())
    return status.isolations.find(({ level }) => level === 'microvm')
  }
  let microvm = await offer()
  while (microvm?.state === 'examining') {
    await wait(500)
    microvm = await offer()
  }
  assert.equal(microvm?.state, 'usable', JSON.stringify(microvm))
  const { id, isolation } = await guest.start('import os; print(os.uname().release, os.getuid())', { isolation: 'microvm' })
  assert.equal(isolation, 'microvm')
  const [release, user] = textOf(await guest.finish(id))
    .trim()
    .split(' ')
  assert.match(release ?? '', /^\d+\.\d+/)
  assert.notEqual(release, kernelRelease())
  assert.equal(user, '1000')
  assert.equal((await guest.execution(id)).isolation, 'microvm')
})
