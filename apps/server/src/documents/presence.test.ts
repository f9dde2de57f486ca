import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { BadMessage } from '@atelier/text/engine'
import { readBytes, readVaruint } from './frames.ts'
import { Presence } from './presence.ts'

const stateOf = (id: number, clock: number, state: unknown): Buffer => {
  const json = Buffer.from(JSON.stringify(state))
  const length = json.length < 128 ? [json.length] : [(json.length & 127) | 128, json.length >> 7]
  return Buffer.from([1, id, clock, ...length, ...json])
}

function statesIn(body: Uint8Array): Map<number, unknown> {
  const cursor = { data: Buffer.from(body), at: 0 }
  const states = new Map<number, unknown>()
  for (let left = readVaruint(cursor); left > 0; left--) {
    const id = readVaruint(cursor)
    readVaruint(cursor)
    states.set(id, JSON.parse(readBytes(cursor).toString()))
  }
  return states
}

/** A room's presence with a clock of its own, and what it has sent. */
function openPresence(audience = 2) {
  const timers = mock.timers
  timers.reset()
  timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let nowMs = 0
  const sent: { readonly atMs: number; readonly states: Map<number, unknown> }[] = []
  const presence = new Presence(
    (body) => sent.push({ atMs: nowMs, states: statesIn(body) }),
    () => audience,
    () => nowMs,
  )
  return {
    ...{ presence, sent },
    pass(ms: number): void {
      for (let left = ms; left > 0; left--) {
        nowMs += 1
        timers.tick(1)
      }
    },
    [Symbol.dispose]() {
      presence.close()
      timers.reset()
    },
  }
}

test('the first state goes out at once, later ones together every 100 ms, and only the latest of each', () => {
  using t = openPresence()
  const [one, two] = [{}, {}]
  t.presence.take(stateOf(1, 1, { at: 0 }), one)
  t.pass(1)
  assert.equal(t.sent.length, 1)
  for (let clock = 2; clock < 90; clock++) t.presence.take(stateOf(1, clock, { at: clock }), one)
  t.presence.take(stateOf(2, 1, { at: 'two' }), two)
  t.pass(90)
  assert.equal(t.sent.length, 1)
  t.pass(20)
  assert.equal(t.sent.length, 2)
  assert.deepEqual(
    [...(t.sent[1]?.states ?? [])],
    [
      [1, { at: 89 }],
      [2, { at: 'two' }],
    ],
  )
})

test('an older state, and one of an id that somebody else has, change nothing', () => {
  using t = openPresence()
  const [one, two] = [{}, {}]
  t.presence.take(stateOf(1, 5, { name: 'Ada' }), one)
  t.presence.take(stateOf(1, 4, { name: 'old' }), one)
  t.presence.take(stateOf(1, 9, { name: 'Eve' }), two)
  t.presence.take(stateOf(1, 9, null), two)
  t.pass(200)
  assert.deepEqual(
    t.sent.map(({ states }) => [...states]),
    [[[1, { name: 'Ada' }]]],
  )
})

test('who leaves, and who says nothing for half a minute, is gone for everybody', () => {
  using t = openPresence()
  const [one, two] = [{}, {}]
  t.presence.take(stateOf(1, 1, {}), one)
  t.presence.take(stateOf(2, 1, {}), two)
  t.pass(200)
  t.presence.leave(one)
  t.pass(200)
  assert.deepEqual([...(t.sent.at(-1)?.states ?? [])], [[1, null]])
  t.pass(45_000)
  assert.deepEqual([...(t.sent.at(-1)?.states ?? [])], [[2, null]])
  assert.equal(t.presence.all(), null)
})

test('large states of many people are sent more rarely', () => {
  using t = openPresence(1000)
  const people = Array.from({ length: 10 }, () => ({}))
  for (let clock = 1; clock < 100; clock++) {
    for (const [id, person] of people.entries()) t.presence.take(stateOf(id, clock, { text: 'x'.repeat(3000) }), person)
    t.pass(100)
  }
  assert.ok(t.sent.length < 20, `sent ${t.sent.length} times in ten seconds`)
})

test('what is too long, no JSON, or too many ids of one member is refused', () => {
  using t = openPresence()
  const one = {}
  assert.throws(() => t.presence.take(stateOf(1, 1, { text: 'x'.repeat(5000) }), one), BadMessage)
  assert.throws(() => t.presence.take(Buffer.from([1, 1, 1, 1, 123]), one), BadMessage)
  assert.throws(() => t.presence.take(stateOf(1, 1, 'text'), one), BadMessage)
  for (let id = 0; id < 8; id++) t.presence.take(stateOf(id, 1, {}), one)
  assert.throws(() => t.presence.take(stateOf(8, 1, {}), one), BadMessage)
})
