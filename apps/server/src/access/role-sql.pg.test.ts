import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import { letIn } from './fixtures/let-in.ts'
import { mayReadAs, mayWriteAs, roleColumn } from './role-sql.ts'

type Plan = { readonly 'Relation Name'?: string; readonly 'Actual Loops': number; readonly Plans?: readonly Plan[] }

/** Which tables a plan has really looked at. */
const lookedAt = (plan: Plan): string[] => [
  ...(plan['Actual Loops'] > 0 && plan['Relation Name'] !== undefined ? [plan['Relation Name']] : []),
  ...(plan.Plans ?? []).flatMap(lookedAt),
]

test('for an owner no table of members is looked at, whatever is asked; for a member it is', async () => {
  await using db = await testDatabase()
  const [owner = '', member = '', project = ''] = ['1', '2', '3'].map((digit) => `01900000-0000-7000-8000-00000000000${digit}`)
  await db.query({
    name: 'users',
    text: `INSERT INTO users (id, kind) VALUES ($1, 'guest'), ($2, 'guest')`,
    values: [owner, member],
  })
  await db.query({
    name: 'project',
    text: `INSERT INTO projects (id, owner, name) VALUES ($1, $2, 'P')`,
    values: [project, owner],
  })
  await letIn(db, project, member, 'editor')
  const texts = [
    `SELECT ${roleColumn('$2')} FROM projects p WHERE p.id = $1 AND ${mayReadAs('$2')}`,
    `SELECT 1 FROM projects p WHERE p.id = $1 AND ${mayWriteAs('$2')} FOR NO KEY UPDATE`,
  ]
  for (const [index, text] of texts.entries())
    for (const user of [owner, member]) {
      const { rows } = await db.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>({
        name: `explain-${index}`,
        text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values: [project, user],
      })
      const [answer] = rows[0]?.['QUERY PLAN'] ?? []
      assert.ok(answer)
      const tables = new Set(lookedAt(answer.Plan))
      assert.deepEqual([...tables].sort(), user === owner ? ['projects'] : ['project_members', 'projects'], text)
    }
})
