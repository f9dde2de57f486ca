/** Backups as the person who hosts makes them, beside a server that is used meanwhile; and the way back from a data folder that is gone. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLog } from '@atelier/base/log'
import { openDatabase } from '@atelier/storage/db/database'
import { openEmbeddedPostgres } from '@atelier/storage/db/embedded-postgres'
import { migrate, readMigrations } from '@atelier/storage/db/migrations'
import { Browser, password } from './account-browser.ts'
import { DocumentClient } from './document-client.ts'
import { Guest } from './guest.ts'
import { projectFolder, type ServerUnderTest, startServer } from './server-under-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-backups-'))
// PostgreSQL's account passes through.
chmodSync(folder, 0o711)
after(() => rmSync(folder, { recursive: true, force: true }))

const shaOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function begin(args: readonly string[]): ChildProcess {
  return spawn(join(projectFolder, 'atelier'), args, {
    cwd: folder,
    // A group of its own, so that all of it can be killed at once.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: tmpdir() },
  })
}

async function atelier(...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = begin(args)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => {
      said += bytes
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

const put = async (who: Guest, id: string, path: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> => {
  const response = await who.ask(`/api/v1/projects/${id}/files/${path}`, { method: 'PUT', body })
  assert.ok(response.ok, `${response.status} ${await response.text()}`)
}

test('people type and save while a backup is made; the data folder is destroyed; what was acknowledged before is all there again', async () => {
  const dataFolder = join(folder, 'first')
  const backups = join(folder, 'backups')
  let server = await startServer({ dataFolder })
  const ada = await Browser.member(server.url, 'ada.lovelace')
  const { id } = await ada.json<{ id: string }>('POST', '/api/v1/projects', { name: 'Engine ä "1"' })
  const { token: script } = await ada.json<{ token: string }>('POST', '/api/v1/tokens', {
    name: 'script',
    scopes: ['read', 'write'],
  })
  let [owner, bob] = [new Guest(server.url, script), await Guest.of(server)]
  const { token: invitation } = await ada.json<{ token: string }>('POST', `/api/v1/projects/${id}/share-links`, {
    role: 'editor',
    expiresInHours: 1,
  })
  assert.equal((await bob.ask(`/api/v1/share-links/${invitation}/join`, { method: 'POST' })).status, 200)
  const large = randomBytes(400_000)
  await put(owner, id, 'large.bin', large)
  await put(owner, id, 'src/main.py', 'print(1)\n')
  await put(bob, id, 'src/main.py', 'print(2)\n')
  await put(owner, id, 'src/main.py', 'print(3)\n')
  await put(owner, id, 'gone.txt', 'gone')
  assert.equal((await owner.ask(`/api/v1/projects/${id}/files/gone.txt`, { method: 'DELETE' })).status, 204)
  await put(owner, id, 'typed.txt', '')

  // One types, another watches: what is seen is stored.
  const yjs = (url: string): string => `${url.replace('http', 'ws')}/api/v1/projects/${id}/yjs/typed.txt?token=${bob.token}`
  const [writer, reader] = [await DocumentClient.open(yjs(server.url), 'Bob'), await DocumentClient.open(yjs(server.url), 'Eve')]
  const working = { now: true }
  const typing = (async () => {
    for (let key = 0; working.now; key += 1) {
      writer.text.insert(writer.text.length, `<${key}>`)
      await wait(5)
    }
  })()
  const saved = new Map<string, string>()
  const saving = (async () => {
    for (let round = 0; working.now; round += 1) {
      const [path, bytes] = [`saved/${round % 20}`, Buffer.from(randomBytes(round % 5 === 0 ? 60_000 : 500))]
      await put(owner, id, path, bytes)
      saved.set(path, shaOf(bytes))
      await wait(10)
    }
  })()
  await reader.until(() => reader.text.length > 300)
  const [seenBefore, savedBefore] = [reader.text.toString(), new Map(saved)]
  const { code, said } = await atelier('backup', '--data', dataFolder, '--to', `${backups}/`, '--keep', '2')
  working.now = false
  await Promise.all([typing, saving])
  assert.equal(code, 0, said)
  for (const client of [writer, reader]) client.leave()
  const [name = ''] = readdirSync(backups)
  assert.match(name, /^atelier-\d{8}-\d{6}\.tar\.zst$/)
  const file = join(backups, name)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal((await atelier('backup', '--verify', file)).code, 0)
  const whileItRuns = await atelier('restore', '--data', dataFolder, '--replace', file)
  assert.deepEqual([whileItRuns.code, /is using .* Stop it first/.test(whileItRuns.said)], [125, true], whileItRuns.said)

  const before = await accountOf(owner, id)
  await server.end('SIGTERM')
  rmSync(dataFolder, { recursive: true })
  const restored = await atelier('restore', '--data', dataFolder, file)
  assert.equal(restored.code, 0, restored.said)
  server = await startServer({ dataFolder })
  try {
    ;[owner, bob] = [new Guest(server.url, script), new Guest(server.url, bob.token)]
    const now = await accountOf(owner, id)
    assert.deepEqual({ ...now, tree: [] }, { ...before, tree: [] })
    for (const path of ['large.bin', 'src', 'src/main.py']) assert.deepEqual(entryOf(now.tree, path), entryOf(before.tree, path))
    const read = async (path: string) =>
      Buffer.from(await (await owner.ask(`/api/v1/projects/${id}/files/${path}`)).arrayBuffer())
    assert.equal(shaOf(await read('large.bin')), shaOf(large))
    // What was saved again meanwhile may be there in either state, never in a third one.
    for (const [path, sha] of savedBefore) {
      const found = shaOf(await read(path))
      assert.ok(found === sha || found === saved.get(path) || entryOf(now.tree, path) !== undefined, path)
      assert.equal(entryOf(now.tree, path)?.sha256, found)
    }
    const client = await DocumentClient.open(yjs(server.url), 'Bob')
    assert.ok(client.text.toString().startsWith(seenBefore), 'every key that somebody else had seen')
    client.leave()
    const oldBrowser = new Browser(server.url)
    for (const [name, value] of ada.jar) oldBrowser.jar.set(name, value)
    const { user } = await oldBrowser.json<{ user: object | null }>('GET', '/api/v1/session')
    assert.equal(user, null, 'who has an account signs in again')
    assert.equal(
      (await new Browser(server.url).ask('POST', '/api/v1/session/sign-in', { login: 'ada.lovelace', password })).status,
      200,
    )
    const eve = await Guest.of(server)
    assert.equal((await eve.ask(`/api/v1/share-links/${invitation}/join`, { method: 'POST' })).status, 200)
    await put(bob, id, 'src/main.py', 'print(4)\n')
  } finally {
    await server.end('SIGTERM')
  }
})

type Entry = { readonly path: string; readonly version: number; readonly sha256: string | null }
const entryOf = (tree: readonly Entry[], path: string): Entry | undefined => tree.find((each) => each.path === path)

/** What somebody would miss, as the API tells it. */
async function accountOf(owner: Guest, id: string) {
  const json = async (path: string) => (await owner.ask(path)).json() as Promise<Record<string, unknown>>
  const history = (await json(`/api/v1/projects/${id}/history/src/main.py`)) as { items: { version: number }[] }
  const contents = await Promise.all(
    history.items.map(async ({ version }) =>
      (await owner.ask(`/api/v1/projects/${id}/history/src/main.py?version=${version}`)).text(),
    ),
  )
  return {
    ...{ history: history.items, contents },
    members: await json(`/api/v1/projects/${id}/members`),
    deleted: await json(`/api/v1/projects/${id}/deleted-files`),
    tree: ((await json(`/api/v1/projects/${id}/files`)) as { items: Entry[] }).items,
  }
}

