import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExecutionEvent, ExecutionResult } from '@atelier/protocol/executions'
import fc from 'fast-check'
import { EventLog, endedEvents } from './event-log.ts'

const result: ExecutionResult = {
  ...{ reason: 'exited', stage: 'run', exitCode: 0, signal: null, message: 'The program ended well.' },
  ...{ cpuMs: 1, wallMs: 1, peakBytes: 1, outputBytes: 2, truncated: false },
}
const print = (log: EventLog, data: string, encoding: 'utf8' | 'base64' = 'utf8'): void =>
  log.append({ type: 'output', stage: 'run', stream: 'stdout', data, encoding })
const seqs = (events: readonly { seq: number }[]): number[] => events.map((event) => event.seq)

test('events are numbered from 1 without holes, and a reader gets what came after the number it knows', () => {
  const log = new EventLog(1000)
  log.append({ type: 'stage', stage: 'run' })
  for (const text of ['a', 'b', 'c']) print(log, text)
  log.append({ type: 'end', result })
  assert.deepEqual(seqs(log.read(0)), [1, 2, 3, 4, 5])
  assert.deepEqual(seqs(log.read(3)), [4, 5])
  assert.deepEqual(seqs(log.read(5)), [])
  assert.deepEqual(seqs(log.read(1_000_000)), [])
})

test('a program that prints forever keeps only the last part, and a reader from further back is told how much is gone', () => {
  const log = new EventLog(10)
  for (let i = 0; i < 10; i++) print(log, 'xxxx')
  assert.deepEqual(
    log.read(0).map(({ event }) => event),
    [
      { type: 'truncated', seq: 8, droppedBytes: 32 },
      ...[9, 10].map((seq) => ({ type: 'output', seq, stage: 'run', stream: 'stdout', data: 'xxxx', encoding: 'utf8' })),
    ],
  )
  assert.deepEqual(seqs(log.read(8)), [9, 10])
  assert.equal(log.truncated, true)
})

test('one piece of output that is larger than all that may be kept is kept as the last one', () => {
  const log = new EventLog(10)
  print(log, 'a')
  print(log, 'y'.repeat(50))
  assert.deepEqual(seqs(log.read(0)), [1, 2])
  print(log, 'z')
  assert.deepEqual(seqs(log.read(0)), [2, 3])
})

test('what is gone is counted in bytes, not in characters of text or base64', () => {
  const log = new EventLog(1)
  print(log, '€')
  print(log, Buffer.from([255, 254, 253, 252]).toString('base64'), 'base64')
  print(log, '.')
  assert.deepEqual(log.read(0)[0]?.event, { type: 'truncated', seq: 2, droppedBytes: 7 })
})

test('tiny events without number do not fill the memory either', () => {
  const log = new EventLog(1024 * 1024)
  for (let i = 0; i < 100_000; i++) print(log, 'x')
  const { events, droppedBytes } = log.kept()
  assert.ok(events.length <= 20_000, `${events.length} events are kept`)
  assert.equal(events.length + droppedBytes, 100_000)
})

test('after the end nothing is added, and nobody is told any more', () => {
  const log = new EventLog(100)
  let told = 0
  log.onChange(() => told++)
  print(log, 'a')
  log.append({ type: 'end', result })
  print(log, 'b')
  assert.deepEqual([log.complete, told, seqs(log.read(0))], [true, 2, [1, 2]])
  log.onChange(() => told++)()
  assert.equal(told, 2)
})

test('a listener that stops is told no more, even when it stops while being told', () => {
  const log = new EventLog(100)
  let told = 0
  const stop = log.onChange(() => {
    told++
    stop()
  })
  print(log, 'a')
  print(log, 'b')
  assert.equal(told, 1)
})

test('reading on from every number gives all events once, whatever was dropped; ended executions read the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 60 }),
      (texts, keptBytes) => {
        const log = new EventLog(keptBytes)
        for (const text of texts) print(log, text)
        log.append({ type: 'end', result })
        const kept = log.kept()
        const ended = endedEvents(
          JSON.parse(`[${kept.events.map(({ json }) => json).join(',')}]`) as ExecutionEvent[],
          kept.droppedBytes,
        )
        const last = texts.length + 1
        for (let since = 0; since <= last + 1; since++) {
          const events = log.read(since)
          assert.deepEqual(
            ended.read(since).map(({ json }) => json),
            events.map(({ json }) => json),
          )
          const first = events[0]?.event
          const from = first?.type === 'truncated' ? first.seq + 1 : since + 1
          const numbers = seqs(first?.type === 'truncated' ? events.slice(1) : events)
          assert.deepEqual(
            numbers,
            Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => from + index),
          )
          for (const { event, json, seq } of events) assert.deepEqual([JSON.parse(json), event.seq], [event, seq])
        }
        const whole = Buffer.byteLength(texts.join(''))
        const rest = log
          .kept()
          .events.reduce((sum, { event }) => sum + (event.type === 'output' ? Buffer.byteLength(event.data) : 0), 0)
        assert.equal(rest + kept.droppedBytes, whole)
      },
    ),
  )
})

test('how far the slowest reader is behind is counted in bytes; who is sent all at once, or has left, is not behind', () => {
  const log = new EventLog(100)
  assert.equal(log.backlogBytes(), null)
  const slow = { lastSeq: 0, isBlocked: false }
  const detach = log.attach(slow)
  for (const text of ['aaaa', 'bbb', 'cc']) print(log, text)
  assert.equal(log.backlogBytes(), 0)
  slow.isBlocked = true
  assert.equal(log.backlogBytes(), 9)
  slow.lastSeq = 1
  assert.equal(log.backlogBytes(), 5)
  slow.lastSeq = 3
  assert.equal(log.backlogBytes(), 0)
  slow.lastSeq = 1
  print(log, 'x'.repeat(99))
  assert.equal(log.backlogBytes(), 99)
  detach()
  assert.equal(log.backlogBytes(), 0)
})
