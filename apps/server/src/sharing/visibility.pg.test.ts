import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobody } from '../access/access.ts'
import { openSharing, outcome } from './fixtures/open-sharing.ts'

const json = (body: object) => ({ payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

test('a project is private until its owner says otherwise, and only the owner says it', async () => {
  await using t = await openSharing()
  const { id, address, owner, editor, viewer } = await t.company()
  const stranger = await t.guest()
  assert.equal((await owner.request('GET', address)).json().visibility, 'private')
  const open = json({ visibility: 'public' })
  assert.equal(outcome(await editor.request('PATCH', address, open)), '403 forbidden')
  assert.equal(outcome(await viewer.request('PATCH', address, open)), '403 forbidden')
  assert.equal(outcome(await stranger.request('PATCH', address, open)), '404 not-found')
  for (const bad of [{}, { visibility: 'everybody' }, { visibility: null }, { visibility: 'public', owner: stranger.userId }])
    assert.equal(outcome(await owner.request('PATCH', address, json(bad))), '400 invalid-request')
  assert.equal((await t.projects.readProject(id, owner.userId)).visibility, 'private')
  const both = (await owner.request('PATCH', address, json({ visibility: 'unlisted', name: 'Shown' }))).json()
  assert.deepEqual([both.visibility, both.name], ['unlisted', 'Shown'])
  assert.equal((await stranger.request('GET', address)).json().role, 'viewer')
  assert.equal(outcome(await stranger.request('PATCH', address, open)), '403 forbidden')
})

test('visibility raises nobody’s role and lowers nobody’s: members keep theirs, strangers look on', async () => {
  await using t = await openSharing()
  const { id, owner, editor, viewer } = await t.company()
  const stranger = await t.guest()
  const seen = async () =>
    Promise.all(
      [owner.userId, editor.userId, viewer.userId, stranger.userId, nobody].map(async (userId) =>
        t.projects.readProject(id, userId).then(
          ({ role, isMember }) => `${role} ${isMember}`,
          () => 'none',
        ),
      ),
    )
  const members = ['owner true', 'editor true', 'viewer true']
  assert.deepEqual(await seen(), [...members, 'none', 'none'])
  for (const visibility of ['unlisted', 'public'] as const) {
    await t.projects.changeProject(id, owner.userId, { visibility })
    assert.deepEqual(await seen(), [...members, 'viewer false', 'viewer false'])
  }
  await t.projects.changeProject(id, owner.userId, { visibility: 'private' })
  assert.deepEqual(await seen(), [...members, 'none', 'none'])
})

test('public projects are listed for everybody, page by page; private and unlisted ones for nobody', async () => {
  await using t = await openSharing()
  const [owner, stranger] = await Promise.all([t.guest(), t.guest()])
  const ids: string[] = []
  for (const visibility of ['public', 'unlisted', 'public', 'private', 'public'] as const) {
    const { id } = await t.projects.createProject(owner.userId, visibility)
    await t.projects.changeProject(id, owner.userId, { visibility })
    if (visibility === 'public') ids.unshift(id)
  }
  const address = '/api/v1/projects?list=public&limit=2'
  const first = (await stranger.request('GET', address)).json()
  const second = (await t.app.inject({ method: 'GET', url: `${address}&cursor=${first.nextCursor}` })).json()
  const listed = [...first.items, ...second.items].map((each: { id: string; role: string }) => [each.id, each.role])
  assert.deepEqual(
    listed,
    ids.map((id) => [id, 'viewer']),
  )
  assert.equal(second.nextCursor, null)
  assert.equal(outcome(await stranger.request('GET', '/api/v1/projects?list=private')), '400 invalid-request')
})

test('neither an unlisted nor a public project appears among the projects of a stranger', async () => {
  await using t = await openSharing()
  const { id, owner } = await t.company()
  const stranger = await t.guest()
  for (const visibility of ['unlisted', 'public'] as const) {
    await t.projects.changeProject(id, owner.userId, { visibility })
    await t.projects.readProject(id, stranger.userId)
    assert.deepEqual((await t.projects.listProjects(stranger.userId, { limit: 10 })).items, [])
  }
})

test('who follows a project as a stranger hears at once that it is private again; members hear nothing', async () => {
  await using t = await openSharing()
  const { id, owner, viewer, stranger } = await t.company()
  await t.projects.changeProject(id, owner.userId, { visibility: 'public' })
  const heard: string[] = []
  const lost = Promise.withResolvers<void>()
  const followed = await t.access.followRole(id, stranger.userId, (role) => {
    heard.push(`stranger ${role}`)
    lost.resolve()
  })
  await t.access.followRole(id, viewer.userId, (role) => heard.push(`viewer ${role}`))
  assert.equal(followed.role, 'viewer')
  await t.projects.changeProject(id, owner.userId, { visibility: 'unlisted' })
  await t.projects.changeProject(id, owner.userId, { visibility: 'private' })
  await lost.promise
  assert.deepEqual(heard, ['stranger null'])
  followed.stop()
})
