import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AuthoredChange, Playback, type Player } from '@atelier/text/playback/playback'
import { type Author, caretAt, type History, historyOf, sharesOf } from './history.ts'
import { longestPauseMs, timelineOf, whoWhen } from './timeline.ts'

/** Records that say in JSON what they do; a real engine's are tested with the engine. */
const jsonPlayer: Player = { play: (record) => JSON.parse(new TextDecoder().decode(record)) as AuthoredChange[] }
const bytes = (changes: readonly AuthoredChange[]): Uint8Array => new TextEncoder().encode(JSON.stringify(changes))
const insert = (at: number, text: string, author: string): AuthoredChange => ({ at, remove: 0, insert: [{ text, author }] })

const authors: readonly Author[] = [
  { author: '7', userId: 'ada', name: 'Ada' },
  { author: '8', userId: 'bob', name: 'Bob' },
  { author: '9', userId: 'ada', name: 'Ada Lovelace' },
]

function history(
  start: string,
  steps: readonly { readonly atMs: number; readonly changes: readonly AuthoredChange[] }[],
): History {
  const records = steps.map(({ atMs, changes }) => ({ atMs, bytes: bytes(changes) }))
  const first = bytes(start === '' ? [] : [{ at: 0, remove: 0, insert: [{ text: start, author: null }] }])
  const playback = new Playback(jsonPlayer, first, records)
  return historyOf({ playback, startMs: 0, timesMs: Float64Array.from(records, ({ atMs }) => atMs), authors })
}

test('two tabs of one person are one person, under the latest of their names; strangers are nobody', () => {
  const { people, numberOf } = history('', [])
  assert.deepEqual(people, [
    { userId: 'ada', name: 'Ada Lovelace' },
    { userId: 'bob', name: 'Bob' },
  ])
  assert.deepEqual(['7', '8', '9', '10', null].map(numberOf), [1, 2, 1, 0, 0])
})

test('the caret is where somebody typed last in a step, with their number', () => {
  const played = history('start', [
    { atMs: 1, changes: [insert(5, '!', '7'), insert(0, 'Re', '8')] },
    { atMs: 2, changes: [{ at: 1, remove: 3, insert: [] }] },
    // Typed over: what was there goes, and is told last.
    { atMs: 3, changes: [insert(2, 'xy', '7'), { at: 1, remove: 2, insert: [] }, { at: 2, remove: 1, insert: [] }] },
  ])
  assert.equal(caretAt(played, 0), null)
  assert.deepEqual(caretAt(played, 1), { offset: 2, number: 2 })
  assert.deepEqual(caretAt(played, 2), { offset: 1, number: 0 })
  assert.deepEqual(caretAt(played, 3), { offset: 2, number: 1 })
  assert.deepEqual(
    [...sharesOf(played, 1)],
    [
      [1, 1],
      [2, 2],
    ],
  )
})

test('of a long pause only a short one is left in the film', () => {
  const day = 24 * 3600 * 1000
  const timeline = timelineOf({ startMs: 0, timesMs: Float64Array.from([100, 200, day, day + 50, day - 1000]) })
  const first = timeline.stepMs(1)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((step) => timeline.stepMs(step) - first),
    [0, 100, 100 + longestPauseMs, 150 + longestPauseMs, 150 + longestPauseMs],
  )
  assert.ok(first > 0, 'the beginning can be seen')
  assert.deepEqual([0, first - 1, first, first + 99, first + 100, 9_999].map(timeline.stepAt), [0, 0, 1, 1, 2, 5])
  assert.equal(timelineOf({ startMs: 0, timesMs: new Float64Array(0) }).lengthMs, 0)
})

test('the strip above the slider shows who typed in each part of the film, and how much', () => {
  const keys = (count: number, fromMs: number, author: string) =>
    Array.from({ length: count }, (_, key) => ({ atMs: fromMs + key * 10, changes: [insert(0, 'x', author)] }))
  const played = history('', [
    ...keys(100, 0, '7'),
    ...keys(10, 1_000, '8'),
    ...keys(90, 1_100, '7'),
    { atMs: 2_000, changes: [insert(0, 'a paste'.repeat(10_000), '8')] },
  ])
  const parts = whoWhen(played, timelineOf(played), 6)
  assert.deepEqual(
    parts.map((part) => part.map(({ number }) => number)),
    [[], [1], [1], [1, 2], [1], [2]],
  )
  const sums = parts.map((part) => part.reduce((sum, { amount }) => sum + amount, 0))
  assert.ok(Math.max(...sums) <= 1.000001 && Math.min(...sums) >= 0)
})
