import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { openDatabase } from './database.ts'
import { DatabaseRefusal } from './database-refusal.ts'
import { folderInTheWay } from './embedded/account.ts'
import { isAlive } from './embedded/processes.ts'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type EmbeddedPostgresState,
  openEmbeddedPostgres,
} from './embedded-postgres.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65534

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'atelier-pg-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const open = (folder: string, options?: Partial<EmbeddedPostgresOptions>) =>
  openEmbeddedPostgres({ folder, log: silentLog, durability: 'throwaway', ...options })

async function ask(postgres: EmbeddedPostgres, text: string): Promise<unknown> {
  await using db = openDatabase({ connectionString: postgres.connectionString, log: silentLog, poolSize: 1 })
  const { rows } = await db.query<{ answer: unknown }>({ name: 'ask', text })
  return rows[0]?.answer
}

const mainProcess = async (folder: string) =>
  Number.parseInt(await readFile(join(folder, 'cluster/data/postmaster.pid'), 'utf8'), 10)

/** Starts fixtures/writer.ts and resolves once `rows` rows were acknowledged. */
async function startWriter(folder: string, rows: number, uid?: number) {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/writer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const acknowledged: number[] = []
  const lines = createInterface({ input: writer.stdout }).on('line', (line) => acknowledged.push(Number(line)))
  const failure = failIfEnded(writer)
  while (acknowledged.length < rows) await Promise.race([once(lines, 'line'), failure])
  failure.catch(() => {})
  const closed = once(lines, 'close')
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    writer.kill(signal)
    await closed
  }
  return { acknowledged, end }
}

async function failIfEnded(child: ChildProcess): Promise<never> {
  const [code, signal] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
  throw new Error(`the writer ended by itself: ${code ?? signal}`)
}

test('it starts in an empty folder, keeps what was written over a restart, and leaves no process', async () => {
  await using folder = await temporaryFolder()
  const first = await open(folder.path)
  assert.match(String(await ask(first, 'SELECT version() AS answer')), /^PostgreSQL \d+/)
  await ask(first, 'CREATE TABLE notes AS SELECT 7 AS answer')
  const pid = await mainProcess(folder.path)
  await first.stop()
  assert.equal(isAlive(pid), false)
  assert.equal(first.state, 'stopped')
  await using second = await open(folder.path)
  assert.equal(await ask(second, 'SELECT answer FROM notes'), 7)
})

test('the role of the server program is no superuser, and there is no way in but the socket with a password', async () => {
  await using folder = await temporaryFolder()
  await using postgres = await open(folder.path)
  assert.equal(await ask(postgres, 'SELECT rolsuper AS answer FROM pg_roles WHERE rolname = current_user'), false)
  assert.equal(await ask(postgres, "SELECT current_setting('listen_addresses') AS answer"), '')
  const wrong = openDatabase({ connectionString: postgres.connectionString.replace(/:[^:@]+@/, ':wrong@'), log: silentLog })
  await assert.rejects(wrong.query({ name: 'one', text: 'SELECT 1' }), /password authentication failed/)
  await wrong.close()
})

test('passwords are readable by their owner alone, and the folders closed to everybody else', async () => {
  await using folder = await temporaryFolder()
  await using postgres = await open(folder.path)
  const mode = async (path: string) => (await stat(path)).mode & 0o777
  assert.equal(await mode(join(folder.path, 'cluster/passwords.json')), 0o600)
  assert.equal(await mode(join(folder.path, 'cluster/data')), 0o700)
  assert.equal(await mode(postgres.socketFolder), 0o700)
  for (const each of ['', 'cluster']) assert.equal((await mode(join(folder.path, each))) & 0o007, 0)
})

test('after kill -9 of everything, each row that was acknowledged is there', { timeout: 180_000 }, async () => {
  await using folder = await temporaryFolder()
  let written = 0
  for (let cycle = 0; cycle < 3; cycle += 1) {
    const writer = await startWriter(folder.path, 50)
    const main = await mainProcess(folder.path)
    process.kill(main, 'SIGKILL')
    await writer.end('SIGKILL')
    written += writer.acknowledged.length
    await using postgres = await openEmbeddedPostgres({ folder: folder.path, log: silentLog })
    const missing = `SELECT count(*) AS answer FROM unnest('{${writer.acknowledged}}'::bigint[]) AS id WHERE id NOT IN (SELECT id FROM written)`
    assert.equal(await ask(postgres, missing), 0)
    assert.ok(Number(await ask(postgres, 'SELECT count(*) AS answer FROM written')) >= written)
  }
})

test('when Atelier alone is killed, the database ends too', { timeout: 180_000 }, async () => {
  await using folder = await temporaryFolder()
  const writer = await startWriter(folder.path, 1)
  const main = await mainProcess(folder.path)
  await writer.end('SIGKILL')
  await using postgres = await open(folder.path)
  assert.notEqual(await mainProcess(folder.path), main)
  assert.ok(Number(await ask(postgres, 'SELECT count(*) AS answer FROM written')) >= 1)
  assert.equal(isAlive(main), false)
})

