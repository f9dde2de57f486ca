import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFirstAdmin } from './first-admin.ts'
import { openAccounts } from './fixtures/open-accounts.ts'

test('while there is no administrator each start has a link; it is good for a day, and until somebody is one', async () => {
  let now = Date.now()
  await using t = await openAccounts()
  const [one, other] = [await openFirstAdmin(t.db, () => now), await openFirstAdmin(t.db, () => now)]
  const token = one.path?.split('/').at(-1) ?? ''
  assert.match(token, /^atl_f_[A-Za-z0-9_-]{22}$/)
  assert.deepEqual([one.isGood(token), other.isGood(token), one.isGood(`${token}x`), one.isGood('')], [true, false, false, false])
  const ada = await t.member('ada.l')
  const eve = await t.member('eve')
  assert.equal(await t.db.transaction((queries) => one.use(queries, ada.userId)), true)
  assert.equal(await t.db.transaction((queries) => other.use(queries, eve.userId)), false, 'two servers over one database')
  one.close()
  assert.equal(one.isGood(token), false)
  assert.equal((await openFirstAdmin(t.db, () => now)).path, null)
  now += 24 * 3600_000
  assert.equal(other.isGood(other.path?.split('/').at(-1) ?? ''), false)
})

test('of many who use the link in one moment exactly one is the administrator; a guest never is', async () => {
  await using t = await openAccounts()
  const first = await openFirstAdmin(t.db, Date.now)
  const { user } = await t.accounts.createGuest()
  assert.equal(await t.db.transaction((queries) => first.use(queries, user.id)), false)
  const members = await Promise.all(['one', 'two', 'three', 'four', 'five'].map((login) => t.member(login)))
  const used = await Promise.all(members.map(({ userId }) => t.db.transaction((queries) => first.use(queries, userId))))
  assert.equal(used.filter((each) => each).length, 1)
})
