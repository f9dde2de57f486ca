import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from '@atelier/base/log'
import { silentLog } from '@atelier/base/log'
import { refreshCookie } from '@atelier/protocol/accounts'
import { sessionCookie } from '@atelier/protocol/sessions'
import type { Database } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import { attemptLimits } from './attempts.ts'
import { goodPassword, openAccounts } from './fixtures/open-accounts.ts'
import { accessMs, signInMs } from './sign-ins.ts'

const code = (answer: { json(): { code: string } }): string => answer.json().code
const signIn = (login: string, password = goodPassword, more: object = {}) => ({ login, password, ...more })

async function addProject(db: Database, owner: string): Promise<string> {
  const id = uuidv7()
  await db.query({
    name: 'add-project',
    text: `INSERT INTO projects (id, owner, name) VALUES ($1, $2, 'Mine')`,
    values: [id, owner],
  })
  return id
}
const ownerOf = async (db: Database, id: string): Promise<string | undefined> =>
  (await db.query<{ owner: string }>({ name: 'owner', text: 'SELECT owner FROM projects WHERE id = $1', values: [id] })).rows[0]
    ?.owner

test('a guest who claims an account stays the same user, with new tokens, and can sign in elsewhere', async () => {
  await using t = await openAccounts()
  const browser = t.browser()
  const guest = (await browser.ask('POST', '/api/v1/sessions')).json().user.id
  const guestToken = browser.jar.get(sessionCookie)
  const claimed = await browser.ask('POST', '/api/v1/account', signIn('Ada.Lovelace'))
  assert.equal(claimed.statusCode, 201)
  assert.deepEqual(claimed.json().account, { login: 'Ada.Lovelace', hasPassword: true, admin: false })
  assert.equal(claimed.json().user.id, guest)
  assert.equal(claimed.json().user.kind, 'account')
  assert.notEqual(browser.jar.get(sessionCookie), guestToken)
  assert.match(String(claimed.headers['set-cookie']), /atelier_refresh=atl_r_[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax/)
  assert.equal(await t.accounts.userOfHeaders({ authorization: `Bearer ${guestToken}` }), null, 'the guest session has ended')
  const other = t.browser()
  assert.equal((await other.ask('POST', '/api/v1/session/sign-in', signIn('ADA.lovelace'))).statusCode, 200)
  assert.deepEqual(await other.who(), { id: guest, login: 'Ada.Lovelace' })
  assert.deepEqual(await browser.who(), { id: guest, login: 'Ada.Lovelace' })
})

test('who is signed in cannot claim again, and a name is given once, however it is written', async () => {
  await using t = await openAccounts()
  const { browser } = await t.member('straße')
  assert.equal(code(await browser.ask('POST', '/api/v1/account', signIn('another'))), 'already-exists')
  for (const same of ['STRASSE', ' straße ', 'ｓｔｒａｓｓｅ', 'Straſſe'])
    assert.equal(code(await t.browser().ask('POST', '/api/v1/account', signIn(same))), 'already-exists', same)
  await t.member('müller')
  assert.equal(code(await t.browser().ask('POST', '/api/v1/account', signIn('mu\u0308ller'))), 'already-exists')
})

test('names of two alphabets, with blanks or hidden characters, and passwords that are short, endless or the name, are refused', async () => {
  await using t = await openAccounts()
  const names = [
    '\u0430da.lovelace',
    'ad',
    'ada lovelace',
    'ada\u200blovelace',
    '\u202eada',
    'x'.repeat(101),
    '@x',
    'a@b@c',
    '<script>',
    '',
    7,
    null,
  ]
  for (const login of names)
    assert.equal(
      code(await t.browser().ask('POST', '/api/v1/account', { login, password: goodPassword })),
      'invalid-request',
      String(login),
    )
  for (const password of ['short', 'aaaaaaaaaaaa', 'my-grace-1906', 'x'.repeat(257), '\ud800abcdefghij', 7, null])
    assert.equal(
      code(await t.browser().ask('POST', '/api/v1/account', { login: 'grace', password })),
      'invalid-request',
      String(password),
    )
  const huge = { login: 'grace', password: 'x'.repeat(1024 * 1024 - 100) }
  for (const url of ['/api/v1/account', '/api/v1/session/sign-in'])
    assert.equal(code(await t.browser().ask('POST', url, huge)), 'too-large')
  for (const good of ['ada@example.org', 'jos\u00e9', '李小龍', 'анна', 'a_b-c.d'])
    assert.equal((await t.browser().ask('POST', '/api/v1/account', signIn(good))).statusCode, 201, good)
})

test('a wrong password and a name that nobody has are refused with the same words', async () => {
  await using t = await openAccounts()
  await t.member('grace')
  const wrong = await t.browser().ask('POST', '/api/v1/session/sign-in', signIn('grace', 'wrong horse 7'))
  const unknown = await t.browser().ask('POST', '/api/v1/session/sign-in', signIn('nobody'))
  const strip = ({ instance, ...rest }: { instance: string }) => [typeof instance, rest]
  assert.deepEqual(strip(unknown.json()), strip(wrong.json()))
  assert.equal(code(wrong), 'sign-in-failed')
  assert.deepEqual([wrong.cookies, unknown.cookies], [[], []])
})

test('a password is the same however a keyboard composes its letters', async () => {
  await using t = await openAccounts()
  await t.browser().ask('POST', '/api/v1/account', { login: 'zoe', password: 'caf\u00e9 au lait' })
  const answer = await t.browser().ask('POST', '/api/v1/session/sign-in', signIn('zoe', 'cafe\u0301 au lait'))
  assert.equal(answer.statusCode, 200)
})

test('the projects of a guest who signs in move into the account, or stay, as the guest says; nothing happens unsaid', async () => {
  await using t = await openAccounts()
  const { userId } = await t.member('grace')
  const browser = t.browser()
  const guest = (await browser.ask('POST', '/api/v1/sessions')).json().user.id
  const project = await addProject(t.db, guest)
  await t.db.query({
    name: 'add-file',
    text: `INSERT INTO files (project, path, folder, version, size, sha, encoding, content, author)
           VALUES ($1, 'a', false, 1, 1, sha256('a'), 'raw', 'a', $2)`,
    values: [project, guest],
  })
  const unsaid = await browser.ask('POST', '/api/v1/session/sign-in', signIn('grace'))
  assert.deepEqual([unsaid.statusCode, code(unsaid), unsaid.cookies], [409, 'merge-undecided', []])
  assert.equal((await browser.who())?.id, guest)
  assert.equal(
    (await browser.ask('POST', '/api/v1/session/sign-in', signIn('grace', goodPassword, { merge: true }))).statusCode,
    200,
  )
  assert.equal(await ownerOf(t.db, project), userId)
  assert.equal(await t.accounts.describe(guest), null, 'the guest is gone')
  const written = await t.db.query({ name: 'authors', text: 'SELECT author FROM files' })
  assert.deepEqual(written.rows, [{ author: userId }], 'what the guest wrote is the account’s')

  const second = t.browser()
  const left = (await second.ask('POST', '/api/v1/sessions')).json().user.id
  const stays = await addProject(t.db, left)
  await second.ask('POST', '/api/v1/session/sign-in', signIn('grace', goodPassword, { merge: false }))
  assert.equal(await ownerOf(t.db, stays), left)
})

test('nobody’s projects but a guest’s are ever moved', async () => {
  await using t = await openAccounts()
  const victim = await t.member('victim')
  await t.member('thief')
  const project = await addProject(t.db, victim.userId)
  const answer = await victim.browser.ask('POST', '/api/v1/session/sign-in', signIn('thief', goodPassword, { merge: true }))
  assert.equal(answer.statusCode, 200)
  assert.equal(await ownerOf(t.db, project), victim.userId)
})

test('a session that somebody else put into the browser is worth nothing after signing in or claiming', async () => {
  await using t = await openAccounts()
  await t.member('grace')
  const attacker = t.browser()
  await attacker.ask('POST', '/api/v1/sessions')
  for (const url of ['/api/v1/session/sign-in', '/api/v1/account']) {
    const victim = attacker.copy()
    await victim.ask('POST', url, signIn(url.endsWith('account') ? 'claimed' : 'grace', goodPassword))
    assert.notEqual((await victim.who())?.login, null)
    assert.equal((await attacker.who())?.login ?? null, null, url)
  }
})

test('an access token lives a quarter of an hour; then the browser gets a new pair by itself, once', async () => {
  let now = Date.now()
  await using t = await openAccounts({ now: () => now })
  const { browser, userId } = await t.member('grace')
  await browser.who()
  const before = new Map(browser.jar)
  assert.equal((await browser.ask('GET', '/api/v1/session')).cookies.length, 0)
  now += accessMs + 1000
  const together = await Promise.all(Array.from({ length: 8 }, () => browser.ask('GET', '/api/v1/session')))
  assert.deepEqual(
    together.map((answer) => answer.json().user?.id),
    Array(8).fill(userId),
  )
  assert.equal(together.filter((answer) => answer.cookies.length === 2).length, 1)
  assert.notEqual(browser.jar.get(refreshCookie), before.get(refreshCookie))
  assert.notEqual(browser.jar.get(sessionCookie), before.get(sessionCookie))
  assert.equal(await t.accounts.userOfHeaders({ authorization: `Bearer ${before.get(sessionCookie)}` }), null)
})

test('a refresh token that is used a second time signs out both, the thief and the owner', async () => {
  let now = Date.now()
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (phrase) => warnings.push(phrase) }
  await using t = await openAccounts({ now: () => now, log })
  const { browser } = await t.member('grace')
  const elsewhere = t.browser()
  await elsewhere.ask('POST', '/api/v1/session/sign-in', signIn('grace'))
  const thief = browser.copy()
  now += accessMs + 1000
  await browser.who()
  await browser.who()
  now += accessMs + 1000
  const answer = await thief.ask('GET', '/api/v1/session')
  assert.equal(answer.json().user, null)
  assert.equal(thief.jar.size, 0)
  assert.equal(await browser.who(), null)
  assert.equal((await elsewhere.who())?.login, 'grace', 'other browsers stay signed in')
  assert.deepEqual(warnings, ['refresh token used twice, browser signed out'])
})

