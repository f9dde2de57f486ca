import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStore } from 'zustand/vanilla'
import type { ChannelFollower, TabSocket } from '../connection/socket.ts'
import { replicas } from './crdt-replicas.ts'
import { absentKeptEdits } from './kept-edits.ts'
import { LiveDocument } from './live-document.ts'

/** A document whose room answers with `answer` whenever it is entered; when it was, in milliseconds from the start. */
function openDocument(answer: (room: ChannelFollower) => void) {
  const entered: number[] = []
  let nowMs = 0
  const socket: Pick<TabSocket, 'follow' | 'sendBytes' | 'doubt'> = {
    follow(_channel, _since, follower) {
      entered.push(nowMs)
      queueMicrotask(() => answer(follower))
      return () => {}
    },
    sendBytes: () => true,
    doubt() {},
  }
  const document = new LiveDocument({
    ...{ projectId: 'p', path: 'main.py', replicas, kept: absentKeptEdits, leftBehind: [] },
    socket: socket as TabSocket,
    me: createStore(() => ({ id: 'me', name: 'Ada', color: '#000000' })),
    ...{ onOrphan() {}, onBack() {}, onState() {}, onMoved() {}, onFiled() {} },
  })
  return {
    ...{ document, entered },
    async pass(tick: (ms: number) => void, untilMs: number) {
      for (; nowMs < untilMs; nowMs += 50) {
        tick(50)
        await Promise.resolve()
      }
    },
  }
}

const opened = { type: 'opened', number: 1, documentId: 'd', engine: 'crdt', access: 'write' } as const
const pauses = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - (times[index] ?? 0))

test('a page whose change is refused again and again enters the room more and more rarely, and never gives up', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.mock.method(Math, 'random', () => 0.5)
  const { document, entered, pass } = openDocument((room) => {
    room.message(opened)
    document.replica.edit([{ at: 0, remove: 0, insert: 'x' }])
    room.refused('invalid-message', 'It cannot be placed.')
  })
  await pass((ms) => t.mock.timers.tick(ms), 400_000)
  const waited = pauses(entered).map((ms) => Math.round(ms / 1000))
  assert.deepEqual(waited.slice(0, 8), [2, 4, 8, 16, 32, 60, 60, 60])
  document.destroy()
})

test('what was refused while one could only look on is sent when one may write again: the room is entered anew', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let room: ChannelFollower | undefined
  const { document, entered, pass } = openDocument((each) => {
    room = each
    each.message(opened)
  })
  const tick = (ms: number) => t.mock.timers.tick(ms)
  await pass(tick, 100)
  room?.message({ type: 'access', access: 'read', reason: 'You may look on here.' })
  room?.message({ type: 'access', access: 'write', reason: null })
  await pass(tick, 1000)
  assert.equal(entered.length, 1, 'nothing was refused')
  room?.message({ type: 'access', access: 'read', reason: 'You may look on here.' })
  document.replica.edit([{ at: 0, remove: 0, insert: 'x' }])
  room?.refused('forbidden', 'You may look on here.')
  await pass(tick, 2000)
  assert.equal(entered.length, 1)
  room?.message({ type: 'access', access: 'write', reason: null })
  await pass(tick, 3000)
  assert.equal(entered.length, 2)
  assert.equal(document.state.kind === 'ended', false)
  document.destroy()
})

test('a room that cannot be reached for now is asked every two seconds, so that it is back soon', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.mock.method(Math, 'random', () => 0.5)
  const { document, entered, pass } = openDocument((room) => {
    room.message(opened)
    room.refused('storage-unavailable', 'The database is away.')
  })
  await pass((ms) => t.mock.timers.tick(ms), 30_000)
  assert.ok(pauses(entered).length > 10)
  for (const ms of pauses(entered)) assert.ok(ms <= 2100, `${ms} ms`)
  document.destroy()
})
