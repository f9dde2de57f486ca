import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExecutionResult } from '@atelier/protocol/executions'
import { carryEvents } from './channel.ts'
import { EventLog, type NumberedEvent } from './event-log.ts'

const result: ExecutionResult = {
  ...{ reason: 'exited', stage: 'run', exitCode: 0, signal: null, message: 'The program ended well.' },
  ...{ cpuMs: 1, wallMs: 1, peakBytes: 1, outputBytes: 2, truncated: false },
}
const print = (log: EventLog, data: string): void =>
  log.append({ type: 'output', stage: 'run', stream: 'stdout', data, encoding: 'utf8' })

/** Takes `room` events, then wants no more until there is room again. */
function follower(log: EventLog, since = 0, room = Number.POSITIVE_INFINITY) {
  const seen: (number | 'end')[] = []
  const events: NumberedEvent[] = []
  let left = room
  let waiting: (() => void) | undefined
  const stop = carryEvents(log, since, {
    send: (event) => {
      seen.push(event.seq)
      events.push(event)
      return --left > 0
    },
    whenRoom: (callback) => {
      assert.equal(waiting, undefined, 'asked twice')
      waiting = callback
    },
    end: () => seen.push('end'),
  })
  return {
    seen,
    events,
    stop,
    makeRoom(more: number) {
      left = more
      const call = waiting
      waiting = undefined
      call?.()
    },
  }
}

test('a follower gets what there is, then what comes, then the end', () => {
  const log = new EventLog(1000)
  print(log, 'a')
  const { seen } = follower(log)
  print(log, 'b')
  log.append({ type: 'end', result })
  assert.deepEqual(seen, [1, 2, 3, 'end'])
})

test('a follower that comes back goes on after what it knows', () => {
  const log = new EventLog(1000)
  for (const text of ['a', 'b', 'c']) print(log, text)
  assert.deepEqual(follower(log, 2).seen, [3])
})

test('an ended execution is carried whole and then ended', () => {
  const log = new EventLog(1000)
  print(log, 'a')
  log.append({ type: 'end', result })
  assert.deepEqual(follower(log).seen, [1, 2, 'end'])
  assert.deepEqual(follower(log, 2).seen, ['end'])
})

test('a slow follower is sent nothing until it has room; it then goes on where it was', () => {
  const log = new EventLog(1000)
  const slow = follower(log, 0, 1)
  for (const text of ['a', 'b', 'c']) print(log, text)
  assert.deepEqual(slow.seen, [1])
  slow.makeRoom(1)
  assert.deepEqual(slow.seen, [1, 2])
  slow.makeRoom(10)
  log.append({ type: 'end', result })
  assert.deepEqual(slow.seen, [1, 2, 3, 4, 'end'])
})

test('a follower that is too slow loses the oldest output and is told so', () => {
  const log = new EventLog(4)
  const slow = follower(log, 0, 1)
  for (let i = 0; i < 10; i++) print(log, 'xx')
  slow.makeRoom(100)
  assert.deepEqual(
    slow.events.map(({ event }) => (event.type === 'truncated' ? `gone until ${event.seq}` : event.seq)),
    [1, 'gone until 8', 9, 10],
  )
})

test('a follower that has stopped is sent nothing more, even if it gets room', () => {
  const log = new EventLog(1000)
  const gone = follower(log, 0, 1)
  print(log, 'a')
  gone.stop()
  print(log, 'b')
  gone.makeRoom(10)
  log.append({ type: 'end', result })
  assert.deepEqual(gone.seen, [1])
})
