import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { channelOfProject, type ProjectNews } from '@atelier/protocol/presence'
import type { ServerFrame } from '@atelier/protocol/sockets'
import { WebSocket } from 'ws'
import { createOrigins } from '../http/origins.ts'
import { type Guest, openSharing } from '../sharing/fixtures/open-sharing.ts'
import { tabSocketHandler } from '../sockets/tab-socket.ts'
import { serveSockets } from '../sockets/upgrade.ts'
import { createPresence } from './presence.ts'

async function openRooms() {
  await using undo = new AsyncDisposableStack()
  const t = undo.use(await openSharing())
  const presence = createPresence(t)
  undo.defer(() => presence.close())
  const origins = createOrigins({ host: '127.0.0.1', publicUrl: undefined })
  const sockets = serveSockets(t.app, { accounts: t.accounts, origins, log: silentLog, handlers: [tabSocketHandler([presence])] })
  undo.defer(() => sockets.close())
  const port = await t.listen()
  const tabs: WebSocket[] = []
  undo.defer(() => {
    for (const socket of tabs) socket.terminate()
  })

  /** A page with its socket. */
  async function tab(guest: Guest) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/socket`, { headers: { authorization: guest.authorization } })
    tabs.push(socket)
    const frames: ServerFrame[] = []
    socket.on('message', (data) => frames.push(JSON.parse(String(data))))
    await once(socket, 'open')
    const say = (frame: object): void => socket.send(JSON.stringify(frame))
    const found = async <Found>(find: (frame: ServerFrame) => Found | undefined | false): Promise<Found> => {
      for (;;) {
        for (let frame = frames.shift(); frame !== undefined; frame = frames.shift()) {
          const result = find(frame)
          if (result !== undefined && result !== false) return result
        }
        await once(socket, 'message')
      }
    }
    return {
      say,
      frames,
      socket,
      enter: (id: string) => say({ type: 'open', channel: channelOfProject(id) }),
      here: (id: string, message: object) =>
        say({ type: 'send', channel: channelOfProject(id), message: { type: 'here', ...message } }),
      /** Drops what came before. */
      news: <Type extends ProjectNews['type']>(
        type: Type,
        isIt: (news: Extract<ProjectNews, { type: Type }>) => boolean = () => true,
      ) =>
        found((frame) => {
          const news = frame.type === 'message' ? (frame.message as ProjectNews) : undefined
          return (
            news?.type === type &&
            isIt(news as Extract<ProjectNews, { type: Type }>) &&
            (news as Extract<ProjectNews, { type: Type }>)
          )
        }),
      error: () => found((frame) => frame.type === 'error' && frame),
    }
  }
  const kept = undo.move()
  return { ...t, tab, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

test('everybody in a project sees who is there, where, and under which name and role', async () => {
  await using t = await openRooms()
  const { id, owner, viewer } = await t.company()
  const [first, second] = [await t.tab(owner), await t.tab(viewer)]
  first.enter(id)
  await first.news('people')
  second.enter(id)
  assert.deepEqual(await second.news('role'), { type: 'role', role: 'viewer' })
  const { people, you } = await second.news('people')
  const ownersName = (await t.accounts.describe(owner.userId))?.name
  assert.deepEqual(people.map(({ userId, name, role }) => [userId, name, role])[0], [owner.userId, ownersName, 'owner'])
  assert.equal(people[1]?.connection, you)
  assert.notEqual(people[0]?.colour, people[1]?.colour)
  second.here(id, { path: 'main.py', activity: 'typing' })
  const seen = await first.news('people', (news) => news.people[1]?.path === 'main.py')
  assert.deepEqual([seen.people[1]?.activity, seen.people[1]?.userId], ['typing', viewer.userId])
  await t.accounts.rename(viewer.userId, '<b>Ada</b>')
  await first.news('people', (news) => news.people[1]?.name === '<b>Ada</b>')
  second.socket.close()
  assert.equal((await first.news('people', (news) => news.people.length === 1)).people[0]?.userId, owner.userId)
})

test('every committed change of the tree is told to all who are there, with who did it', async () => {
  await using t = await openRooms()
  const { id, owner, editor, viewer } = await t.company()
  const watching = await t.tab(viewer)
  watching.enter(id)
  await watching.news('people')
  const told = async () => {
    const { moved, deleted, entries, by } = await watching.news('changed')
    return { moved, deleted, entries: entries.map(({ path, version }) => `${path} ${version}`).toSorted(), by }
  }
  const [nothing, by] = [{ moved: [], deleted: [] }, editor.userId]
  await t.projects.saveFile(id, editor.userId, 'main.py', Buffer.from('2'))
  assert.deepEqual(await told(), { ...nothing, entries: ['main.py 2'], by })
  await t.projects.saveFile(id, editor.userId, 'src/deep/new.py', Buffer.from('1'))
  assert.deepEqual(await told(), { ...nothing, entries: ['src 0', 'src/deep 0', 'src/deep/new.py 1'], by })
  await t.projects.createFolder(id, editor.userId, 'docs')
  assert.deepEqual(await told(), { ...nothing, entries: ['docs 0'], by })
  await t.projects.movePath(id, owner.userId, 'src', 'lib/src')
  const moved = [{ from: 'src', to: 'lib/src' }]
  assert.deepEqual(await told(), { moved, deleted: [], entries: ['lib 0', 'lib/src 0'], by: owner.userId })
  await t.projects.deletePath(id, editor.userId, 'lib')
  assert.deepEqual(await told(), { moved: [], deleted: ['lib'], entries: [], by })
  await assert.rejects(t.projects.saveFile(id, viewer.userId, 'main.py', Buffer.from('3')), { code: 'forbidden' })
  await t.projects.createFolder(id, editor.userId, 'last')
  assert.deepEqual((await told()).entries, ['last 0'], 'what was refused is not told')
})

test('for a stranger the channel does not exist, whatever is sent to it', async () => {
  await using t = await openRooms()
  const { id, stranger } = await t.company()
  const tab = await t.tab(stranger)
  tab.enter(id)
  assert.equal((await tab.error()).code, 'not-found')
  tab.here(id, { path: 'main.py' })
  assert.equal((await tab.error()).code, 'not-found')
  for (const none of ['', 'x', `${id}/main.py`, '00000000-0000-0000-0000-000000000000', `${id}'`]) {
    tab.enter(none)
    assert.equal((await tab.error()).code, 'not-found', none)
  }
})

