import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharingLimits } from '@atelier/protocol/sharing'
import { v7 as uuidv7 } from 'uuid'
import { type Guest, openSharing, outcome } from './fixtures/open-sharing.ts'

const save = (guest: Guest, address: string, text = 'x') =>
  guest.request('PUT', `${address}/files/main.py`, { payload: text, headers: { 'content-type': 'text/plain' } })
const links = async (guest: Guest, address: string) => (await guest.request('GET', `${address}/share-links`)).json().items

test('a link lets in whoever has it, with its role, and the project appears among theirs', async () => {
  await using t = await openSharing()
  const [owner, friend] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const link = await t.share(owner, id, 'viewer', { expiresInHours: 2 })
  assert.match(link.token, /^atl_j_[A-Za-z0-9_-]{43}$/)
  assert.equal(link.path, `/join/${link.token}`)
  assert.equal(Date.parse(link.expiresAt ?? '') - Date.parse(link.createdAt), 2 * 3600 * 1000)
  const joined = await t.join(friend, link.token)
  assert.deepEqual([joined.statusCode, joined.json().id, joined.json().role], [200, id, 'viewer'])
  const listed = (await friend.request('GET', '/api/v1/projects')).json()
  assert.deepEqual(listed, { items: [joined.json()], nextCursor: null })
  assert.equal((await owner.request('GET', '/api/v1/projects')).json().items[0].role, 'owner')
  assert.notEqual((await links(owner, `/api/v1/projects/${id}`))[0].lastUsedAt, null)
})

test('who has no session becomes a guest by joining, but not by a link that does not work', async () => {
  await using t = await openSharing()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const { token } = await t.share(owner, id, 'editor')
  const joined = await t.app.inject({ method: 'POST', url: `/api/v1/share-links/${token}/join` })
  assert.equal(joined.json().role, 'editor')
  assert.match(String(joined.headers['set-cookie']), /^atelier_session=atl_s_/)
  const dead = await t.app.inject({ method: 'POST', url: `/api/v1/share-links/${token.slice(0, -2)}AA/join` })
  assert.deepEqual([outcome(dead), dead.headers['set-cookie']], ['404 not-found', undefined])
})

test('joining raises a role and never lowers it, and an owner stays owner', async () => {
  await using t = await openSharing()
  const [owner, friend] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const [viewing, editing] = await Promise.all([t.share(owner, id, 'viewer'), t.share(owner, id, 'editor')])
  const roles: string[] = []
  for (const { token } of [viewing, editing, viewing]) roles.push((await t.join(friend, token)).json().role)
  assert.deepEqual(roles, ['viewer', 'editor', 'editor'])
  assert.equal((await t.join(owner, viewing.token)).json().role, 'owner')
  assert.equal((await owner.request('GET', `/api/v1/projects/${id}/members`)).json().items.length, 2)
})

test('a link that is revoked, expired, unknown or of a deleted project lets nobody in, and all answers are the same', async () => {
  await using t = await openSharing()
  const [owner, friend] = await Promise.all([t.guest(), t.guest()])
  const [{ id }, gone] = await Promise.all([
    t.projects.createProject(owner.userId, 'Ours'),
    t.projects.createProject(owner.userId, 'Gone'),
  ])
  const address = `/api/v1/projects/${id}`
  const [revoked, expired, ofGone] = [
    await t.share(owner, id, 'editor'),
    await t.share(owner, id, 'editor', { expiresInHours: 1 }),
    await t.share(owner, gone.id, 'editor'),
  ]
  assert.equal((await owner.request('DELETE', `${address}/share-links/${revoked.id}`)).statusCode, 204)
  assert.equal(outcome(await owner.request('DELETE', `${address}/share-links/${revoked.id}`)), '404 not-found')
  await t.db.query({
    name: 'expire',
    text: 'UPDATE share_links SET expires_at = now() WHERE id = $1',
    values: [expired.id],
  })
  await t.projects.deleteProject(gone.id, owner.userId)
  const unknown = `${revoked.token.slice(0, -4)}AAAA`
  const answers = []
  for (const token of [revoked.token, expired.token, ofGone.token, unknown]) {
    const { instance, ...problem } = (await t.join(friend, token)).json()
    assert.equal(typeof instance, 'string')
    answers.push(problem)
  }
  assert.deepEqual(answers, Array(4).fill({ ...answers[0], status: 404, code: 'not-found' }))
  for (const token of ['x', revoked.id, `${revoked.token}A`, 'atl_s_', encodeURIComponent("atl_j_' OR 1=1")])
    assert.equal(outcome(await t.join(friend, token)), '404 not-found')
  assert.deepEqual(await links(owner, address), [])
  assert.equal(outcome(await friend.request('GET', address)), '404 not-found')
})

