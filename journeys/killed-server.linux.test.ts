import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Execution } from '@atelier/protocol/executions'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

const dataFolder = mkdtempSync(join(tmpdir(), 'atelier-journey-'))
after(() => rmSync(dataFolder, { recursive: true, force: true }))

test('a server that is killed in the middle of a run leaves no process and no cgroup, and the execution is ended by the next start', async () => {
  const mark = randomUUID()
  await using first = await startServer({ dataFolder })
  const token = await openSession(first)
  const execution = await startEndless(first, token, mark)
  await until(() => processesWith(mark).length >= 2)

  await first.end('SIGKILL')
  await until(() => processesWith(mark).length === 0)

  await using second = await startServer({ dataFolder })
  const found = await get<Execution>(second, token, `/api/v1/executions/${execution.id}`)
  assert.equal(found.state, 'ended')
  assert.equal(found.result?.reason, 'infrastructure')
  assert.match(found.result?.message ?? '', /server stopped/i)
  const output = await get<{ state: string }>(second, token, `/api/v1/executions/${execution.id}/output`)
  assert.equal(output.state, 'ended')
  await second.end('SIGTERM')
  assert.deepEqual([...groupsOf(first.pid), ...groupsOf(second.pid)], [])
})

test('a server that is asked to stop ends what runs, writes it down and leaves nothing', async () => {
  const mark = randomUUID()
  await using server = await startServer({ dataFolder })
  const token = await openSession(server)
  const execution = await startEndless(server, token, mark)
  await until(() => processesWith(mark).length >= 2)
  await server.end('SIGTERM')
  assert.deepEqual(processesWith(mark), [])

  await using next = await startServer({ dataFolder })
  const found = await get<Execution>(next, token, `/api/v1/executions/${execution.id}`)
  assert.equal(found.state, 'ended')
  assert.equal(found.result?.reason, 'infrastructure')
})

/** A program and a daemon of its own, both of which would run for ever. */
async function startEndless(server: ServerUnderTest, token: string, mark: string): Promise<Execution> {
  const content = [
    'import os, subprocess',
    "subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    "os.execvp('sleep', ['sleep', '1000'])",
  ].join('\n')
  const response = await fetch(`${server.url}/api/v1/executions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ language: 'python', files: [{ path: 'main.py', content }], environment: { ATELIER_MARK: mark } }),
  })
  assert.equal(response.status, 202)
  return (await response.json()) as Execution
}

async function openSession(server: ServerUnderTest): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/sessions`, { method: 'POST' })
  return ((await response.json()) as { token: string }).token
}

async function get<T>(server: ServerUnderTest, token: string, path: string): Promise<T> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(response.status, 200)
  return (await response.json()) as T
}

/** Processes of this machine, in whatever namespace, that carry the mark in their environment. */
function processesWith(mark: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/environ`, 'utf8').includes(mark)
    } catch {
      return false
    }
  })
}

/** Control groups that the server of that pid made, in every hierarchy. */
function groupsOf(pid: number, folder = '/sys/fs/cgroup', depth = 0): string[] {
  if (depth > 6) return []
  let names: string[] = []
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    return []
  }
  return names.flatMap((name) =>
    name.startsWith(`atelier-${pid}-`) ? [join(folder, name)] : groupsOf(pid, join(folder, name), depth + 1),
  )
}

async function until(holds: () => boolean): Promise<void> {
  const startedAt = performance.now()
  while (!holds()) {
    if (performance.now() - startedAt > 60_000) throw new Error('it did not come true within a minute')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
