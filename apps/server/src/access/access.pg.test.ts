import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { type TestDatabase, testDatabase } from '@atelier/storage/db/test-database'
import { v7 as uuidv7 } from 'uuid'
import type { AccessChange } from './access.ts'
import { openAccess } from './database-access.ts'
import { letIn } from './fixtures/let-in.ts'

const openOver = async (db: TestDatabase) => {
  const access = await openAccess({ db, connectionString: db.connectionString, log: silentLog })
  return { ...access, [Symbol.asyncDispose]: () => access.close() }
}

async function people(db: TestDatabase, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7())
  await db.query({ name: 'people', text: `INSERT INTO users (id, kind) SELECT unnest($1::uuid[]), 'guest'`, values: [ids] })
  return ids
}

async function projectOf(db: TestDatabase, owner: string): Promise<string> {
  const id = uuidv7()
  await db.query({ name: 'project', text: `INSERT INTO projects (id, owner, name) VALUES ($1, $2, 'P')`, values: [id, owner] })
  return id
}

const remove = (db: TestDatabase, project: string, user: string) =>
  db.query({ name: 'remove', text: 'DELETE FROM project_members WHERE project = $1 AND user_id = $2', values: [project, user] })

/** What was told, and a way to wait for the next. */
function hearing<Value>() {
  const emitter = new EventEmitter()
  const heard: Value[] = []
  return {
    heard,
    hear: (value: Value): void => {
      heard.push(value)
      emitter.emit('heard')
    },
    async until(isIt: (heard: readonly Value[]) => boolean): Promise<void> {
      while (!isIt(heard)) await once(emitter, 'heard')
    },
  }
}

/** A member whose role is followed, and all changes that this process hears of from now on. */
async function followMember(db: TestDatabase, access: Awaited<ReturnType<typeof openOver>>) {
  const [owner = '', member = ''] = await people(db, 2)
  const project = await projectOf(db, owner)
  const joined = hearing<AccessChange>()
  const stop = access.onChange(joined.hear)
  await letIn(db, project, member, 'editor')
  // The news of it may come later than the answer.
  await joined.until((heard) => heard.length === 1)
  stop()
  const [roles, changes] = [hearing<string | null>(), hearing<AccessChange>()]
  await access.followRole(project, member, roles.hear)
  access.onChange(changes.hear)
  return { project, member, roles, changes }
}

test('the owner is owner, a member has the role of the member, and for everybody else there is no project', async () => {
  await using db = await testDatabase()
  await using access = await openOver(db)
  const [owner = '', editor = '', viewer = '', stranger = ''] = await people(db, 4)
  const project = await projectOf(db, owner)
  await letIn(db, project, editor, 'editor')
  await letIn(db, project, viewer, 'viewer')
  const roles = await Promise.all([owner, editor, viewer, stranger].map((user) => access.roleIn(project, user)))
  assert.deepEqual(roles, ['owner', 'editor', 'viewer', null])
  assert.equal(await access.roleIn(project.toUpperCase(), viewer), 'viewer')
  for (const none of [uuidv7(), '', 'x', `${project}'`]) assert.equal(await access.roleIn(none, owner), null)
})

test('a change on one server is told on another: who joins, changes, leaves, and when a project is gone', async () => {
  await using db = await testDatabase()
  await using access = await openOver(db)
  const [owner = '', member = ''] = await people(db, 2)
  const project = await projectOf(db, owner)
  const changes = hearing<AccessChange>()
  access.onChange(changes.hear)
  const told = async (expected: AccessChange): Promise<void> => {
    await changes.until((heard) => heard.length > 0)
    assert.deepEqual(changes.heard.shift(), expected)
  }
  await letIn(db, project, member, 'viewer')
  await told({ projectId: project, userId: member })
  await letIn(db, project, member, 'editor')
  await told({ projectId: project, userId: member })
  await remove(db, project, member)
  await told({ projectId: project, userId: member })
  await db.query({ name: 'delete', text: 'DELETE FROM projects WHERE id = $1', values: [project] })
  await told({ projectId: project, userId: null })
})

test('who follows a role hears each other one, and null when access is lost', async () => {
  await using db = await testDatabase()
  await using access = await openOver(db)
  const [owner = '', member = '', other = ''] = await people(db, 3)
  const project = await projectOf(db, owner)
  await letIn(db, project, member, 'viewer')
  const roles = hearing<string | null>()
  const ofOwner = hearing<string | null>()
  const followed = await access.followRole(project, member, roles.hear)
  assert.equal(followed.role, 'viewer')
  assert.equal((await access.followRole(project, owner, ofOwner.hear)).role, 'owner')
  assert.equal((await access.followRole(project, other, () => {})).role, null)
  await letIn(db, project, member, 'editor')
  await roles.until((heard) => heard.length === 1)
  await letIn(db, project, other, 'viewer')
  await remove(db, project, member)
  await roles.until((heard) => heard.length === 2)
  assert.deepEqual(roles.heard, ['editor', null])
  followed.stop()
  await db.query({ name: 'delete', text: 'DELETE FROM projects WHERE id = $1', values: [project] })
  await ofOwner.until((heard) => heard.length === 1)
  assert.deepEqual([ofOwner.heard, roles.heard.length], [[null], 2])
})

test('what changed while the news were cut off is found out when they are back', async () => {
  await using db = await testDatabase()
  await using access = await openOver(db)
  const { project, roles, changes } = await followMember(db, access)
  // In one statement: nobody can listen again before the removal is committed.
  await db.query({
    name: 'cut',
    text: `WITH cut AS MATERIALIZED (
             SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'atelier access news')
           DELETE FROM project_members WHERE project = $1 AND (SELECT count(*) FROM cut) = 1`,
    values: [project],
  })
  await roles.until((heard) => heard.length === 1)
  assert.deepEqual(roles.heard, [null])
  assert.deepEqual(changes.heard, [{ projectId: null, userId: null }])
})

test('a connection for the news that falls silent without breaking is given up, and nothing is missed', async () => {
  await using db = await testDatabase()
  await using access = await openOver(db)
  const { project, member, roles, changes } = await followMember(db, access)
  const { rows } = await db.query<{ pid: number }>({
    name: 'listening',
    text: `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'atelier access news'`,
  })
  const pid = rows[0]?.pid ?? 0
  assert.ok(pid > 1)
  process.kill(pid, 'SIGSTOP')
  try {
    await remove(db, project, member)
    await roles.until((heard) => heard.length === 1)
    assert.deepEqual(changes.heard, [{ projectId: null, userId: null }], 'by looking again, not by the news')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  assert.deepEqual(roles.heard, [null])
})

test('a listener that throws keeps the news from nobody', async () => {
  await using db = await testDatabase()
  await using access = await openOver(db)
  const changes = hearing<AccessChange>()
  access.onChange(() => {
    throw new Error('broken')
  })
  const stop = access.onChange(changes.hear)
  const change = { projectId: uuidv7(), userId: null }
  access.tell(change)
  stop()
  access.tell(change)
  assert.deepEqual(changes.heard, [change])
})