test('a new role is told to the page; who is removed is told that there is nothing, and hears nothing more', async () => {
  await using t = await openRooms()
  const { id, address, owner, editor, viewer } = await t.company()
  const [hers, his] = [await t.tab(viewer), await t.tab(editor)]
  for (const tab of [hers, his]) {
    tab.enter(id)
    await tab.news('people')
  }
  await owner.request('PATCH', `${address}/members/${viewer.userId}`, { payload: { role: 'editor' } })
  await hers.news('role', ({ role }) => role === 'editor')
  await his.news('people', ({ people }) => people.some(({ userId, role }) => userId === viewer.userId && role === 'editor'))
  await owner.request('DELETE', `${address}/members/${viewer.userId}`)
  const end = await hers.error()
  assert.deepEqual([end.channel, end.code], [channelOfProject(id), 'not-found'])
  await his.news('people', ({ people }) => people.length === 1)
  hers.frames.splice(0)
  await t.projects.createFolder(id, owner.userId, 'secret')
  await his.news('changed')
  hers.here(id, { path: null })
  assert.equal((await hers.error()).code, 'not-found')
  assert.deepEqual(hers.frames, [])
  await t.projects.deleteProject(id, owner.userId)
  assert.equal((await his.error()).code, 'not-found')
})

test('what is not “here” is refused, and nobody else hears of it', async () => {
  await using t = await openRooms()
  const { id, owner } = await t.company()
  const tab = await t.tab(owner)
  tab.enter(id)
  await tab.news('people')
  for (const path of ['../x', '/etc/passwd', '', 'a\u202Eb', 'x'.repeat(300), 7])
    for (const more of [{ path }, { path: null, activity: path }]) {
      tab.here(id, more)
      assert.match((await tab.error()).code, /^invalid-(path|request)$/, JSON.stringify(more))
    }
  tab.say({ type: 'send', channel: channelOfProject(id), message: { type: 'cancel' } })
  assert.equal((await tab.error()).code, 'invalid-request')
  tab.here(id, { path: 'main.py' })
  await tab.news('people', ({ people }) => people[0]?.path === 'main.py')
})

test('a channel that is opened again is one connection, and a tab that is gone is none', async () => {
  await using t = await openRooms()
  const { id, owner } = await t.company()
  const [tab, other] = [await t.tab(owner), await t.tab(owner)]
  for (let round = 0; round < 3; round++) {
    tab.enter(id)
    assert.equal((await tab.news('people')).people.length, 1)
  }
  other.enter(id)
  // What the first tab saw last may be of its round before: it may come back just after the second enters.
  await other.news('people', ({ people }) => people.length === 2)
  tab.socket.terminate()
  await other.news('people', ({ people }) => people.length === 1)
  other.say({ type: 'close', channel: channelOfProject(id) })
  other.enter(id)
  assert.equal((await other.news('people')).people.length, 1)
  // The same project, by another name of the channel.
  other.enter(id.toUpperCase())
  await other.news('people', ({ people }) => people.length === 2)
})
