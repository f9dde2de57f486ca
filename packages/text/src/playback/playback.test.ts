import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chance } from '../contract/chance.ts'
import { type Connection, SimulatedRoom } from '../contract/simulated-room.ts'
import { crdtEngine } from '../crdt/engine.ts'
import { CrdtReplica } from '../crdt/replica.ts'
import { DamagedText, type TextEngine } from '../engine.ts'
import { otEngine } from '../ot/engine.ts'
import { OtReplica } from '../ot/replica.ts'
import type { Replica } from '../replica.ts'
import { openPlayback, type TimedRecord } from './playback.ts'

const engines: readonly (readonly [TextEngine, (author: number) => Replica])[] = [
  [crdtEngine, (author) => new CrdtReplica({ clientId: author, captureMs: 0 })],
  [otEngine, (author) => new OtReplica({ author: String(author), now: () => 0, captureMs: 0 })],
]

/** Pages type letters of their own, so that the author of a letter is known. */
function session(
  engine: TextEngine,
  page: (author: number) => Replica,
  seed: number,
  typed: readonly string[],
  withUndo: boolean,
) {
  const chance = new Chance(seed)
  const room = new SimulatedRoom(engine, 'to begin with')
  const first = room.stored
  const pages = [11, 12, 13].map((author) => page(author))
  const connections: readonly Connection[] = pages.map((each) => room.connect(each))
  const texts = [engine.textOf(first)]
  const records: TimedRecord[] = []
  const arrive = (): void => {
    for (const connection of connections) {
      while (connection.toServer.length > 0) room.read(connection)
      if (chance.share() < 0.7) while (connection.toPage.length > 0) room.deliver(connection)
    }
  }
  for (let round = 0; round < 60; round += 1) {
    for (const [index, each] of pages.entries()) {
      if (!each.isSynced || chance.share() < 0.5) continue
      const at = chance.below(each.length + 1)
      if (withUndo && chance.share() < 0.1) each.undo()
      else if (chance.share() < 0.3) each.edit([{ at, remove: Math.min(chance.below(5), each.length - at), insert: '' }])
      else each.edit([{ at, remove: 0, insert: typed[index] ?? '' }])
    }
    arrive()
    room.commit()
    for (const bytes of room.stored.records.slice(records.length)) {
      records.push({ bytes, atMs: 1000 * round })
      texts.push(engine.textOf({ ...first, records: records.map((record) => record.bytes) }))
    }
  }
  return { first, records, texts }
}

for (const [engine, page] of engines) {
  test(`${engine.name}: at every step the text is what it was then, forward, back and across`, () => {
    const { first, records, texts } = session(engine, page, 1, ['AB', '😀', 'e\u0301\n'], true)
    assert.ok(records.length > 40)
    const playback = openPlayback(engine.name, first.snapshot, records)
    const chance = new Chance(2)
    const there = Array.from({ length: records.length + 1 }, (_, step) => step)
    let shown = playback.text
    for (const step of [...there, ...[...there].reverse(), ...there.map(() => chance.below(records.length + 1))]) {
      const changes = playback.seek(step)
      assert.equal(playback.text, texts[step])
      assert.equal(playback.position, step)
      if (changes === null) shown = playback.text
      else
        for (const { at, remove, insert } of changes)
          shown = shown.slice(0, at) + insert.map(({ text }) => text).join('') + shown.slice(at + remove)
      assert.equal(shown, texts[step])
    }
  })

  test(`${engine.name}: it is known who wrote each part`, () => {
    const { first, records } = session(engine, page, 3, ['AB', 'DE', 'GH'], false)
    const playback = openPlayback(engine.name, first.snapshot, records)
    const letters: Readonly<Record<string, RegExp>> = { 11: /^[AB]+$/, 12: /^[DE]+$/, 13: /^[GH]+$/ }
    for (let step = 0; step <= records.length; step += 5) {
      playback.seek(step)
      let at = 0
      for (const { units, author } of playback.runs) {
        const text = playback.text.slice(at, at + units)
        at += units
        assert.match(text, author === null ? /^[a-z ]+$/ : (letters[author] ?? assert.fail(author)))
      }
      assert.equal(at, playback.text.length)
    }
    const { insert } = playback.changesAt(1).find(({ insert }) => insert.length > 0) ?? assert.fail('something was typed')
    assert.ok(['11', '12', '13'].includes(insert[0]?.author ?? ''))
  })
}

test('a long log is read in parts, and a far step is reached from a keyframe', () => {
  const replica = new OtReplica({ author: 'ann', now: () => 0 })
  const room = new SimulatedRoom(otEngine, '')
  const connection = room.connect(replica)
  room.read(connection)
  room.deliver(connection)
  for (let key = 0; key < 5000; key += 1) {
    replica.edit([{ at: key, remove: 0, insert: String(key % 10) }])
    room.read(connection)
    room.commit()
    while (connection.toPage.length > 0) room.deliver(connection)
  }
  const records = room.stored.records.map((bytes, index) => ({ bytes, atMs: index }))
  const playback = openPlayback('ot', room.stored.snapshot, records)
  assert.equal(playback.prepare(1000), true)
  assert.equal(playback.preparedSteps, 1000)
  assert.equal(playback.seek(4500), null)
  assert.equal(playback.text.length, 4500)
  assert.equal(playback.prepare(1000), false)
  assert.equal(playback.seek(4400)?.length, 100)
  assert.equal(playback.positionAt(99), 100)
  assert.equal(playback.atMs(100), 99)
  assert.equal(playback.seek(10), null)
  assert.equal(playback.text, '0123456789')
})

test('a damaged log is said to be so', () => {
  for (const [engine] of engines) {
    assert.throws(() => openPlayback(engine.name, new Uint8Array([7]), []), DamagedText)
    const playback = openPlayback(engine.name, engine.snapshotOf('a'), [{ bytes: new Uint8Array([7]), atMs: 0 }])
    assert.throws(() => playback.seek(1), DamagedText)
    assert.equal(playback.text, 'a')
  }
})
