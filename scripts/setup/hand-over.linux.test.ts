import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

const handsOver = join(import.meta.dirname, 'fixtures/hands-over.mjs')

/** Starts fixtures/hands-over.mjs and waits until the program it handed over to is ready. */
async function startHandOver(command = [process.execPath, handsOver], env = process.env) {
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout })
  const [ready] = (await once(lines, 'line')) as [string]
  const said: string[] = []
  lines.on('line', (line) => said.push(line))
  return { child, said, program: Number(ready.split(' ')[1]), exited: once(child, 'exit'), finished: once(lines, 'close') }
}

test('signals that come together, as Ctrl-C under npm does, reach the program as one, and its exit code is kept', async () => {
  const { child, said, exited, finished } = await startHandOver()
  child.kill('SIGINT')
  child.kill('SIGINT')
  child.kill('SIGTERM')
  const [code] = await exited
  await finished
  assert.equal(said.length, 1)
  assert.match(said.join(), /^SIG(INT|TERM)$/)
  assert.equal(code, 7)
})

test('the hang-up of a terminal reaches the program as a request to end', async () => {
  const { child, said, exited, finished } = await startHandOver()
  child.kill('SIGHUP')
  await Promise.all([exited, finished])
  assert.deepEqual(said, ['SIGTERM'])
})

test('kill -9 of the starter ends the program too', async () => {
  const { child, said, finished } = await startHandOver()
  child.kill('SIGKILL')
  await finished // both ends of its output are closed: nobody is left who could write
  assert.deepEqual([...new Set(said)], ['SIGTERM']) // the kernel may say it once for each thread of the starter
})

test('npm that is asked to end takes the program with it, though it passes nothing on', async () => {
  const npm = ['/bin/sh', '-c', '"$0" "$1" & wait', process.execPath, handsOver]
  const { child, said, finished } = await startHandOver(npm, { ...process.env, npm_lifecycle_event: 'start' })
  child.kill('SIGTERM')
  await finished
  assert.deepEqual([...new Set(said)], ['SIGTERM']) // the kernel may say it once for each thread of the starter
})

test('the signal of a program that a signal ended is in the exit code', async () => {
  const { program, exited } = await startHandOver()
  process.kill(program, 'SIGKILL')
  const [code] = await exited
  assert.equal(code, 128 + 9)
})