test('when the answer with the new tokens is lost, the old ones work once more, and the lost ones do not', async () => {
  let now = Date.now()
  await using t = await openAccounts({ now: () => now })
  const { browser } = await t.member('grace')
  await browser.who()
  const lost = browser.copy()
  now += accessMs + 1000
  await lost.ask('GET', '/api/v1/session')
  now += 60_000
  assert.equal((await browser.who())?.login, 'grace')
  assert.equal(await t.accounts.userOfHeaders({ authorization: `Bearer ${lost.jar.get(sessionCookie)}` }), null)
})

test('a browser that was away for a month is signed out', async () => {
  let now = Date.now()
  await using t = await openAccounts({ now: () => now })
  const { browser } = await t.member('grace')
  now += signInMs + 1000
  assert.equal(await browser.who(), null)
  assert.equal(browser.jar.size, 0)
})

test('signing out ends this browser; signing out elsewhere that one; everywhere all of them', async () => {
  await using t = await openAccounts()
  const { browser } = await t.member('grace')
  const [second, third] = [t.browser(), t.browser()]
  for (const each of [second, third])
    await each.ask('POST', '/api/v1/session/sign-in', signIn('grace'), {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    })
  const stolen = second.copy()
  assert.equal((await second.ask('POST', '/api/v1/session/sign-out')).statusCode, 204)
  assert.deepEqual([second.jar.size, await stolen.who()], [0, null])
  const { items } = (await browser.ask('GET', '/api/v1/session/sign-ins')).json()
  const shown = items.map((each: { device: string; current: boolean }) => `${each.device} ${each.current}`).sort()
  assert.deepEqual(shown, ['A program true', 'Firefox on Linux false'])
  const other = items.find((each: { current: boolean }) => !each.current)
  assert.equal((await browser.ask('DELETE', `/api/v1/session/sign-ins/${other.id}`)).statusCode, 204)
  assert.equal(await third.who(), null)
  const again = t.browser()
  await again.ask('POST', '/api/v1/session/sign-in', signIn('grace'))
  assert.equal((await again.ask('DELETE', '/api/v1/session/sign-ins')).statusCode, 204)
  assert.deepEqual([await again.who(), await browser.who()], [null, null])
})

