/** What a host with a PostgreSQL of their own meets. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { type EmbeddedPostgres, openEmbeddedPostgres } from './embedded-postgres.ts'
import { examineSecondWall, raiseSecondWall } from './member-role.ts'
import { migrate, readMigrations } from './migrations.ts'
import { administer } from './test-server.ts'

let folder = ''
let postgres: EmbeddedPostgres | undefined
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-member-'))
  postgres = await openEmbeddedPostgres({ folder, log: silentLog, durability: 'throwaway' })
})
after(async () => {
  await postgres?.stop()
  await rm(folder, { recursive: true, force: true })
})

const asSuperuser = (...statements: string[]) =>
  administer(postgres?.superuserConnectionString ?? '', async (client) => {
    for (const statement of statements) await client.query(statement)
  })

/** A login with a database of its own, as a provider hands them out. Returns its address. */
async function hosted(rights: string): Promise<{ readonly name: string; readonly address: string }> {
  const name = `school_${randomBytes(4).toString('hex')}`
  await asSuperuser(`CREATE ROLE ${name} LOGIN ${rights} PASSWORD 'secret'`, `CREATE DATABASE ${name} OWNER ${name}`)
  const address = new URL(postgres?.superuserConnectionString ?? '')
  Object.assign(address, { username: name, password: 'secret', pathname: `/${name}` })
  await migrate(address.href, await readMigrations(), silentLog)
  return { name, address: address.href }
}

test('a user of the database who may create roles gets the wall without anybody’s help, also when servers start together', async () => {
  const { name, address } = await hosted('CREATEROLE')
  const walls = await Promise.all([raiseSecondWall(address), raiseSecondWall(address), raiseSecondWall(address)])
  assert.deepEqual(
    walls,
    walls.map(() => ({ role: `${name}_member` })),
  )
})

test('one who may not is told which two statements a superuser runs, and has the wall after them', async () => {
  const { name, address } = await hosted('')
  const wall = await raiseSecondWall(address)
  assert.deepEqual(wall, await examineSecondWall(address))
  assert.ok(wall.role === null)
  assert.match(wall.why, new RegExp(`"${name}" of the database may not create the role "${name}_member"`))
  const statements = /: (CREATE ROLE .*; GRANT .*); then start again\.$/.exec(wall.remedy)?.[1] ?? ''
  await asSuperuser(statements)
  assert.deepEqual(await raiseSecondWall(address), { role: `${name}_member` })
  assert.deepEqual(await examineSecondWall(address), { role: `${name}_member` })
})

test('a role that is above row security is not believed', async () => {
  const { name, address } = await hosted('CREATEROLE')
  await raiseSecondWall(address)
  const member = `${name}_member`
  for (const [make, undo] of [
    [`ALTER ROLE ${member} BYPASSRLS`, `ALTER ROLE ${member} NOBYPASSRLS`],
    [`ALTER ROLE ${member} LOGIN`, `ALTER ROLE ${member} NOLOGIN`],
  ] as const) {
    await asSuperuser(make)
    const wall = await raiseSecondWall(address)
    assert.ok(wall.role === null && /may sign in, is above row security/.test(wall.why), make)
    await asSuperuser(undo)
  }
  await asSuperuser(`REVOKE ${member} FROM ${name} CASCADE`, `ALTER ROLE ${name} NOCREATEROLE`)
  const wall = await raiseSecondWall(address)
  assert.ok(wall.role === null && /may not enter/.test(wall.why))
})

test('two Ateliers with logins of their own on one PostgreSQL do not see each other’s rows', async () => {
  const [one, two] = [await hosted('CREATEROLE'), await hosted('CREATEROLE')]
  await Promise.all([raiseSecondWall(one.address), raiseSecondWall(two.address)])
  const strange = new URL(one.address)
  strange.pathname = new URL(two.address).pathname
  await administer(strange.href, async (client) => {
    await assert.rejects(client.query('SELECT 1 FROM projects'), { code: '42501' })
    await assert.rejects(client.query(`SET ROLE ${two.name}_member`), { code: '42501' })
    await client.query(`SET ROLE ${one.name}_member`)
    await assert.rejects(client.query('SELECT 1 FROM projects'), { code: '42501' })
  })
})
