import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSharing } from '../sharing/fixtures/open-sharing.ts'
import { registerJoinPage } from './join-page.ts'

const openPage = () => openSharing((parts) => registerJoinPage(parts.app, parts))
const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('asking for an invitation changes nothing: no guest, no member', async () => {
  await using t = await openPage()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const { path } = await t.share(owner, id, 'editor')
  for (const method of ['GET', 'HEAD'] as const) {
    const page = await t.app.inject({ method, url: path })
    assert.deepEqual([page.statusCode, page.headers['set-cookie'], page.headers['x-robots-tag']], [200, undefined, 'noindex'])
    if (method === 'GET')
      assert.match(page.body, new RegExp(`<form method="post" action="${path}"><button type="submit">Join</button>`))
  }
  const { rows } = await t.db.query({
    name: 'people',
    text: 'SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM project_members) AS members',
  })
  assert.deepEqual(rows, [{ users: 1, members: 0 }])
})

test('the button makes a member of whoever presses it, guest or not, and leads to the project', async () => {
  await using t = await openPage()
  const [owner, friend] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const { path } = await t.share(owner, id, 'editor')
  const newcomer = await t.app.inject({ method: 'POST', url: path, headers: form, payload: '' })
  assert.deepEqual([newcomer.statusCode, newcomer.headers.location], [303, `/projects/${id}`])
  const cookie = String(newcomer.headers['set-cookie']).split(';')[0] ?? ''
  assert.equal((await t.app.inject({ url: `/api/v1/projects/${id}`, headers: { cookie } })).json().role, 'editor')
  const known = await friend.request('POST', path, { headers: form, payload: 'a=b' })
  assert.deepEqual([known.statusCode, known.headers['set-cookie']], [303, undefined])
  assert.equal((await friend.request('GET', `/api/v1/projects/${id}`)).json().role, 'editor')
})

test('who is in already goes straight to the project, unless the link would give them more', async () => {
  await using t = await openPage()
  const { id, owner, editor, viewer, stranger } = await t.company()
  const paths = { viewer: (await t.share(owner, id, 'viewer')).path, editor: (await t.share(owner, id, 'editor')).path }
  const statusOf = async (guest: typeof owner, path: string) => (await guest.request('GET', path)).statusCode
  for (const path of Object.values(paths))
    assert.deepEqual([await statusOf(owner, path), await statusOf(editor, path)], [303, 303])
  assert.deepEqual([await statusOf(viewer, paths.viewer), await statusOf(viewer, paths.editor)], [303, 200])
  assert.deepEqual([await statusOf(stranger, paths.viewer), await statusOf(stranger, paths.editor)], [200, 200])
})

test('a link that does not work has a plain page that says so, and makes no guest', async () => {
  await using t = await openPage()
  const owner = await t.guest()
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const link = await t.share(owner, id, 'editor')
  await owner.request('DELETE', `/api/v1/projects/${id}/share-links/${link.id}`)
  for (const path of [link.path, '/join/x', '/join/%3Cscript%3E', `/join/${'a'.repeat(3000)}`])
    for (const method of ['GET', 'POST'] as const) {
      const page = await t.app.inject({ method, url: path, ...(method === 'POST' ? { headers: form, payload: '' } : {}) })
      assert.deepEqual([page.statusCode, page.headers['set-cookie']], [404, undefined], path)
      assert.match(page.body, /This link does not work/)
      assert.doesNotMatch(page.body, /<script|aaaa/)
    }
})

test('hostile names on the page are text, and nobody may frame it, script it or send its form elsewhere', async () => {
  await using t = await openPage()
  const owner = await t.guest()
  const hostile = `</b><script>alert("1")</script><img src='x'>&`
  const { id } = await t.projects.createProject(owner.userId, hostile)
  await t.accounts.rename(owner.userId, '"><svg onload=alert(1)>')
  const page = await t.app.inject({ url: (await t.share(owner, id, 'viewer')).path })
  assert.doesNotMatch(page.body, /<script|<img|<svg onload/)
  assert.match(page.body, /<bdi>&#60;\/b&#62;&#60;script&#62;alert\(&#34;1&#34;\)/)
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'none';.*form-action 'self'; frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /script-src|unsafe/)
})

test('a page of another site cannot press the button', async () => {
  await using t = await openPage()
  const [owner, friend] = await Promise.all([t.guest(), t.guest()])
  const { id } = await t.projects.createProject(owner.userId, 'Ours')
  const { path } = await t.share(owner, id, 'editor')
  for (const origin of ['https://evil.example', 'null']) {
    const answer = await friend.request('POST', path, { headers: { ...form, origin }, payload: '' })
    assert.equal(answer.json().code, 'origin-refused')
  }
  assert.equal((await friend.request('GET', `/api/v1/projects/${id}`)).statusCode, 404)
})
