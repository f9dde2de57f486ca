/** The README's commands, word for word, against the real server: only the port and the id in them are replaced. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { projectFolder, type ServerUnderTest, startServer } from './server-under-test.ts'

const readme = readFileSync(join(projectFolder, 'README.md'), 'utf8')
let server: ServerUnderTest
const folder = mkdtempSync(join(tmpdir(), 'atelier-readme-'))

before(async () => {
  server = await startServer()
  writeFileSync(join(folder, 'hello.py'), 'print("Hello from a file")\n')
  writeFileSync(join(folder, 'greet.py'), 'name = input("Name? ")\nprint(f"Hello, {name}!")\nraise SystemExit(3)\n')
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** The README's command that begins like this, to its end (lines that end in a backslash go on). */
function command(begin: string): string {
  const at = readme.indexOf(`\n${begin}`)
  assert.notEqual(at, -1, `the README has no command that begins with "${begin}"`)
  const text = /^(?:.*\\\n)*.*/.exec(readme.slice(at + 1))?.[0] ?? ''
  return text.replaceAll('http://localhost:3000', server.url).replaceAll('./atelier', join(projectFolder, 'atelier'))
}

function shell(text: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', text], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: folder, ATELIER_URL: server.url },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes
    })
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

test('the first curl command streams the events of a run', async () => {
  const { stdout } = await shell(command('curl -N'))
  assert.match(stdout, /"data":"42\\n"/)
  assert.match(stdout, /"reason":"exited"/)
})

test('the second pair of curl commands starts a run and asks for its output', async () => {
  const started = await shell(command('curl -s -c jar'))
  const execution = JSON.parse(started.stdout) as { id: string; state: string }
  assert.equal(execution.state, 'running')
  const again = await shell(command('curl -s -c jar'))
  assert.equal((JSON.parse(again.stdout) as { id: string }).id, execution.id, 'the same Idempotency-Key runs once')
  for (;;) {
    const asked = await shell(command('curl -s -b jar').replace('/ID/', `/${execution.id}/`))
    const { state, events } = JSON.parse(asked.stdout) as { state: string; events: { data?: string }[] }
    if (state !== 'ended') continue
    assert.equal(events.map((event) => event.data ?? '').join(''), '42\n')
    return
  }
})

test('atelier run prints what the program prints, passes standard input, and exits with its code', async () => {
  const hello = await shell(command('./atelier run hello.py'))
  assert.deepEqual([hello.code, hello.stdout], [0, 'Hello from a file\n'])
  const greeted = await shell(command('echo "Ada" |'))
  assert.deepEqual([greeted.code, greeted.stdout], [3, 'Name? Hello, Ada!\n'])
})

test('atelier projects and atelier doctor answer', async () => {
  assert.equal((await shell(command('./atelier projects'))).code, 0)
  const doctor = await shell(command('./atelier doctor'))
  assert.match(doctor.stdout, /container/i)
})