test('a restore that is killed leaves a folder that no server starts on; done again it is whole', async () => {
  const [source, target, file] = [join(folder, 'second'), join(folder, 'third'), join(folder, 'second.tar.zst')]
  const content = randomBytes(500_000)
  let id = ''
  let token = ''
  {
    await using server = await startServer({ dataFolder: source })
    const guest = await Guest.of(server)
    token = guest.token
    id = ((await (await guest.ask('/api/v1/projects', { json: { name: 'Killed' } })).json()) as { id: string }).id
    await put(guest, id, 'large.bin', content)
  }
  // Without a server too.
  assert.equal((await atelier('backup', '--data', source, '--to', file)).code, 0)
  const restoring = begin(['restore', '--data', target, file])
  while (!existsSync(join(target, 'restoring', 'state.json')) && restoring.exitCode === null) await wait(2)
  assert.equal(restoring.exitCode, null, 'it was killed before its end')
  process.kill(-(restoring.pid ?? 0), 'SIGKILL')
  await once(restoring, 'close')
  await assert.rejects(
    startServer({ dataFolder: target }),
    /Atelier cannot start. A backup is being restored .*"atelier restore" again/,
  )
  assert.equal((await atelier('restore', '--data', target, file)).code, 0)
  await using server = await startServer({ dataFolder: target })
  const read = await new Guest(server.url, token).ask(`/api/v1/projects/${id}/files/large.bin`)
  assert.equal(shaOf(Buffer.from(await read.arrayBuffer())), shaOf(content))
})

test('a newer Atelier writes the database down before it changes it, and that is the way back', async () => {
  const dataFolder = join(folder, 'old')
  const migrations = await readMigrations()
  const [user, token] = ['01900000-0000-7000-8000-00000000000a', `atl_s_${randomBytes(32).toString('base64url')}`]
  mkdirSync(dataFolder, { mode: 0o711 })
  {
    const postgres = await openEmbeddedPostgres({ folder: join(dataFolder, 'postgres'), log: silentLog })
    await migrate(postgres.connectionString, migrations.slice(0, 5), silentLog)
    const db = openDatabase({ connectionString: postgres.connectionString, log: silentLog })
    await db.query({ name: 'u', text: `INSERT INTO users (id, kind) VALUES ('${user}', 'guest')` })
    await db.query({
      name: 's',
      text: `INSERT INTO sessions (token_sha, user_id, expires_at) VALUES (sha256('${token}'), '${user}', '2036-01-01')`,
    })
    await db.close()
    await postgres.stop()
  }
  const userOf = async (server: ServerUnderTest): Promise<string | undefined> => {
    const session = await new Guest(server.url, token).ask('/api/v1/session')
    return ((await session.json()) as { user: { id: string } | null }).user?.id
  }
  {
    await using server = await startServer({ dataFolder })
    assert.equal(await userOf(server), user)
  }
  const [name = '', ...others] = await readdir(join(dataFolder, 'backups'))
  assert.match(name, /^before-upgrade-[0-9-]+-from-0005\.tar\.zst$/)
  assert.deepEqual(others, [])
  const back = await atelier('restore', '--data', dataFolder, '--replace', join(dataFolder, 'backups', name))
  assert.equal(back.code, 0, back.said)
  assert.match(back.said, /older schema: \d+ migrations brought it up to date/)
  await using server = await startServer({ dataFolder })
  assert.equal(await userOf(server), user)
  assert.deepEqual((await readdir(join(dataFolder, 'backups'))).length, 1, 'what is up to date is not written down')
})