test('somebody else’s session can be neither seen nor ended', async () => {
  await using t = await openAccounts()
  const ada = await t.member('ada.l')
  const eve = await t.member('eve')
  const { items } = (await ada.browser.ask('GET', '/api/v1/session/sign-ins')).json()
  assert.equal(code(await eve.browser.ask('DELETE', `/api/v1/session/sign-ins/${items[0].id}`)), 'not-found')
  assert.equal((await ada.browser.who())?.login, 'ada.l')
  const guest = t.browser()
  await guest.ask('POST', '/api/v1/sessions')
  for (const who of [guest, t.browser()]) {
    assert.equal(code(await who.ask('GET', '/api/v1/session/sign-ins')), 'session-required')
    assert.equal(code(await who.ask('DELETE', `/api/v1/session/sign-ins/${items[0].id}`)), 'session-required')
    assert.equal(code(await who.ask('DELETE', '/api/v1/session/sign-ins')), 'session-required')
    const change = { present: goodPassword, next: 'battery staple 8' }
    assert.equal(code(await who.ask('PUT', '/api/v1/account/password', change)), 'session-required')
  }
})

test('a changed password ends all other sessions and gives this one new tokens; the old password is worth nothing', async () => {
  await using t = await openAccounts()
  const { browser } = await t.member('grace')
  const other = t.browser()
  await other.ask('POST', '/api/v1/session/sign-in', signIn('grace'))
  const before = browser.copy()
  const next = 'battery staple 8'
  assert.equal(code(await browser.ask('PUT', '/api/v1/account/password', { present: 'wrong horse 7', next })), 'sign-in-failed')
  assert.equal((await browser.ask('PUT', '/api/v1/account/password', { present: goodPassword, next })).statusCode, 204)
  assert.deepEqual([(await browser.who())?.login, await other.who(), await before.who()], ['grace', null, null])
  assert.equal(code(await t.browser().ask('POST', '/api/v1/session/sign-in', signIn('grace'))), 'sign-in-failed')
  assert.equal((await t.browser().ask('POST', '/api/v1/session/sign-in', signIn('grace', next))).statusCode, 200)
})

