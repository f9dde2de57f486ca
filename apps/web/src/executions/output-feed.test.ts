import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutputFeed } from './output-feed.ts'
import { OutputScreen } from './output-screen.ts'

function feedWith(mostCharacters = 1_000_000, msPerLook = 0) {
  const frames: (() => void)[] = []
  let now = 0
  const screen = new OutputScreen()
  const feed = createOutputFeed({
    screen,
    mostCharacters,
    changed: () => {},
    nextFrame: (work) => frames.push(work),
    nowMs: () => {
      now += msPerLook
      return now
    },
  })
  const frame = (): boolean => {
    const work = frames.shift()
    work?.()
    return work !== undefined
  }
  return { feed, screen, frame }
}

test('output keeps its order and comes with the next frame', () => {
  const { feed, screen, frame } = feedWith()
  feed.push('stdout', 'a\n')
  feed.push('stderr', 'b\n')
  assert.equal(screen.text(), '')
  frame()
  assert.equal(screen.text(), 'a\nb\n')
  assert.equal(frame(), false)
})

test('a flood is read over several frames', () => {
  const { feed, screen, frame } = feedWith(1_000_000, 10)
  feed.push('stdout', 'x\n'.repeat(50_000))
  let frames = 0
  while (frame()) frames += 1
  assert.ok(frames >= 6, `${frames} frames`)
  assert.equal(screen.endLine, 50_001)
})

test('what would scroll away unseen is not read', () => {
  const { feed, screen, frame } = feedWith(1_000)
  for (let index = 0; index < 1_000; index += 1) feed.push('stdout', `${index}\n`.padStart(100, ' '))
  while (frame()) {}
  assert.ok(screen.endLine <= 12)
  assert.match(screen.text(), /999\n$/)
})

test('flushing reads everything at once, clearing forgets it', () => {
  const { feed, screen } = feedWith()
  feed.push('stdout', 'kept')
  feed.flush()
  feed.push('stdout', 'forgotten')
  feed.clear()
  feed.flush()
  assert.equal(screen.text(), 'kept')
})
