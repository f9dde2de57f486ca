/** Which wall a program gets: what a request may ask for, what is refused and how, and a server without any wall. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { release as kernelRelease } from 'node:os'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { ServerStatus } from '@atelier/protocol/server-status'
import { isAlone } from '@atelier/sandbox/process/alone'
import { Guest, textOf } from './guest.ts'
import { projectFolder, startServer } from './server-under-test.ts'

const asking = (isolation: string) => ({ files: [{ path: 'main.py', content: '' }], isolation })
const statusOf = async (guest: Guest) => ServerStatus.parse(await (await guest.ask('/api/v1/server')).json())

if (process.env.ATELIER_ALONE !== '1') {
  test('a request chooses a wall among those that are allowed, and reads which one it got', async () => {
    await using server = await startServer({ environment: { ATELIER_ISOLATIONS: 'container,gvisor' } })
    const guest = await Guest.of(server)
    for (const asked of [{}, { isolation: 'container' }]) {
      const { id, isolation } = await guest.start('print("hello")', asked)
      assert.equal(isolation, 'container')
      assert.equal(textOf(await guest.finish(id)), 'hello\n')
      assert.equal((await guest.execution(id)).isolation, 'container')
    }
    assert.equal(await guest.refusal('/api/v1/executions', { json: asking('process') }), '400 isolation-not-allowed')
    assert.equal(await guest.refusal('/api/v1/executions', { json: asking('microvm') }), '400 isolation-not-allowed')
    assert.equal(await guest.refusal('/api/v1/executions', { json: asking('docker') }), '400 invalid-request')
    const { isolation, isolations } = await statusOf(guest)
    assert.equal(isolation.level, 'container')
    assert.deepEqual(
      isolations.map(({ level }) => level),
      ['container', 'gvisor'],
    )
  })

  test('a stronger wall is got by asking; where this machine cannot build it, the refusal says so', async () => {
    await using server = await startServer({ environment: { ATELIER_ISOLATIONS: 'container,gvisor' } })
    const guest = await Guest.of(server)
    const offer = async () => (await statusOf(guest)).isolations.find(({ level }) => level === 'gvisor')
    let gvisor = await offer()
    while (gvisor?.state === 'examining') {
      await wait(200)
      gvisor = await offer()
    }
    if (gvisor?.state === 'unusable') {
      assert.equal(await guest.refusal('/api/v1/executions', { json: asking('gvisor') }), '503 isolation-unavailable')
      assert.ok(gvisor.findings.some(({ ok }) => !ok))
      return
    }
    const { id, isolation } = await guest.start('import os; print(os.uname().release)', { isolation: 'gvisor' })
    assert.equal(isolation, 'gvisor')
    const release = textOf(await guest.finish(id)).trim()
    assert.match(release, /^\d/)
    assert.notEqual(release, kernelRelease(), 'the kernel that it saw is the machine’s own')
    assert.equal((await guest.execution(id)).isolation, 'gvisor')
  })

  test('walls that contradict each other stop the start with a sentence', async () => {
    const start = async (environment: Record<string, string>) => {
      const child = spawn(process.execPath, ['apps/server/src/main.ts'], {
        ...{ cwd: projectFolder, stdio: ['ignore', 'ignore', 'pipe'] },
        env: { PATH: '/usr/bin:/bin', ...environment },
      })
      let said = ''
      child.stderr?.on('data', (bytes: Buffer) => {
        said += bytes
      })
      const [code] = await once(child, 'close')
      return [code, said]
    }
    const [weak, about] = await start({ ATELIER_ISOLATION: 'container', ATELIER_ISOLATION_MINIMUM: 'microvm' })
    assert.equal(weak, 1)
    assert.match(
      String(about),
      /^Atelier cannot start\. ATELIER_ISOLATION \(container\) is weaker than ATELIER_ISOLATION_MINIMUM/,
    )
    const [open, trust] = await start({ ATELIER_ISOLATION: 'process', ATELIER_HOST: '0.0.0.0' })
    assert.equal(open, 1)
    assert.match(String(trust), /^Atelier cannot start\. .*ATELIER_TRUST_EVERYONE=yes/)
  })
}

if (isAlone(import.meta.filename))
  test('a server without isolation says so everywhere, and runs programs in interpreters that it uses again', async () => {
    await using server = await startServer({ environment: { ATELIER_ISOLATION: 'process', ATELIER_ISOLATIONS: 'process' } })
    assert.match(server.printed(), /Isolation {2}process: no isolation/)
    const guest = await Guest.of(server)
    const { isolation } = await statusOf(guest)
    assert.equal(isolation.level, 'process')
    assert.match(isolation.summary, /^no isolation/)
    const { id } = await guest.start('import sys; print("hello", input())', { stdin: 'Ada\n' })
    assert.equal(textOf(await guest.finish(id)), 'hello Ada\n')
    assert.equal((await guest.execution(id)).isolation, 'process')
    assert.equal(await guest.refusal('/api/v1/executions', { json: asking('container') }), '400 isolation-not-allowed')
  })
