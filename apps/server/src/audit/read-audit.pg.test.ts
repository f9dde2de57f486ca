import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { testDatabase } from '@atelier/storage/db/test-database'
import { recordAudit } from './audit.ts'
import { keepAudit } from './housekeeping.ts'
import { auditAsCsv, auditAsJsonLines, cellOf, readAuditPage } from './read-audit.ts'

const ada = '01900000-0000-7000-8000-00000000000a'

test('all lines come as a file, more than are read at once too, each once and the newest first', async () => {
  await using db = await testDatabase()
  await db.query({
    name: 'many',
    text: `INSERT INTO audit_log (id, action, result, object) SELECT gen_random_uuid(), 'project.rename', 'done', n FROM generate_series(1, 2500) n`,
  })
  const lines = (await text(auditAsJsonLines(db, {}))).trimEnd().split('\n')
  assert.equal(new Set(lines.map((line) => JSON.parse(line).object)).size, 2500)
  assert.equal((await text(auditAsCsv(db, {}))).trimEnd().split('\r\n').length, 2501)
  const page = await readAuditPage(db, {}, { limit: 200 })
  assert.deepEqual(
    page.items.map(({ id }) => id),
    lines.slice(0, 200).map((line) => JSON.parse(line).id),
  )
  const next = await readAuditPage(db, {}, { limit: 200, cursor: page.nextCursor ?? '' })
  assert.equal(next.items[0]?.id, JSON.parse(lines[200] ?? '').id)
  await assert.rejects(readAuditPage(db, {}, { limit: 1, cursor: 'forged' }), /cursor/)
})

test('no cell of the CSV file is a formula for a spreadsheet, or more than one cell', async () => {
  await using db = await testDatabase()
  await recordAudit(db, { action: 'project.rename', userId: ada, object: '=HYPERLINK("http://evil.example","x")' })
  const [, row] = (await text(auditAsCsv(db, {}))).split('\r\n')
  assert.ok(row?.includes(`,"'=HYPERLINK(""http://evil.example"",""x"")",`), row)
  for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '|calc', '%0'])
    assert.ok(/^"?'/.test(cellOf(formula)), formula)
  assert.deepEqual([cellOf('plain'), cellOf('a,b'), cellOf('a"b'), cellOf('')], ['plain', '"a,b"', '"a""b"', ''])
})

test('months stand ready ahead of time, and go as a whole when they are older than what is kept', async () => {
  await using db = await testDatabase()
  const months = async () => {
    const { rows } = await db.query<{ name: string }>({
      name: 'months',
      text: `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_log'::regclass ORDER BY 1`,
    })
    return rows.map(({ name }) => name.slice('audit_log_'.length))
  }
  for (const day of ['2020-01-31', '2020-01-02', '2020-02-01'])
    await db.query({ name: `make ${day}`, text: `SELECT make_audit_month('${day}')` })
  await db.query({
    name: 'old',
    text: `INSERT INTO audit_log (id, at, action, result) VALUES (gen_random_uuid(), '2020-01-31 23:59:59.9+00', 'project.rename', 'done'), (gen_random_uuid(), '2020-02-01 00:00+00', 'project.rename', 'done')`,
  })
  const at = (iso: string, keptDays: number) => ({ db, log: silentLog, now: () => Date.parse(iso), keptDays })
  await keepAudit(at('2020-03-01T00:00:00Z', 30))
  assert.ok((await months()).includes('202001'), 'its last line is 29 days old')
  await keepAudit(at('2020-03-02T00:00:00Z', 30))
  assert.deepEqual((await months()).slice(0, 1), ['202002'])
  assert.equal((await months()).length, 6, 'February, the month before this one, this one, and three to come')
  const { items } = await readAuditPage(db, {}, { limit: 10 })
  assert.equal(items.length, 1)
})