test('the token of a link is stored nowhere and shown once', async () => {
  await using t = await openSharing()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const { token } = await t.share(owner, id, 'editor')
  const { rows } = await t.db.query({ name: 'all-links', text: 'SELECT l::text AS link FROM share_links l' })
  const secret = token.slice('atl_j_'.length)
  const shown = JSON.stringify([rows, await links(owner, `/api/v1/projects/${id}`)])
  assert.equal(rows.length, 1)
  for (const form of [secret, Buffer.from(token).toString('hex'), Buffer.from(secret, 'base64url').toString('hex')])
    assert.ok(!shown.includes(form))
})

test('a project has a bounded number of links that work; dead ones do not count and are swept away', async () => {
  await using t = await openSharing()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const ask = () => owner.request('POST', `/api/v1/projects/${id}/share-links`, { payload: { role: 'viewer' } })
  const answers = await Promise.all(Array.from({ length: sharingLimits.linksPerProject + 5 }, ask))
  const made = answers.filter((answer) => answer.statusCode === 201)
  assert.equal(made.length, sharingLimits.linksPerProject)
  assert.ok(answers.every((answer) => ['201', '413 too-large'].includes(outcome(answer))))
  for (const link of made) await owner.request('DELETE', `/api/v1/projects/${id}/share-links/${link.json().id}`)
  assert.equal((await ask()).statusCode, 201)
  const { rows } = await t.db.query<{ links: number }>({ name: 'links', text: 'SELECT count(*) AS links FROM share_links' })
  assert.deepEqual(rows, [{ links: 1 }])
})

test('a project has room for a bounded number of people, also when they come at once', async () => {
  await using t = await openSharing()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const { token } = await t.share(owner, id, 'viewer')
  const crowd = Array.from({ length: sharingLimits.membersPerProject - 2 }, () => uuidv7())
  await t.db.query({ name: 'crowd', text: `INSERT INTO users (id, kind) SELECT unnest($1::uuid[]), 'guest'`, values: [crowd] })
  await t.db.query({
    name: 'crowd-in',
    text: `INSERT INTO project_members (project, user_id, role) SELECT $1, unnest($2::uuid[]), 'viewer'`,
    values: [id, crowd],
  })
  const late = await Promise.all(Array.from({ length: 6 }, () => t.guest()))
  const outcomes = await Promise.all(late.map(async (guest) => outcome(await t.join(guest, token))))
  assert.deepEqual(outcomes.toSorted(), [...Array(2).fill('200'), ...Array(4).fill('413 too-large')])
  const inside = late[outcomes.indexOf('200')]
  assert.equal(outcome(await t.join(inside ?? owner, token)), '200', 'who is in stays in')
})

