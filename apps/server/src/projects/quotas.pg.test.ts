import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Queries } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import { openTestApp } from './fixtures/open-test-app.ts'
import { beginFork, copyProject } from './fork-rows.ts'
import { insertProject } from './project-rows.ts'

async function open() {
  const tiers = '{"guest": {"storageBytes": 10000, "projects": 2, "filesPerProject": 3}}'
  const t = await openTestApp(undefined, undefined, undefined, tiers)
  const ada = await t.guest()
  const create = () => ada.request('POST', '/api/v1/projects', { payload: { name: 'One' } })
  return {
    ...{ t, create },
    newProject: async (): Promise<string> => (await create()).json().id,
    save: (project: string, path: string, payload: string, who = ada) =>
      who.request('PUT', `/api/v1/projects/${project}/files/${path}`, { payload, headers: { 'content-type': 'text/plain' } }),
    [Symbol.asyncDispose]: t[Symbol.asyncDispose],
  }
}

test('all projects of a user together have the storage of their tier, and what frees room is always allowed', async () => {
  await using p = await open()
  const [one, two] = [await p.newProject(), await p.newProject()]
  assert.equal((await p.save(one, 'a.txt', 'a'.repeat(6000))).statusCode, 201)
  assert.equal((await p.save(two, 'b.txt', 'b'.repeat(3000))).statusCode, 201)
  const refused = await p.save(two, 'c.txt', 'c'.repeat(1001))
  assert.equal(refused.statusCode, 413)
  assert.match(refused.json().detail, /together may have 9 KB \(the tier "guest"\).*Delete what is not needed/)
  assert.equal((await p.save(two, 'c.txt', 'c'.repeat(1000))).statusCode, 201, 'what fits exactly is taken')
  assert.equal((await p.save(one, 'a.txt', 'A'.repeat(6000))).statusCode, 200, 'as large as before')
  assert.equal((await p.save(one, 'a.txt', 'A'.repeat(6001))).statusCode, 413)
  assert.equal((await p.save(one, 'a.txt', '')).statusCode, 200)
  assert.equal((await p.save(two, 'c.txt', 'c'.repeat(7000))).statusCode, 200, 'the room that was freed')
})

test('saves that arrive together do not pass the limit together', async () => {
  await using p = await open()
  const [one, two] = [await p.newProject(), await p.newProject()]
  for (const project of [one, two]) await p.save(project, 'a.txt', '')
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => p.save(n % 2 === 0 ? one : two, `f${n % 2}`, 'x'.repeat(900 * n))),
  )
  const { rows } = await p.t.db.query<{ bytes: number }>({
    name: 'sum',
    text: 'SELECT sum(used_bytes)::int AS bytes FROM projects',
  })
  assert.ok((rows[0]?.bytes ?? 0) <= 10_000, `${rows[0]?.bytes}`)
  const statuses = new Set(answers.map(({ statusCode }) => statusCode))
  assert.ok(statuses.has(201) && statuses.has(413), [...statuses].join())
})

test('files of a project and projects of a user are counted too', async () => {
  await using p = await open()
  const project = await p.newProject()
  for (const name of ['a', 'b', 'c']) assert.equal((await p.save(project, name, '')).statusCode, 201)
  const refused = await p.save(project, 'd', '')
  assert.match(refused.json().detail, /at most 3 files and folders/)
  assert.equal((await p.save(project, 'a', 'more')).statusCode, 200)
  await p.newProject()
  const answer = await p.create()
  assert.equal(answer.statusCode, 413)
  assert.match(answer.json().detail, /You have 2 projects, which is the most of the tier "guest"/)
})

test('forks that are asked for at once do not pass the limit together, and a template takes room too', async () => {
  await using p = await open()
  const eve = await p.t.guest()
  const origin = await p.newProject()
  await p.save(origin, 'a.txt', 'a'.repeat(6000))
  await p.t.db.query({ name: 'show', text: `UPDATE projects SET visibility = 'public' WHERE id = $1`, values: [origin] })
  const fork = () => eve.request('POST', `/api/v1/projects/${origin}/forks`, { payload: {} })
  const answers = await Promise.all([fork(), fork(), fork(), fork()])
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [201, 413, 413, 413])
  const [made] = answers.filter(({ statusCode }) => statusCode === 201)
  assert.equal((await p.save(made?.json().id, 'b.txt', 'b'.repeat(4000), eve)).statusCode, 201)
  const [template] = p.t.projects.templates
  const another = await eve.request('POST', '/api/v1/projects', { payload: { name: 'One', template: template?.id } })
  assert.deepEqual([another.statusCode, another.json().code], [413, 'too-large'])
})

test('of projects that are made at once none is the one too many, whichever way they are made', async () => {
  await using p = await open()
  const { userId } = await p.t.guest()
  const origin = await p.newProject()
  await p.t.db.query({ name: 'show', text: `UPDATE projects SET visibility = 'public' WHERE id = $1`, values: [origin] })
  const most = 2
  const make = (queries: Queries) => insertProject(queries, { id: uuidv7(), owner: userId, name: 'One' }, most)
  const fork = async (queries: Queries) => {
    await beginFork(queries)
    return copyProject(queries, { id: uuidv7(), origin, owner: userId, reader: userId, name: null }, most)
  }
  assert.ok(await p.t.db.as(userId).transaction(make))
  for (const [last, late] of [
    [make, fork],
    [fork, make],
    [make, make],
    [fork, fork],
  ] as const) {
    let answer: Promise<unknown> | undefined
    await p.t.db.transaction(async (queries) => {
      assert.ok(await last(queries))
      let isAnswered = false
      answer = p.t.db.transaction<unknown>(late).finally(() => {
        isAnswered = true
      })
      const waits = `SELECT 1 FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`
      while (!isAnswered && (await p.t.db.query({ name: 'waiting', text: waits })).rowCount === 0) await new Promise(setImmediate)
    })
    assert.ok([null, false].includes((await answer) as null | false), 'it is refused as soon as the one before it is there')
    const newest = 'DELETE FROM projects WHERE id = (SELECT id FROM projects WHERE owner = $1 ORDER BY id DESC LIMIT 1)'
    await p.t.db.query({ name: 'delete-newest', text: newest, values: [userId] })
  }
})

test('who saves into the full project of somebody else is told what they would be told anyway', async () => {
  await using p = await open()
  const project = await p.newProject()
  assert.equal((await p.save(project, 'a.txt', 'a'.repeat(10_000))).statusCode, 201)
  assert.equal((await p.save(project, 'b.txt', 'b'.repeat(5000))).json().code, 'too-large')
  assert.equal((await p.save(project, 'b.txt', 'b'.repeat(5000), await p.t.guest())).json().code, 'not-found')
})
