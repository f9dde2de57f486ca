import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FilmRecorder, insertOf } from './film.ts'
import { Projector } from './projector.ts'
import { longestPauseMs, timelineOf, whoWhen } from './timeline.ts'

const ada = { userId: 'a', name: 'Ada' }
const bob = { userId: 'b', name: 'Bob' }

/** A small generator of our own: the same film for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('changes of one edit are counted in the text before it, and shown one after the other', () => {
  const recorder = new FilmRecorder('abcdef', 0)
  recorder.add(1, ada, [
    { at: 1, remove: 1, insert: 'BBB' },
    { at: 4, remove: 2, insert: '' },
  ])
  const film = recorder.finish()
  const projector = new Projector(film)
  assert.deepEqual(
    [0, 1, 2].map((index) => projector.at(index).text),
    ['abcdef', 'aBBBcdef', 'aBBBcd'],
  )
  assert.equal(insertOf(film, 0), 'BBB')
})

test('every moment says who typed each character; the first text is nobody’s', () => {
  const recorder = new FilmRecorder('xx', 0)
  recorder.add(1, ada, [{ at: 1, remove: 0, insert: 'AA' }])
  recorder.add(2, bob, [{ at: 2, remove: 0, insert: 'B' }])
  recorder.add(3, { ...ada, name: 'Ada Lovelace' }, [{ at: 0, remove: 1, insert: 'A' }])
  const film = recorder.finish()
  const moment = new Projector(film).at(3)
  assert.equal(moment.text, 'AABAx')
  assert.deepEqual([...moment.authors], [1, 1, 2, 1, 0])
  assert.deepEqual(
    film.people.map(({ name }) => name),
    ['Ada Lovelace', 'Bob'],
  )
})

test('any moment is the same, whether the film ran to it or jumped to it, forwards or back (seeds 1 to 5)', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const random = randomOf(seed)
    let text = 'start 🦦'
    const texts = [text]
    const recorder = new FilmRecorder(text, 0)
    for (let step = 0; step < 9_000; step += 1) {
      const at = random(text.length + 1)
      const remove = random(3) === 0 ? Math.min(random(4), text.length - at) : 0
      const insert = ['', 'x', 'yy', '\n', '🦦', '\ud83e'][random(6)] ?? ''
      recorder.add(step, random(2) === 0 ? ada : bob, [{ at, remove, insert }])
      text = text.slice(0, at) + insert + text.slice(at + remove)
      texts.push(text)
    }
    const projector = new Projector(recorder.finish())
    for (let visit = 0; visit < 60; visit += 1) {
      const index = random(texts.length)
      const moment = projector.at(index)
      assert.equal(moment.text, texts[index], `seed ${seed}, moment ${index}`)
      assert.equal(moment.authors.length, moment.text.length)
    }
    assert.equal(projector.at(Number.POSITIVE_INFINITY).text, texts.at(-1))
    assert.equal(projector.at(-1).text, texts[0])
  }
})

test('of a long pause only a short one is left in the film', () => {
  const day = 24 * 3600 * 1000
  const timeline = timelineOf({ startMs: 0, timesMs: Float64Array.from([100, 200, day, day + 50, day - 1000]) })
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((index) => timeline.momentMs(index)),
    [100, 200, 200 + longestPauseMs, 250 + longestPauseMs, 250 + longestPauseMs],
  )
  assert.deepEqual(
    [0, 99, 100, 199, 200, 5_000].map((at) => timeline.indexAt(at)),
    [0, 0, 1, 1, 2, 5],
  )
  assert.equal(timelineOf({ startMs: 0, timesMs: new Float64Array(0) }).lengthMs, 0)
})

test('the strip above the slider shows who typed in each part of the film, and how much', () => {
  const recorder = new FilmRecorder('', 0)
  const type = (from: number, to: number, person: typeof ada): void => {
    for (let at = from; at < to; at += 1) recorder.add(at * 10, person, [{ at: 0, remove: 0, insert: 'x' }])
  }
  type(0, 50, ada)
  type(50, 60, bob)
  type(60, 75, ada)
  recorder.add(750, bob, [{ at: 0, remove: 0, insert: 'a paste'.repeat(10_000) }])
  const film = recorder.finish()
  const parts = whoWhen(film, timelineOf(film), 5)
  assert.deepEqual(
    parts.map((part) => part.map(({ author }) => author)),
    [[1], [1], [1, 2], [2], []],
  )
  assert.equal(parts[3]?.[0]?.amount, 1)
  const sums = parts.map((part) => part.reduce((sum, { amount }) => sum + amount, 0))
  assert.ok(sums.every((sum) => sum >= 0 && sum <= 1))
})

test('a history of 260,000 keystrokes is projected at any place', () => {
  const recorder = new FilmRecorder('', 0)
  const count = 260_000
  for (let step = 0; step < count; step += 1)
    recorder.add(step * 80, step % 7 === 0 ? bob : ada, [{ at: step % 90_000, remove: step > 90_000 ? 1 : 0, insert: 'k' }])
  const film = recorder.finish()
  assert.equal(film.count, count)
  const projector = new Projector(film)
  assert.equal(projector.at(count).text.length, 90_001)
  for (const index of [count / 2, 1, count - 1, 130_001]) assert.equal(projector.at(index).index, index)
})