test('two who join at once, twice each, are two members with the higher of their roles', async () => {
  await using t = await openSharing()
  const [owner, ada, ben] = await Promise.all([t.guest(), t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const [viewing, editing] = await Promise.all([t.share(owner, id, 'viewer'), t.share(owner, id, 'editor')])
  const joins = [ada, ben].flatMap((guest) => [editing, viewing].map(({ token }) => t.join(guest, token)))
  assert.deepEqual((await Promise.all(joins)).map(outcome), Array(4).fill('200'))
  const { items } = (await owner.request('GET', `/api/v1/projects/${id}/members`)).json()
  assert.deepEqual(
    items.map((member: { userId: string; role: string }) => `${member.userId} ${member.role}`).toSorted(),
    [`${owner.userId} owner`, `${ada.userId} editor`, `${ben.userId} editor`].toSorted(),
  )
})

test('a link that is revoked while many join lets in nobody who asks after the answer', async () => {
  await using t = await openSharing()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const link = await t.share(owner, id, 'editor')
  let isRevoked = false
  const joins: { readonly sentAfter: boolean; readonly outcome: string }[] = []
  const crowd = Array.from({ length: 4 }, async () => {
    // To the end of it and a little further, however fast they are.
    for (let late = 0; late < 3; late += isRevoked ? 1 : 0) {
      const guest = await t.guest()
      const sentAfter = isRevoked
      joins.push({ sentAfter, outcome: outcome(await t.join(guest, link.token)) })
    }
  })
  while (joins.length < 10) await new Promise(setImmediate)
  assert.equal((await owner.request('DELETE', `/api/v1/projects/${id}/share-links/${link.id}`)).statusCode, 204)
  isRevoked = true
  await Promise.all(crowd)
  const late = joins.filter(({ sentAfter }) => sentAfter)
  assert.ok(late.length > 0 && late.every((join) => join.outcome === '404 not-found'))
  const { items } = (await owner.request('GET', `/api/v1/projects/${id}/members`)).json()
  assert.equal(
    items.length - 1,
    joins.filter((join) => join.outcome === '200').length,
    'who got an answer is in, and nobody else',
  )
})

test('the owner changes and removes members; a member may leave; an owner can do neither to themself', async () => {
  await using t = await openSharing()
  const { address, owner, editor, viewer, stranger } = await t.company()
  const member = (who: Guest) => `${address}/members/${who.userId}`
  const change = (by: Guest, who: Guest, role: string) => by.request('PATCH', member(who), { payload: { role } })
  assert.equal((await change(owner, viewer, 'editor')).json().role, 'editor')
  assert.equal((await save(viewer, address)).statusCode, 200)
  assert.equal((await change(owner, viewer, 'viewer')).json().role, 'viewer')
  assert.equal(outcome(await save(viewer, address)), '403 forbidden')
  for (const role of ['owner', 'admin', '', null])
    assert.equal(outcome(await change(owner, editor, role as string)), '400 invalid-request')
  assert.equal(outcome(await change(owner, owner, 'viewer')), '403 forbidden')
  assert.equal(outcome(await change(owner, stranger, 'editor')), '404 not-found')
  assert.equal(outcome(await change(viewer, viewer, 'editor')), '403 forbidden')
  assert.equal(outcome(await editor.request('DELETE', member(viewer))), '403 forbidden')
  assert.equal(outcome(await owner.request('DELETE', member(owner))), '403 forbidden')
  assert.equal(outcome(await owner.request('DELETE', member(stranger))), '404 not-found')
  assert.equal(outcome(await stranger.request('DELETE', member(stranger))), '404 not-found')
  assert.equal((await editor.request('DELETE', `${address}/members/${editor.userId.toUpperCase()}`)).statusCode, 204)
  assert.equal((await owner.request('DELETE', member(viewer))).statusCode, 204)
  for (const gone of [editor, viewer]) assert.equal(outcome(await gone.request('GET', address)), '404 not-found')
})

test('who is removed while saving has saved before, or is refused: no later save of theirs gets in', async () => {
  await using t = await openSharing()
  const { id, address, owner, editor } = await t.company()
  let isRemoved = false
  const answers: { readonly sentAfter: boolean; readonly outcome: string }[] = []
  const typing = Array.from({ length: 4 }, async () => {
    for (let [round, late] = [0, 0]; late < 5; round++, late += isRemoved ? 1 : 0) {
      const sentAfter = isRemoved
      answers.push({ sentAfter, outcome: outcome(await save(editor, address, `round ${round}`)) })
    }
  })
  while (answers.length < 20) await new Promise(setImmediate)
  assert.equal((await owner.request('DELETE', `${address}/members/${editor.userId}`)).statusCode, 204)
  isRemoved = true
  const { version } = await t.projects.readEntry(id, owner.userId, 'main.py')
  await Promise.all(typing)
  assert.ok(answers.every((each) => ['200', '404 not-found'].includes(each.outcome)))
  assert.deepEqual([...new Set(answers.filter((each) => each.sentAfter).map((each) => each.outcome))], ['404 not-found'])
  const saved = answers.filter((each) => each.outcome === '200').length
  const last = await t.projects.readEntry(id, owner.userId, 'main.py')
  assert.equal(last.version, saved + 1, 'each answered save is a version, and nothing else is')
  assert.ok(last.version - version <= typing.length, 'only what was under way')
})

test('hostile names of people and projects come back as they are, as JSON', async () => {
  await using t = await openSharing()
  const { id, owner, viewer, address } = await t.company()
  const name = `<img src=x onerror=alert(1)>'"; --`
  await t.accounts.rename(viewer.userId, name)
  await t.projects.changeProject(id, owner.userId, { name })
  const members = await owner.request('GET', `${address}/members`)
  assert.match(String(members.headers['content-type']), /^application\/json/)
  const found = members.json().items.find((member: { userId: string }) => member.userId === viewer.userId)
  assert.deepEqual([found.name, found.role], [name, 'viewer'])
  assert.equal((await viewer.request('GET', address)).json().name, name)
})

test('a link that is asked for again with its Idempotency-Key is not made twice; its token is shown once', async () => {
  await using t = await openSharing()
  const { address, owner } = await t.company()
  const before = (await owner.request('GET', `${address}/share-links`)).json().items.length
  const ask = (payload: object) =>
    owner.request('POST', `${address}/share-links`, { payload, headers: { 'idempotency-key': 'once' } })
  const first = await ask({ role: 'viewer' })
  assert.equal(first.statusCode, 201)
  const again = await ask({ role: 'viewer' })
  assert.equal(outcome(again), '409 already-exists')
  assert.match(again.json().detail, new RegExp(`${first.json().id}.*revoke the link`))
  assert.ok(!again.body.includes(first.json().token))
  assert.equal(outcome(await ask({ role: 'editor' })), '422 idempotency-mismatch')
  assert.equal((await owner.request('GET', `${address}/share-links`)).json().items.length, before + 1)
})
