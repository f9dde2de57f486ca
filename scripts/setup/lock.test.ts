import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-lock-'))
  const journal = join(folder, 'journal')
  const lock = join(folder, 'lock')
  const take = (holdMs: number) =>
    spawn(process.execPath, [join(import.meta.dirname, 'fixtures/takes-lock.mjs'), lock, journal, String(holdMs)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  return { folder, journal, lock, take, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

test('set-ups that come together go one after the other, and leave no lock', async () => {
  await using here = await place()
  const exits = [1, 2, 3, 4].map(() => once(here.take(50), 'exit'))
  for (const [code] of await Promise.all(exits)) assert.equal(code, 0)
  assert.equal(await readFile(here.journal, 'utf8'), 'in out '.repeat(4))
  assert.deepEqual(await readdir(here.folder), ['journal'])
})

test('the lock of a set-up that was killed is taken over', async () => {
  await using here = await place()
  const killed = here.take(60_000)
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const [code] = await once(here.take(0), 'exit')
  assert.equal(code, 0)
  assert.equal(await readFile(here.journal, 'utf8'), 'in in out ')
})

test('a lock whose process number now belongs to a stranger is taken over', async () => {
  await using here = await place()
  await writeFile(here.lock, `${process.pid} 1`) // our number, but not our start
  const [code] = await once(here.take(0), 'exit')
  assert.equal(code, 0)
})
