import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPlayer, type Frames } from './player.ts'
import { timelineOf } from './timeline.ts'

const timeline = timelineOf({ startMs: 500, timesMs: Float64Array.from([100, 200, 200, 400]) })

function givenFrames() {
  let wanted: ((nowMs: number) => void) | null = null
  const frames: Frames = (frame) => {
    wanted = frame
    return () => {
      wanted = null
    }
  }
  return {
    frames,
    isAsked: () => wanted !== null,
    give(nowMs: number) {
      const frame = wanted
      wanted = null
      frame?.(nowMs)
    },
  }
}

test('it starts at the end, which is now; playing from there begins at the beginning', () => {
  const { frames } = givenFrames()
  const player = createPlayer(timeline, frames)
  assert.equal(player.store.getState().filmMs, timeline.lengthMs)
  player.play()
  assert.deepEqual([player.store.getState().filmMs, player.store.getState().isPlaying], [0, true])
})

test('it runs as fast as it is told, stops at the end and then asks for no frames', () => {
  const given = givenFrames()
  const player = createPlayer(timeline, given.frames)
  player.setSpeed(2)
  player.play()
  given.give(1_000)
  given.give(1_050)
  assert.equal(player.store.getState().filmMs, 100)
  for (let nowMs = 1_100; given.isAsked(); nowMs += 50) given.give(nowMs)
  assert.deepEqual([player.store.getState().filmMs, player.store.getState().isPlaying], [timeline.lengthMs, false])
})

test('a tab that was in the background for a minute goes on where it was', () => {
  const given = givenFrames()
  const player = createPlayer(timeline, given.frames)
  player.setSpeed(1)
  player.play()
  given.give(0)
  given.give(60_000)
  assert.equal(player.store.getState().filmMs, 100)
})

test('steps go from change to change, and changes of one moment together', () => {
  const player = createPlayer(timeline, givenFrames().frames)
  const indexes: number[] = []
  const step = (by: 1 | -1): void => {
    player.step(by)
    indexes.push(timeline.stepAt(player.store.getState().filmMs))
  }
  for (let count = 0; count < 5; count += 1) step(-1)
  for (let count = 0; count < 5; count += 1) step(1)
  assert.deepEqual(indexes, [3, 1, 0, 0, 0, 1, 3, 4, 4, 4])
})
