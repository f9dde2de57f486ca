/** The second wall alone: statements without any condition, under the role of people. What the first one does, each feature's tests say. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { isDatabaseAway } from '@atelier/storage/db/away'
import type { Database, Queries } from '@atelier/storage/db/database'
import { memberRights } from '@atelier/storage/db/member-rights'
import { type TestDatabase, testDatabase } from '@atelier/storage/db/test-database'
import { ada, eve, everythingOfAda, mallory, project, rowsOfAda, vera } from './fixtures/a-row-of-everything.ts'

const tables = Object.keys(memberRights)
const nobody = '00000000-0000-0000-0000-000000000000'

/** How many rows a statement found or changed; null: the role may not even try, or a policy refused a row. */
async function reach(queries: Queries, text: string): Promise<number | null> {
  try {
    return (await queries.query({ name: createHash('sha256').update(text).digest('base64url'), text })).rowCount
  } catch (error) {
    assert.equal((error as { code?: string }).code, '42501', `${text}: ${error}`)
    assert.ok(!isDatabaseAway(error))
    return null
  }
}

/** Undone afterwards. */
async function tries(db: Database, user: string, text: string): Promise<number | null> {
  let reached: number | null = null
  const undo = new Error('undone')
  await db
    .as(user)
    .transaction(async (queries) => {
      reached = await reach(queries, text)
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return reached
}

const select = (table: string) => `SELECT 1 FROM ${table}`
const remove = (table: string) => `DELETE FROM ${table}`

/** For each column that the role may change at all: all rows, to what they are; also without reading any column. */
async function updates(db: Database, table: string): Promise<string[]> {
  const { rows } = await db.query<{ column: string; type: string }>({
    name: 'columns-to-change',
    text: `SELECT attname AS column, format_type(atttypid, atttypmod) AS type FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''
              AND has_column_privilege('atelier_member', attrelid, attnum, 'UPDATE')`,
    values: [table],
  })
  return rows.map(({ column }) => `UPDATE ${table} SET ${column} = ${column}`)
}

const contents = async (db: Database): Promise<Record<string, string>> => {
  const sums: Record<string, string> = {}
  for (const table of tables) {
    const { rows } = await db.query<{ sum: string }>({
      name: `sum ${table}`,
      text: `SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS sum FROM ${table} t`,
    })
    sums[table] = rows[0]?.sum ?? ''
  }
  return sums
}

async function filled(): Promise<TestDatabase> {
  const db = await testDatabase()
  await everythingOfAda(db)
  return db
}

test('each table that people reach has a row in this test', () => {
  assert.deepEqual(Object.keys(rowsOfAda(1)).sort(), tables.toSorted())
})

test('a stranger, and nobody, finds nothing, changes nothing, removes nothing and adds nothing, in any table', async () => {
  await using db = await filled()
  const before = await contents(db)
  for (const user of [mallory, nobody])
    for (const table of tables) {
      // Of people one finds oneself.
      const own = table === 'users' && user === mallory ? 1 : 0
      const found = await tries(db, user, select(table))
      assert.ok(found === null || found === own, `${table}: ${found} found`)
      for (const text of await updates(db, table)) {
        const changed = await tries(db, user, text)
        assert.ok(changed === null || changed === own, `${text}: ${changed} changed`)
      }
      const removed = await tries(db, user, remove(table))
      assert.ok(removed === null || removed === 0, `${table}: ${removed} removed`)
      const text = `INSERT INTO ${table} ${rowsOfAda(2)[table]}`
      assert.equal(await tries(db, user, text), null, text)
    }
  assert.deepEqual(await contents(db), before)
})

test('the same statements reach Ada’s rows for Ada: the table above is not empty by mistake', async () => {
  await using db = await filled()
  for (const table of tables.filter((each) => memberRights[each]?.includes('SELECT')))
    assert.ok(((await tries(db, ada, select(table))) ?? 0) > 0, table)
  for (const table of tables.filter((each) => memberRights[each]?.includes('DELETE')))
    assert.ok(((await tries(db, ada, remove(table))) ?? 0) > 0, table)
})

test('a viewer reads what the project is and was, and changes nothing of it', async () => {
  await using db = await filled()
  const read = [
    'projects',
    'files',
    'file_versions',
    'snapshots',
    'snapshot_entries',
    'version_names',
    'deleted_files',
    'documents',
  ]
  for (const table of read) assert.equal(await tries(db, vera, select(table)), 1, table)
  for (const table of ['share_links', 'executions', 'execution_chunks', 'api_tokens', 'sign_ins', 'git_tokens'])
    assert.ok(!(await tries(db, vera, select(table))), table)
  for (const table of tables.filter((each) => !['users', 'project_members'].includes(each))) {
    for (const text of [...(await updates(db, table)), remove(table), `INSERT INTO ${table} ${rowsOfAda(2)[table]}`])
      assert.ok(!(await tries(db, vera, text)), text)
  }
  assert.equal(await tries(db, vera, remove('project_members')), 1, 'themselves')
  assert.ok(!(await tries(db, vera, `UPDATE project_members SET role = 'editor'`)))
})

test('an editor writes files and is not the owner: links, members, name and visibility are out of reach', async () => {
  await using db = await filled()
  assert.equal(await tries(db, eve, `UPDATE files SET size = 2`), 1)
  assert.equal(await tries(db, eve, `UPDATE projects SET used_bytes = 5, updated_at = now()`), 1)
  const refused = [
    `UPDATE projects SET visibility = 'public'`,
    `UPDATE projects SET name = 'Mine'`,
    `UPDATE projects SET owner = '${eve}'`,
    `DELETE FROM projects`,
    `UPDATE project_members SET role = 'viewer'`,
    `DELETE FROM project_members WHERE user_id <> '${eve}'`,
    `UPDATE share_links SET revoked_at = now()`,
    `INSERT INTO share_links ${rowsOfAda(2).share_links}`,
    `INSERT INTO project_members ${rowsOfAda(2).project_members}`,
  ]
  for (const text of refused) assert.ok(!(await tries(db, eve, text)), text)
})

test('what everybody may read is its files: not who is in it, what it was, what it leads to, and nothing is written', async () => {
  await using db = await filled()
  for (const visibility of ['unlisted', 'public']) {
    await db.query({ name: 'open', text: 'UPDATE projects SET visibility = $1', values: [visibility] })
    for (const user of [mallory, nobody]) {
      for (const table of ['projects', 'files']) assert.equal(await tries(db, user, select(table)), 1)
      assert.equal(await tries(db, user, `SELECT 1 FROM users WHERE id IN ('${ada}', '${eve}', '${vera}')`), 1, 'the owner')
      for (const table of tables.filter((each) => !['projects', 'files', 'users'].includes(each)))
        assert.ok(!(await tries(db, user, select(table))), table)
      for (const table of tables.filter((each) => each !== 'users'))
        for (const text of [...(await updates(db, table)), remove(table), `INSERT INTO ${table} ${rowsOfAda(2)[table]}`])
          assert.ok(!(await tries(db, user, text)), text)
      assert.ok(!(await tries(db, user, `UPDATE projects SET owner = '${user}'`)))
    }
  }
})

test('somebody who was removed finds nothing from the next statement on', async () => {
  await using db = await filled()
  assert.equal((await db.as(eve).query({ name: 'files', text: select('files') })).rowCount, 1)
  await db.query({ name: 'out', text: 'DELETE FROM project_members WHERE user_id = $1', values: [eve] })
  assert.equal((await db.as(eve).query({ name: 'files', text: select('files') })).rowCount, 0)
  assert.equal((await db.as(eve).query({ name: 'project', text: select('projects') })).rowCount, 0)
})

test('the name of somebody is found by their id alone, and only the server’s role asks for it', async () => {
  await using db = await filled()
  const name = { name: 'name-of', text: 'SELECT person_name($1) AS name', values: [ada] }
  assert.deepEqual((await db.as(mallory).query(name)).rows, [{ name: 'Ada' }])
  const { rows } = await db.query({
    name: 'public-functions',
    text: `SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::text::regnamespace AND prosecdef
              AND prorettype <> 'trigger'::regtype AND has_function_privilege('public', oid, 'EXECUTE')`,
  })
  assert.deepEqual(rows, [])
  assert.equal(project.length, 36)
})
