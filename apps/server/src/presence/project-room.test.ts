import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ProjectNews } from '@atelier/protocol/presence'
import { presenceLimits } from '@atelier/protocol/presence'
import { colourCount, colourFor } from './colours.ts'
import { ProjectRoom } from './project-room.ts'

/** A page that keeps what it is sent, and whose connection can be full. */
function page() {
  const news: ProjectNews[] = []
  let isFull = false
  let wake: (() => void) | null = null
  return {
    news,
    lists: () => news.filter((each) => each.type === 'people'),
    fill: () => {
      isFull = true
    },
    drain: () => {
      isFull = false
      wake?.()
    },
    send: (json: string) => {
      news.push(JSON.parse(json))
      return !isFull
    },
    whenRoom: (callback: () => void) => {
      wake = callback
    },
  }
}

const person = (connection: string, userId = connection) => ({ connection, userId, name: userId, role: 'editor' as const })
const change = { type: 'changed', moved: [], deleted: ['a'], entries: [], by: 'somebody' } as const

const stopClock = (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  return (ms: number) => t.mock.timers.tick(ms)
}

test('whoever comes in is told their role and who is there; the others are told of them at once', (t) => {
  stopClock(t)
  const [room, ada, ben] = [new ProjectRoom(), page(), page()]
  room.enter(person('ada'), ada)
  assert.deepEqual(
    ada.news.slice(0, 2).map(({ type }) => type),
    ['role', 'people'],
  )
  const before = ada.news.length
  room.enter(person('ben'), ben)
  const list = ben.lists()[0]
  assert.deepEqual(
    list?.people.map(({ connection }) => connection),
    ['ada', 'ben'],
  )
  assert.deepEqual([list?.you, list?.more, list?.people[1]?.path], ['ben', 0, null])
  assert.equal(ada.news.length, before, 'not before the pause is over')
  t.mock.timers.tick(presenceLimits.everyMs)
  assert.deepEqual(ada.lists().at(-1)?.people.length, 2)
})

test('many changes within a tenth of a second are one list, and no change is no list', (t) => {
  const pass = stopClock(t)
  const [room, ada] = [new ProjectRoom(), page()]
  const here = room.enter(person('ada'), ada)
  pass(presenceLimits.everyMs)
  const lists = ada.lists().length
  for (let line = 0; line < 50; line++) room.change(here, { path: `file${line}` })
  assert.equal(ada.lists().length, lists + 1, 'the first at once')
  pass(presenceLimits.everyMs)
  assert.equal(ada.lists().length, lists + 2, 'the others together')
  assert.equal(ada.lists().at(-1)?.people[0]?.path, 'file49')
  room.change(here, { path: 'file49' })
  pass(10 * presenceLimits.everyMs)
  assert.equal(ada.lists().length, lists + 2)
})

test('no more than two hundred people are listed; the rest is a number, and lists are rarer then', (t) => {
  const pass = stopClock(t)
  const [room, last] = [new ProjectRoom(), page()]
  const crowd = Array.from({ length: presenceLimits.listed + 10 }, (_, n) => room.enter(person(`user ${n}`), page()))
  const here = room.enter(person('last'), last)
  assert.deepEqual([last.lists()[0]?.people.length, last.lists()[0]?.more], [presenceLimits.listed, 11])
  pass(10_000)
  const lists = last.lists().length
  for (let tenth = 0; tenth < 10; tenth++) {
    room.change(here, { path: `file${tenth}` })
    pass(presenceLimits.everyMs)
  }
  assert.ok(last.lists().length - lists <= 2)
  for (const each of crowd) room.leave(each)
  pass(10_000)
  assert.deepEqual([last.lists().at(-1)?.people.length, last.lists().at(-1)?.more], [1, 0])
})

test('a project has a bounded number of connections', () => {
  const room = new ProjectRoom()
  const all = Array.from({ length: presenceLimits.connections }, (_, n) =>
    room.enter(person(`user ${n}`), { send: () => true, whenRoom: () => {} }),
  )
  assert.throws(() => room.enter(person('late'), page()), { code: 'too-many-requests' })
  for (const each of all) room.leave(each)
  assert.ok(room.isEmpty)
})

test('a page that does not read is sent nothing more; when it reads again it is told to read the tree, and who is there', (t) => {
  const pass = stopClock(t)
  const [room, slow, quick] = [new ProjectRoom(), page(), page()]
  room.enter(person('slow'), slow)
  const here = room.enter(person('quick'), quick)
  pass(presenceLimits.everyMs)
  slow.fill()
  room.tell(change)
  const sent = slow.news.length
  for (let n = 0; n < 100; n++) {
    room.tell(change)
    room.change(here, { path: `file${n}` })
    pass(presenceLimits.everyMs)
  }
  assert.equal(slow.news.length, sent)
  assert.equal(quick.news.filter(({ type }) => type === 'changed').length, 101)
  slow.drain()
  assert.deepEqual(slow.news[sent], { type: 'reload' })
  assert.equal(slow.lists().at(-1)?.people[1]?.path, 'file99')
})

test('a person has one colour in all tabs, and two people have two while there are colours left', (t) => {
  stopClock(t)
  const [room, last] = [new ProjectRoom(), page()]
  for (let n = 0; n < colourCount - 1; n++) room.enter(person(`user ${n}`), page())
  room.enter(person('second tab', 'user 3'), page())
  room.enter(person('last'), last)
  const people = last.lists()[0]?.people ?? []
  const colourOf = new Map(people.map(({ userId, colour }) => [userId, colour]))
  assert.equal(new Set(people.map(({ colour }) => colour)).size, colourCount)
  for (const { userId, colour } of people) assert.equal(colour, colourOf.get(userId))
  assert.equal(colourFor('somebody', new Set()), colourFor('somebody', new Set(Array.from({ length: colourCount }, (_, n) => n))))
})

test('thousands of files that somebody brings are told in a few messages, each file as it is last', (t) => {
  const pass = stopClock(t)
  const [room, ada] = [new ProjectRoom(), page()]
  room.enter(person('ada'), ada)
  const made = (path: string, version = 1) => ({
    ...{ ...change, deleted: [] },
    entries: [{ path, kind: 'file' as const, sizeBytes: 1, version, sha256: null, updatedAt: '2026-01-01T00:00:00.000Z' }],
  })
  for (let n = 0; n < 5000; n++) room.tell(made(`file${n}`))
  room.tell(made('file7', 2))
  pass(presenceLimits.everyMs)
  const told = ada.news.filter((news) => news.type === 'changed')
  assert.deepEqual(
    told.map(({ entries }) => entries.length),
    [1, 4999],
  )
  assert.equal(told[1]?.entries.find(({ path }) => path === 'file7')?.version, 2)
})

test('what is deleted and made again in the same moment is told in that order', (t) => {
  const pass = stopClock(t)
  const [room, ada] = [new ProjectRoom(), page()]
  room.enter(person('ada'), ada)
  const made = (path: string) => ({ ...change, deleted: [], entries: [{ path }] as never })
  for (const news of [made('x'), made('a'), change, made('a'), made('b')]) room.tell(news)
  pass(presenceLimits.everyMs)
  const told = ada.news.filter((news) => news.type === 'changed')
  assert.deepEqual(
    told.map(({ entries, deleted }) => [...deleted.map((path) => `-${path}`), ...entries.map(({ path }) => path)].join(' ')),
    ['x', 'a', '-a', 'a b'],
  )
})
