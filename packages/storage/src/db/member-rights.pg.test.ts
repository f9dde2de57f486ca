import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memberRights, ownerOnly } from './member-rights.ts'
import { raiseSecondWall } from './member-role.ts'
import { testDatabase } from './test-database.ts'

type Table = { readonly name: string; readonly walled: boolean; readonly policies: number; readonly granted: boolean }

const tables = {
  name: 'all-tables',
  text: `SELECT c.relname AS name, c.relrowsecurity AS walled, count(p.polname)::int AS policies,
                has_any_column_privilege('atelier_member', c.oid, 'SELECT, INSERT, UPDATE')
                OR has_table_privilege('atelier_member', c.oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN') AS granted
           FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
          WHERE c.relnamespace = current_schema()::text::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          GROUP BY c.oid ORDER BY c.relname`,
}

test('every table has row security with policies, or stands among the owner’s with a reason; a new one without an entry fails here', async () => {
  await using db = await testDatabase()
  const { rows } = await db.query<Table>(tables)
  assert.deepEqual(
    rows.map((table) => table.name),
    [...Object.keys(memberRights), ...Object.keys(ownerOnly)].sort(),
  )
  for (const { name, walled, policies, granted } of rows) {
    const isOwners = name in ownerOnly
    assert.deepEqual({ granted, open: granted && !(walled && policies > 0) }, { granted: !isOwners, open: false }, name)
  }
})

test('the role of people owns nothing, signs in nowhere, is no superuser, and reaches partitions only through their tables', async () => {
  await using db = await testDatabase()
  const { rows } = await db.query({
    name: 'member',
    text: `SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, pg_has_role('atelier_member', 'atelier', 'MEMBER') AS is_owner,
                  (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owns,
                  (SELECT count(*)::int FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'
                      AND has_any_column_privilege('atelier_member', c.oid, 'SELECT, INSERT, UPDATE')) AS partitions,
                  has_schema_privilege('atelier_member', current_schema()::text, 'CREATE') AS creates
             FROM pg_roles r WHERE rolname = 'atelier_member'`,
  })
  assert.deepEqual(rows, [
    {
      ...{ rolcanlogin: false, rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false },
      ...{ is_owner: false, owns: 0, partitions: 0, creates: false },
    },
  ])
})

test('nobody reads back what is stored of passwords and tokens, not even their own', async () => {
  await using db = await testDatabase()
  const { rows } = await db.query<{ column: string }>({
    name: 'secret-columns',
    text: `SELECT c.relname || '.' || a.attname AS column FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = current_schema()::text::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
              AND NOT a.attisdropped AND a.attname ~ '(password|_sha$|^sealed$|login|subject)'
              AND has_column_privilege('atelier_member', c.oid, a.attnum, 'SELECT') ORDER BY 1`,
  })
  // Sums of contents, which are names of blobs.
  assert.deepEqual(
    rows.map(({ column }) => column).filter((column) => !['git_packs.pack_sha', 'git_packs.index_sha'].includes(column)),
    [],
  )
})

test('rights that an earlier version gave are taken back, and to raise the wall again changes nothing', async () => {
  await using db = await testDatabase()
  await db.query({ name: 'too-much', text: 'GRANT ALL ON sessions, users TO atelier_member' })
  const walls = await Promise.all([1, 2, 3, 4].map(() => raiseSecondWall(db.connectionString)))
  assert.deepEqual(
    walls,
    walls.map(() => ({ role: 'atelier_member' })),
  )
  const { rows } = await db.query({
    name: 'what-is-left',
    text: `SELECT has_any_column_privilege('atelier_member', 'sessions', 'SELECT') AS sessions,
                  has_column_privilege('atelier_member', 'users', 'password', 'SELECT') AS passwords,
                  has_column_privilege('atelier_member', 'users', 'name', 'SELECT') AS names`,
  })
  assert.deepEqual(rows, [{ sessions: false, passwords: false, names: true }])
})

test('what a trigger does is done as the owner, with a path of its own, whoever caused it', async () => {
  await using db = await testDatabase()
  const { rows } = await db.query<{ name: string; config: string[] | null; definer: boolean }>({
    name: 'trigger-functions',
    text: `SELECT DISTINCT f.proname AS name, f.prosecdef AS definer, f.proconfig AS config
             FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid WHERE NOT t.tgisinternal ORDER BY 1`,
  })
  // It writes nothing.
  const writing = rows.filter(({ name }) => name !== 'refuse_audit_change')
  assert.ok(writing.length >= 5)
  for (const { name, definer, config } of writing)
    assert.deepEqual({ definer, config }, { definer: true, config: ['search_path=public, pg_temp'] }, name)
})
