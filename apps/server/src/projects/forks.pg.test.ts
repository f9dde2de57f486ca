import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openTestApp, type TestApp } from './fixtures/open-test-app.ts'

type Guest = Awaited<ReturnType<TestApp['guest']>>

const save = (guest: Guest, id: string, path: string, payload: string | Buffer) =>
  guest.request('PUT', `/api/v1/projects/${id}/files/${path}`, {
    payload,
    headers: { 'content-type': 'application/octet-stream' },
  })
const fork = (guest: Guest, id: string, json: object = {}) =>
  guest.request('POST', `/api/v1/projects/${id}/forks`, {
    payload: JSON.stringify(json),
    headers: { 'content-type': 'application/json' },
  })
const outcome = (answer: { statusCode: number; json(): { code?: string } }) =>
  answer.statusCode < 400 ? String(answer.statusCode) : `${answer.statusCode} ${answer.json().code}`
const open = (t: TestApp, owner: Guest, id: string) => t.projects.changeProject(id, owner.userId, { visibility: 'public' })

test('a fork has the files of its origin as they are, and neither knows of the other’s changes', async () => {
  await using t = await openTestApp()
  const [owner, other] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Origin', 'welcome')
  await save(owner, id, 'deep/er/data.bin', randomBytes(90_000))
  await save(owner, id, 'a.txt', 'one')
  await open(t, owner, id)
  const made = await fork(other, id)
  assert.equal(made.statusCode, 201, made.body)
  const project = made.json()
  assert.deepEqual(
    [project.name, project.role, project.visibility, project.isMember, project.forkOf, made.headers.location],
    ['Origin', 'owner', 'private', true, { origin: { id, name: 'Origin' } }, `/api/v1/projects/${project.id}`],
  )
  const treeOf = async (guest: Guest, of: string) =>
    (await t.projects.openTree(of, guest.userId)).items.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes }))
  assert.deepEqual(await treeOf(other, project.id), await treeOf(owner, id))
  const usage = async (of: string) =>
    (await t.db.query({ name: 'usage', text: 'SELECT used_bytes, used_entries FROM projects WHERE id = $1', values: [of] }))
      .rows[0]
  assert.deepEqual(await usage(project.id), await usage(id))
  const versions = (await t.projects.openTree(project.id, other.userId)).items.filter((each) => each.kind === 'file')
  assert.deepEqual([...new Set(versions.map((each) => each.version))], [1], 'its history begins here')
  await save(other, project.id, 'a.txt', 'two')
  await save(owner, id, 'a.txt', 'three')
  const read = async (guest: Guest, of: string) => (await t.projects.readFile(of, guest.userId, 'a.txt')).content.toString()
  assert.deepEqual([await read(owner, id), await read(other, project.id)], ['three', 'two'])
})

test('an empty project can be forked, a fork too, and a fork may have a name of its own', async () => {
  await using t = await openTestApp()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Nothing in it')
  const first = (await fork(owner, id, { name: '<b>Mine</b>' })).json()
  assert.deepEqual((await t.projects.openTree(first.id, owner.userId)).items, [])
  assert.equal(first.name, '<b>Mine</b>')
  const second = (await fork(owner, first.id)).json()
  assert.deepEqual(second.forkOf, { origin: { id: first.id, name: '<b>Mine</b>' } })
  assert.equal(outcome(await fork(owner, id, { name: ' ' })), '400 invalid-request')
  assert.equal(outcome(await fork(owner, id, { owner: owner.userId })), '400 invalid-request')
})

test('who may read a project may fork it; for others it does not exist', async () => {
  await using t = await openTestApp()
  const [owner, stranger] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Mine', 'welcome')
  assert.equal(outcome(await fork(stranger, id)), '404 not-found')
  const without = () => t.app.inject({ method: 'POST', url: `/api/v1/projects/${id}/forks`, payload: {} })
  const refused = await without()
  assert.deepEqual(
    [outcome(refused), refused.headers['set-cookie']],
    ['404 not-found', undefined],
    'no guest is made for nothing',
  )
  for (const visibility of ['unlisted', 'public'] as const) {
    await t.projects.changeProject(id, owner.userId, { visibility })
    assert.equal(outcome(await fork(stranger, id)), '201')
    const guest = await without()
    assert.equal(outcome(guest), '201')
    assert.match(String(guest.headers['set-cookie']), /atelier/)
  }
  await t.projects.changeProject(id, owner.userId, { visibility: 'private' })
  assert.equal(outcome(await fork(stranger, id)), '404 not-found')
})