test('a database that an earlier Atelier left running is ended, then opened', { timeout: 180_000 }, async () => {
  await using folder = await temporaryFolder()
  const earlier = await open(folder.path)
  const [program = '', ...args] = (await readFile(`/proc/${await mainProcess(folder.path)}/cmdline`, 'utf8'))
    .split('\0')
    .slice(0, -1)
  await earlier.stop()
  const { uid, gid } = await stat(join(folder.path, 'cluster/data'))
  const orphan = spawn(program, args, {
    ...(isRoot ? { uid, gid } : {}),
    cwd: '/',
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(orphan, 'exit')
  for await (const line of createInterface({ input: orphan.stderr })) if (line.includes('ready to accept')) break
  await using postgres = await open(folder.path)
  await ended
  assert.equal(await ask(postgres, 'SELECT 1 AS answer'), 1)
})

test('a second Atelier on the same folder is refused with the number of the first, and the first goes on', async () => {
  await using folder = await temporaryFolder()
  await using first = await open(folder.path)
  await assert.rejects(open(folder.path), (error: Error) => {
    assert.ok(error instanceof DatabaseRefusal)
    assert.match(error.message, new RegExp(`process ${process.pid}\\b`))
    return true
  })
  assert.equal(await ask(first, 'SELECT 1 AS answer'), 1)
})

test('of several that open an empty folder at once, one wins and the others are refused', { timeout: 180_000 }, async () => {
  await using folder = await temporaryFolder()
  const results = await Promise.allSettled([open(folder.path), open(folder.path), open(folder.path)])
  const winners = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  assert.equal(winners.length, 1)
  for (const reason of reasons) assert.ok(reason instanceof DatabaseRefusal, String(reason))
  for (const winner of winners) {
    assert.equal(await ask(winner, 'SELECT 1 AS answer'), 1)
    await winner.stop()
  }
  assert.deepEqual((await readdir(folder.path)).sort(), ['cluster', 'lock', 'socket'])
})

test('a database that dies is started again, with all it had acknowledged', { timeout: 180_000 }, async () => {
  await using folder = await temporaryFolder()
  const states: EmbeddedPostgresState[] = []
  const { promise: running, resolve } = Promise.withResolvers<void>()
  const onState = (state: EmbeddedPostgresState) => {
    states.push(state)
    if (state === 'running') resolve()
  }
  {
    await using postgres = await open(folder.path, { onState, durability: 'durable' })
    await ask(postgres, 'CREATE TABLE notes AS SELECT 7 AS answer')
    process.kill(await mainProcess(folder.path), 'SIGKILL')
    await running
    assert.equal(await ask(postgres, 'SELECT answer FROM notes'), 7)
  }
  assert.deepEqual(states, ['restarting', 'running', 'stopped'])
})

test('a recorded process number that now belongs to a stranger does not stop the start', async () => {
  await using folder = await temporaryFolder()
  await (await open(folder.path)).stop()
  const pidFile = join(folder.path, 'cluster/data/postmaster.pid')
  await writeFile(pidFile, `${process.ppid}\n${join(folder.path, 'cluster/data')}\n1\n5432\n\n\n`)
  const { uid, gid } = await stat(join(folder.path, 'cluster/data'))
  await chown(pidFile, uid, gid)
  await using postgres = await open(folder.path)
  assert.equal(await ask(postgres, 'SELECT 1 AS answer'), 1)
})

test('data of another major version is refused with both versions named', async () => {
  await using folder = await temporaryFolder()
  await (await open(folder.path)).stop()
  await writeFile(join(folder.path, 'cluster/data/PG_VERSION'), '13\n')
  await assert.rejects(open(folder.path), /PostgreSQL 13 and this Atelier brings PostgreSQL \d+/)
})

test('a folder whose path is too long for a socket gets a short one, which is gone after the stop', async () => {
  await using folder = await temporaryFolder()
  const long = join(folder.path, 'x'.repeat(60), 'y'.repeat(60))
  await chmod(folder.path, 0o711)
  await mkdir(join(folder.path, 'x'.repeat(60)), { mode: 0o711 })
  const postgres = await open(long)
  assert.equal(await ask(postgres, 'SELECT 1 AS answer'), 1)
  await postgres.stop()
  await assert.rejects(stat(postgres.socketFolder), { code: 'ENOENT' })
})

test('it works for an ordinary user, also one whose name is nobody', { timeout: 180_000 }, async (t) => {
  await using folder = await temporaryFolder()
  if (isRoot) {
    const closed = await folderInTheWay(import.meta.dirname, { name: 'nobody', uid: nobody, gid: nobody })
    if (closed !== undefined) return t.diagnostic(`an ordinary user may not enter ${closed}`)
    await chown(folder.path, nobody, nobody)
  }
  const writer = await startWriter(folder.path, 10, isRoot ? nobody : undefined)
  assert.equal((await stat(join(folder.path, 'cluster/data'))).uid, isRoot ? nobody : process.getuid?.())
  await writer.end('SIGTERM')
  await assert.rejects(mainProcess(folder.path), { code: 'ENOENT' })
})

test('under root, a data folder that the database account cannot reach is refused with the folder in the way', async () => {
  await using folder = await temporaryFolder()
  if (!isRoot) return
  await assert.rejects(open(join(folder.path, 'inner')), (error: Error) => {
    assert.ok(error instanceof DatabaseRefusal)
    assert.match(error.message, new RegExp(`may not enter ${folder.path}`))
    return true
  })
})
