import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import { recordAudit } from './audit.ts'
import { listLines } from './audit-rows.ts'

const ada = '01900000-0000-7000-8000-00000000000a'
const project = '01900000-0000-7000-8000-00000000000b'
const all = { after: null, most: 100 }

test('a change that is undone leaves no line', async () => {
  await using db = await testDatabase()
  await assert.rejects(
    db.transaction(async (queries) => {
      await recordAudit(queries, { action: 'project.rename', userId: ada, projectId: project })
      throw new Error('the change failed')
    }),
  )
  assert.deepEqual(await listLines(db, {}, all), [])
})

test('a line is found by who, where, what and how it ended, the newest first and page by page', async () => {
  await using db = await testDatabase()
  for (const n of [1, 2, 3]) await recordAudit(db, { action: 'project.rename', userId: ada, projectId: project, details: { n } })
  await recordAudit(db, { action: 'session.sign-in', userId: null, result: 'refused' })
  const found = async (filter: object) => (await listLines(db, filter, all)).length
  assert.deepEqual(
    [await found({}), await found({ user: ada }), await found({ project }), await found({ action: 'project' })],
    [4, 3, 3, 3],
  )
  assert.deepEqual(
    [await found({ action: 'project.rename' }), await found({ action: 'pro' }), await found({ result: 'refused' })],
    [3, 0, 1],
  )
  assert.deepEqual([await found({ since: '2100-01-01T00:00:00Z' }), await found({ until: '2100-01-01T00:00:00Z' })], [0, 4])
  const [first] = await listLines(db, { project }, { after: null, most: 1 })
  assert.equal(first?.details.n, 3)
  const rest = await listLines(db, { project }, { after: first ?? null, most: 10 })
  assert.deepEqual(
    rest.map((line) => line.details.n),
    [2, 1],
  )
})

test('nobody changes, removes or empties the log, neither whole nor a month of it', async () => {
  await using db = await testDatabase()
  await recordAudit(db, { action: 'project.rename', userId: ada })
  const { rows } = await db.query<{ name: string }>({
    name: 'months',
    text: `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_log'::regclass`,
  })
  for (const table of ['audit_log', ...rows.map((row) => row.name)])
    for (const statement of ['UPDATE $ SET user_id = NULL', 'DELETE FROM $', 'TRUNCATE $'])
      if (statement.startsWith('TRUNCATE') || table === 'audit_log')
        await assert.rejects(
          db.query({ name: `${statement} ${table}`, text: statement.replace('$', table) }),
          /never changed or removed/,
          `${statement} ${table}`,
        )
  assert.equal((await listLines(db, {}, all)).length, 1)
})

test('a line is one line of text without tokens, whatever somebody passes', async () => {
  await using db = await testDatabase()
  await recordAudit(db, {
    ...{ action: 'project.rename', userId: ada, object: `a\r\nSet-Cookie: x\u0000${'€'.repeat(1000)}` },
    details: { name: 'see atl_t_AbCdEf0123-_ here', broken: '\ud800', long: '😀'.repeat(10_000) },
  })
  const [line] = await listLines(db, {}, all)
  assert.ok(line?.object?.startsWith('a\ufffd\ufffdSet-Cookie: x\ufffd€'))
  assert.equal([...(line?.object ?? '')].length, 300)
  assert.deepEqual([line?.details.name, line?.details.broken], ['see atl_… here', '\ufffd'])
  assert.equal([...String(line?.details.long)].length, 300)
})