test('where a fork came from is told by name only to those who may see it', async () => {
  await using t = await openTestApp()
  const [owner, other] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Secret later')
  await open(t, owner, id)
  const made = (await fork(other, id)).json()
  const origin = async () => (await t.projects.readProject(made.id, other.userId)).forkOf
  assert.deepEqual(await origin(), { origin: { id, name: 'Secret later' } })
  await t.projects.changeProject(id, owner.userId, { visibility: 'private', name: 'Secret' })
  assert.deepEqual(await origin(), { origin: null })
  const listed = await t.projects.listProjects(other.userId, { limit: 10 })
  assert.deepEqual(listed.items[0]?.forkOf, { origin: null })
  await t.projects.deleteProject(id, owner.userId)
  assert.deepEqual(await origin(), { origin: null })
})

test('a fork reads its blobs after its origin was deleted and everything unused was swept', async () => {
  let now = Date.now()
  await using t = await openTestApp(undefined, () => now)
  const [owner, other] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Origin')
  const [kept, gone] = [randomBytes(200_000), randomBytes(200_000)]
  await save(owner, id, 'kept.bin', kept)
  await open(t, owner, id)
  const made = (await fork(other, id)).json()
  await save(owner, id, 'gone.bin', gone)
  await t.projects.deleteProject(id, owner.userId)
  now += 48 * 3600 * 1000
  assert.equal(await t.projects.sweepBlobs(), 1, 'what only the origin had')
  assert.deepEqual((await t.projects.readFile(made.id, other.userId, 'kept.bin')).content, kept)
})

test('a sweep waits for a fork that has read its origin and is not committed', async () => {
  let now = Date.now()
  await using t = await openTestApp(undefined, () => now)
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Origin')
  const bytes = randomBytes(200_000)
  await save(owner, id, 'a.bin', bytes)
  now += 48 * 3600 * 1000
  const { beginFork, copyProject } = await import('./fork-rows.ts')
  const forkId = '01900000-0000-7000-8000-0000000000f0'
  const steps: string[] = []
  let sweeping: Promise<number> | undefined
  await t.db.transaction(async (queries) => {
    await beginFork(queries)
    const wanted = { id: forkId, origin: id, owner: owner.userId, reader: owner.userId, name: null }
    assert.equal(await copyProject(queries, wanted, 10), true)
    await t.projects.deleteProject(id, owner.userId)
    sweeping = t.projects.sweepBlobs().finally(() => steps.push('swept'))
    const waits = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
    while ((await t.db.query({ name: 'waiting', text: waits })).rowCount === 0) await new Promise(setImmediate)
    steps.push('committing')
  })
  assert.equal(await sweeping, 0)
  assert.deepEqual(steps, ['committing', 'swept'])
  assert.deepEqual((await t.projects.readFile(forkId, owner.userId, 'a.bin')).content, bytes)
})

test('forking while the origin is closed, written to and deleted gives whole forks or none', async () => {
  await using t = await openTestApp()
  const [owner, other] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Busy', 'welcome')
  await open(t, owner, id)
  let isClosed = false
  let round = 0
  const answers: { readonly isLate: boolean; readonly answer: Awaited<ReturnType<typeof fork>> }[] = []
  const forking = Array.from({ length: 4 }, async () => {
    for (let n = 0; n < 12; n++) {
      const isLate = isClosed
      answers.push({ isLate, answer: await fork(other, id) })
    }
  })
  const writing = (async () => {
    for (; !isClosed; round++) await save(owner, id, `new-${round % 5}.txt`, 'x'.repeat(round))
  })()
  while (answers.length < 12) await new Promise(setImmediate)
  await t.projects.changeProject(id, owner.userId, { visibility: 'private' })
  isClosed = true
  await writing
  await t.projects.deleteProject(id, owner.userId)
  await Promise.all(forking)
  for (const { isLate, answer } of answers) {
    if (isLate) assert.equal(outcome(answer), '404 not-found')
    else assert.ok(['201', '404 not-found'].includes(outcome(answer)), answer.body)
    if (answer.statusCode !== 201) continue
    const { rows } = await t.db.query<{ right: boolean }>({
      name: 'sums',
      text: `SELECT used_bytes = (SELECT coalesce(sum(size), 0) FROM files WHERE project = p.id)
                AND used_entries = (SELECT count(*) FROM files WHERE project = p.id) AS right FROM projects p WHERE id = $1`,
      values: [answer.json().id],
    })
    assert.equal(rows[0]?.right, true)
  }
  assert.ok(answers.some(({ answer }) => answer.statusCode === 201))
})