test('guessing a password ends after a few attempts, also when all come at once; the right one does not help then', async () => {
  await using t = await openAccounts()
  await t.member('grace')
  const guess = (address: string, password = 'wrong horse 7', login = 'grace') =>
    t.browser(address).ask('POST', '/api/v1/session/sign-in', signIn(login, password))
  const answers = await Promise.all(Array.from({ length: attemptLimits.nameFromAddress + 5 }, () => guess('198.51.100.7')))
  const count = (wanted: string) => answers.filter((answer) => code(answer) === wanted).length
  assert.deepEqual([count('sign-in-failed'), count('too-many-requests')], [attemptLimits.nameFromAddress, 5])
  const refused = await guess('198.51.100.7', goodPassword)
  assert.equal(code(refused), 'too-many-requests')
  assert.ok(refused.json().retryAfterSeconds > 800 && Number(refused.headers['retry-after']) > 800)
  assert.match(refused.json().detail, /Try again in 1[45] minutes/)
  assert.match(String(refused.headers['ratelimit-policy']), /^"pair";q=10;w=900$/)
  assert.match(String(refused.headers.ratelimit), /^"pair";r=0;t=\d+$/)
  assert.equal((await guess('198.51.100.8', goodPassword)).statusCode, 200, 'its owner gets in from elsewhere')
  const nobody = await Promise.all(Array.from({ length: 11 }, () => guess('198.51.100.9', 'wrong horse 7', 'nobody')))
  assert.equal(nobody.filter((answer) => code(answer) === 'too-many-requests').length, 1, 'the same for a name that nobody has')
})

test('whoever writes other addresses into X-Forwarded-For is still counted by the one that the proxy saw', async () => {
  await using t = await openAccounts()
  const answers = []
  for (let n = 0; n < attemptLimits.nameFromAddress + 1; n++)
    answers.push(await t.browser(`192.0.2.${n}, 198.51.100.7`).ask('POST', '/api/v1/session/sign-in', signIn('nobody')))
  assert.equal(code(answers.at(-1) ?? { json: () => ({ code: '' }) }), 'too-many-requests')
})

test('who was right gets the attempts back', async () => {
  await using t = await openAccounts()
  await t.member('grace')
  for (let n = 0; n < attemptLimits.nameFromAddress + 3; n++) {
    const answer = await t.browser('198.51.100.7').ask('POST', '/api/v1/session/sign-in', signIn('grace'))
    assert.equal(answer.statusCode, 200)
    assert.match(String(answer.headers.ratelimit), /^"pair";r=9;/)
  }
})

test('a disabled user is signed out at once, and told so only with the right password', async () => {
  await using t = await openAccounts()
  const { browser, userId } = await t.member('grace')
  await t.db.query({ name: 'disable', text: 'UPDATE users SET disabled_at = now() WHERE id = $1', values: [userId] })
  t.accounts.tellEnd({ userId, except: null })
  assert.equal(await browser.who(), null)
  assert.equal(code(await t.browser().ask('POST', '/api/v1/session/sign-in', signIn('grace'))), 'forbidden')
  assert.equal(code(await t.browser().ask('POST', '/api/v1/session/sign-in', signIn('grace', 'wrong horse 7'))), 'sign-in-failed')
})

test('neither passwords nor tokens are stored', async () => {
  await using t = await openAccounts()
  const { browser } = await t.member('grace')
  const { rows } = await t.db.query({
    name: 'all',
    text: 'SELECT u::text AS "user", s::text AS session FROM users u JOIN sign_ins s ON s.user_id = u.id',
  })
  const stored = JSON.stringify(rows)
  assert.match(stored, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.doesNotMatch(stored, new RegExp(goodPassword))
  for (const token of browser.jar.values()) {
    const secret = token.slice('atl_a_'.length)
    assert.ok(!stored.includes(secret) && !stored.includes(Buffer.from(secret).toString('hex')))
  }
})
