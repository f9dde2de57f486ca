/**
 * What happens when somebody forgets the conditions: here they are cut out of every statement that runs behind row security, and each of
 * them says "owner" to whoever asks. Strangers must not notice. The same statements without the second wall show that the cutting works.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import type { Database, Queries, Statement, Transactions } from '@atelier/storage/db/database'
import { openDatabase } from '@atelier/storage/db/database'
import { testDatabase } from '@atelier/storage/db/test-database'
import { openAccess } from '../access/database-access.ts'
import { isMemberAs, mayReadAs, mayRunAs, mayWriteAs, roleColumn } from '../access/role-sql.ts'
import { registerDocumentRoutes } from '../documents/routes.ts'
import { openTestApp } from '../projects/fixtures/open-test-app.ts'
import { registerSharingRoutes } from '../sharing/routes.ts'
import { createSharing } from '../sharing/sharing.ts'
import { createHistory } from './history.ts'
import { registerHistoryRoutes } from './routes.ts'

function withoutConditions({ name, text, values }: Statement): Statement {
  const yes = (user: string) => `(${user}::uuid IS NOT NULL)`
  let cut = text
  for (const user of ['$1', '$2', '$4'])
    for (const as of ['p', 'o']) {
      cut = cut.replaceAll(roleColumn(user, as), () => `CASE WHEN ${yes(user)} THEN 'owner' END AS role`)
      for (const rule of [mayReadAs, mayWriteAs, mayRunAs, isMemberAs]) cut = cut.replaceAll(rule(user, as), () => yes(user))
    }
  cut = cut
    .replaceAll(/\b(?:p\.)?owner = (\$\d)/g, (_, user: string) => yes(user))
    .replaceAll('$2 IN (p.owner, m.user_id)', () => yes('$2'))
  return { name, text: cut, ...(values === undefined ? {} : { values }) }
}

/** With the second wall, or without any. */
function broken(db: Database, hasSecondWall: boolean): { readonly db: Database; readonly names: Set<string> } {
  const names = new Set<string>()
  const breaking = (queries: Queries): Queries => ({
    query(statement) {
      const cut = withoutConditions(statement)
      if (cut.text !== statement.text) names.add(statement.name)
      // The whole statement has these names already, on these connections.
      return queries.query({ ...cut, name: `broken ${cut.name}` })
    },
  })
  const as = (user: string): Transactions => {
    const inner = hasSecondWall ? db.as(user) : db
    return { ...breaking(inner), transaction: (work) => inner.transaction((queries) => work(breaking(queries))) }
  }
  const { query, transaction, close } = db
  return { names, db: { query, transaction, as, close, connections: db.connections, [Symbol.asyncDispose]: close } }
}

/** Everything that there is in a project, asked for as if one were its owner. */
const attempts = (project: string, owner: string) => {
  const at = `/api/v1/projects/${project}`
  const some = '0190a7e0-0000-7000-8000-000000000001'
  return [
    ['GET', at],
    ['GET', `${at}/files`],
    ['GET', `${at}/files/main.py`],
    ['GET', `${at}/history/main.py`],
    ['GET', `${at}/history/main.py?version=1`],
    ['GET', `${at}/line-authors/main.py`],
    ['GET', `${at}/deleted-files`],
    ['GET', `${at}/snapshots`],
    ['GET', `${at}/share-links`],
    ['GET', `${at}/members`],
    ['GET', `${at}/playback/main.py`],
    ['POST', `${at}/folders`, { path: 'mine' }],
    ['POST', `${at}/move`, { from: 'main.py', to: 'mine.py' }],
    ['POST', `${at}/version-names`, { path: 'main.py', version: 1, name: 'mine' }],
    ['POST', `${at}/restore`, { path: 'main.py', version: 1 }],
    ['POST', `${at}/snapshots`, { name: 'mine' }],
    ['POST', `${at}/share-links`, { role: 'editor' }],
    ['DELETE', `${at}/share-links/${some}`],
    ['PATCH', `${at}/members/${owner}`, { role: 'editor' }],
    ['DELETE', `${at}/members/${owner}`],
    ['PATCH', at, { name: 'Mine' }],
    ['PATCH', at, { visibility: 'public' }],
    ['DELETE', `${at}/files/main.py`],
    ['DELETE', at],
  ] as const
}

async function openBroken(hasSecondWall: boolean) {
  await using undo = new AsyncDisposableStack()
  const whole = undo.use(await testDatabase())
  const { connectionString } = whole
  const pool = undo.use(openDatabase({ connectionString, log: silentLog, memberRole: 'atelier_member', poolSize: 4 }))
  const { db, names } = broken(pool, hasSecondWall)
  const access = await openAccess({ db, connectionString, log: silentLog })
  undo.defer(() => access.close())
  const t = undo.use(
    await openTestApp(db, Date.now, ({ app, blobs, projects, accounts }) => {
      registerSharingRoutes(app, { sharing: createSharing({ db, access }), projects, accounts })
      const history = createHistory({ db, blobs, projects, takeWritten: async () => {}, log: silentLog })
      registerHistoryRoutes(app, { history, accounts })
      // Its own question for the role is another statement than those that are broken here.
      registerDocumentRoutes(app, {
        db,
        access: { ...access, roleIn: async () => 'owner', isMember: async () => true },
        accounts,
      })
    }),
  )
  const [owner, stranger] = await Promise.all([t.guest(), t.guest()])
  const made = await owner.request('POST', '/api/v1/projects', { payload: { name: 'Ours' } })
  assert.equal(made.statusCode, 201, made.body)
  const { id } = made.json() as { id: string }
  const saved = await owner.request('PUT', `/api/v1/projects/${id}/files/main.py`, { payload: 'print(1)' })
  assert.equal(saved.statusCode, 201, saved.body)
  await owner.request('POST', `/api/v1/projects/${id}/snapshots`, { payload: { name: 'first' } })
  const kept = undo.move()
  return { owner, stranger, id, names, db: whole, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

test('without any condition in the statements, a stranger is still told that there is no such project, and nothing changes', async () => {
  await using t = await openBroken(true)
  const stateOf = async () => {
    const { rows } = await t.db.query({
      name: 'state',
      text: `SELECT (SELECT string_agg(p::text, ',') FROM projects p) AS projects, (SELECT string_agg(f::text, ',') FROM files f) AS files,
                    (SELECT count(*)::int FROM project_members) + (SELECT count(*)::int FROM share_links) AS others,
                    (SELECT count(*)::int FROM snapshots) AS snapshots, (SELECT count(*)::int FROM version_names) AS names`,
    })
    return rows
  }
  const before = await stateOf()
  for (const [method, url, payload] of attempts(t.id, t.owner.userId)) {
    const answer = await t.stranger.request(method, url, payload === undefined ? {} : { payload })
    assert.equal(answer.statusCode, 404, `${method} ${url}: ${answer.body}`)
  }
  const list = await t.stranger.request('GET', '/api/v1/projects')
  assert.deepEqual([list.statusCode, (list.json() as { items: unknown[] }).items], [200, []])
  assert.deepEqual(await stateOf(), before)
  assert.ok(t.names.size >= 12, `only ${[...t.names]} were broken`)
})

test('without the second wall the same statements give everything away: it is the wall that holds above', async () => {
  await using t = await openBroken(false)
  const reached: string[] = []
  for (const [method, url, payload] of attempts(t.id, t.owner.userId)) {
    const { statusCode } = await t.stranger.request(method, url, payload === undefined ? {} : { payload })
    if (statusCode < 300) reached.push(`${method} ${url}`)
  }
  assert.ok(reached.length >= 15, reached.join('\n'))
})
