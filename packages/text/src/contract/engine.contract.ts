/** What every TextEngine and its Replica promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadMessage, DamagedText, type Stored, TooFarBehind } from '../engine.ts'
import type { Replica } from '../replica.ts'
import { Chance } from './chance.ts'
import { hostileMessage } from './hostile.ts'
import { changed } from './page.contract.ts'
import { type Plan, planOf, shortened } from './plan.ts'
import { carryOut, type Tried } from './plans.contract.ts'
import { type Connection, SimulatedRoom } from './simulated-room.ts'

/** SEED=… repeats one plan, SEEDS=… tries so many. */
const seed = process.env.SEED === undefined ? null : Number(process.env.SEED)
const seeds = Number(process.env.SEEDS ?? 150)

export function keepsEngineContract(tried: Tried): void {
  const { name, engine } = tried

  test(`${name}: whatever happens on the way, all end with what is stored, nothing acknowledged is lost and nothing doubled`, () => {
    for (const each of seed === null ? Array.from({ length: seeds }, (_, index) => index + 1) : [seed]) tryPlan(planOf(each))
  })

  function tryPlan(plan: Plan): void {
    const error = failureOf(plan)
    if (error === null) return
    const short = shortened(plan, (fewer) => failureOf(fewer) !== null)
    const why = failureOf(short) ?? error
    throw new Error(
      `SEED=${plan.seed} repeats this. Shortened:\n${JSON.stringify({ ...short, steps: undefined })}\n${short.steps.map((step) => JSON.stringify(step)).join('\n')}`,
      { cause: why },
    )
  }

  function failureOf(plan: Plan): unknown {
    try {
      carryOut(tried, plan)
      return null
    } catch (error) {
      return error
    }
  }

  test(`${name}: a text comes back as it was given, whatever is in it`, () => {
    for (const text of ['', 'plain\n', '\u0000\u2028"\\', '😀 e\u0301 👨‍👩‍👧 𝔘', '\ufeffwith a mark']) {
      const stored = { snapshot: engine.snapshotOf(text), records: [] }
      assert.equal(engine.textOf(stored), text)
      assert.deepEqual(engine.compact(stored).text, text)
    }
    assert.equal(engine.textOf({ snapshot: engine.snapshotOf('a\ud83db'), records: [] }), 'a\ufffdb')
  })

  test(`${name}: ten thousand hostile messages are refused, or leave a text that can be read`, () => {
    const chance = new Chance(seed ?? 1)
    const { room, messages } = conversation(tried)
    const beginning = (): Stored => ({
      ...room.stored,
      records: room.stored.records.slice(0, chance.below(room.stored.records.length)),
    })
    let stored = beginning()
    let live = engine.open(stored)
    let taken = 0
    for (let count = 1; count <= 10_000; count += 1) {
      const body = hostileMessage(chance, messages)
      const change = orRefused(() => live.take(body, 'hostile'))
      orRefused(() => live.join(stored, body))
      if (count % 20 === 0) orRefused(() => engine.missing(stored, body))
      if (change !== null) {
        taken += 1
        stored = { ...stored, records: [...stored.records, live.merge([change])] }
      }
      if (count % 20 !== 0) continue
      const { snapshot, text } = engine.compact(stored)
      assert.equal(engine.textOf({ snapshot, records: [] }), text)
      assert.ok(text.length < 100_000)
      // Begun anew, so that what was taken is new again.
      stored = beginning()
      live = engine.open(stored)
    }
    assert.ok(taken > 10, `${taken} of them were good enough to be taken`)
    engine.textOf(stored)
  })

  test(`${name}: a page refuses hostile messages as well, and its text stays one`, () => {
    const chance = new Chance(seed ?? 1)
    const { room, messages } = conversation(tried)
    const answers = [...engine.missing(room.stored, Uint8Array.of(0).slice(name.startsWith('ot') ? 1 : 0)), ...messages]
    let editor = ''
    const open = (name: string, number: number): Replica => {
      const page = tried.page(name, number, null)
      editor = page.text
      page.onChange((changes) => {
        editor = changed(editor, changes)
      })
      return page
    }
    let replica = open('victim', 999)
    for (let count = 0; count < 4000; count += 1) {
      if (count % 100 === 0) {
        replica.destroy()
        replica = open(`victim ${count}`, 1000 + count)
        replica.connect(() => {})
        for (const answer of answers.slice(0, 2)) replica.receive(1, answer)
      }
      const body = hostileMessage(chance, answers)
      if (count % 4 === 0) orRefused(() => replica.receiveTogether([chance.pick(answers), chance.pick(answers), body]))
      else orRefused(() => replica.receive(chance.pick([0, 1, 2] as const), body))
      if (count % 10 === 0) {
        const change = { at: chance.below(replica.length + 1), remove: 0, insert: 'x' }
        editor = changed(editor, [change])
        replica.edit([change])
      }
      if (count % 50 !== 0) continue
      assert.equal(replica.text.length, replica.length)
      assert.equal(editor, replica.text, 'the editor was told of everything, also of what came before a message that was refused')
    }
    replica.destroy()
  })

  test(`${name}: what is stored and damaged is said to be so, and never taken for a text`, () => {
    const { room } = conversation(tried)
    const { snapshot, records } = room.stored
    const damaged: Stored[] = [
      { snapshot: new Uint8Array(), records },
      { snapshot: snapshot.slice(0, -1), records },
      { snapshot, records: [...records.slice(0, -1), new Uint8Array()] },
      { snapshot, records: records.slice(1) },
      { snapshot, records: records.map((record) => record.slice(0, -1)) },
    ]
    for (const stored of damaged)
      for (const read of [() => engine.open(stored), () => engine.compact(stored), () => engine.textOf(stored)])
        assert.throws(read, DamagedText)
  })

  test(`${name}: an anchor moves with the text on both sides, and stays with the neighbour that was chosen`, () => {
    const room = new SimulatedRoom(engine, 'one two')
    const [ann, bob] = [tried.page('ann', 11, null), tried.page('bob', 12, null)]
    const connections = [room.connect(ann), room.connect(bob)]
    rest(room, connections)
    const [left, right] = [ann.anchorAt(4, 'left'), ann.anchorAt(4, 'right')]
    bob.edit([{ at: 0, remove: 1, insert: 'zer' }])
    ann.edit([{ at: 4, remove: 0, insert: '...' }])
    // Where she stands is told before what she has typed is stored.
    const typing = [ann.anchorAt(7, 'left'), ann.anchorAt(5, 'left'), ann.anchorAt(5, 'right'), ann.anchorAt(4, 'right')]
    assert.deepEqual(
      typing.map((each) => ann.offsetOf(each)),
      [7, 5, 5, 4],
    )
    for (const each of typing) assert.ok((bob.offsetOf(each) ?? 0) >= 0)
    rest(room, connections)
    for (const page of [ann, bob]) {
      assert.equal(page.text, 'zerne ...two')
      assert.equal(page.offsetOf(JSON.parse(JSON.stringify(left))), 6)
      assert.equal(page.offsetOf(JSON.parse(JSON.stringify(right))), 9)
    }
    for (const page of [ann, bob])
      assert.deepEqual(
        typing.map((each) => page.offsetOf(each)),
        [9, 7, 7, 6],
      )
    bob.edit([{ at: 1, remove: 0, insert: '-' }])
    rest(room, connections)
    for (const page of [ann, bob])
      assert.deepEqual(
        typing.map((each) => page.offsetOf(each)),
        [10, 8, 8, 7],
      )
    bob.edit([{ at: 4, remove: 6, insert: '' }])
    rest(room, connections)
    assert.deepEqual([ann.offsetOf(left), ann.offsetOf(right)], [4, 4])
    for (const none of [
      null,
      undefined,
      7,
      'x',
      [],
      {},
      [1, 2],
      [1e9, 0, 0],
      [0, -1, 0],
      { item: { client: 5, clock: 5 } },
      { type: { client: 1, clock: 0 } },
      { tname: 'elsewhere' },
    ])
      assert.equal(ann.offsetOf(none), null)
  })

  test(`${name}: a paste of any size goes in messages of limited size and is one step for undo`, () => {
    const room = new SimulatedRoom(engine, 'before after')
    const page = tried.page('page', 11, null)
    const connection = room.connect(page)
    rest(room, [connection])
    const paste = '0123456789\u{1d518}'.repeat(1000)
    page.edit([{ at: 7, remove: 0, insert: paste }])
    let largest = 0
    const arrive = (): void => {
      while (!page.isSaved) {
        for (const { body } of connection.toServer) largest = Math.max(largest, body.length)
        rest(room, [connection], 1)
      }
    }
    arrive()
    assert.equal(engine.textOf(room.stored), `before ${paste}after`)
    assert.equal(page.undo(), true)
    assert.equal(page.text, 'before after')
    arrive()
    assert.equal(page.redo(), true)
    assert.equal(page.text, `before ${paste}after`)
    arrive()
    assert.equal(engine.textOf(room.stored), page.text)
    assert.ok(largest > 0 && largest < 500, `${largest} bytes`)
  })

  test(`${name}: text is saved when the server has stored it, not when it was sent`, () => {
    const room = new SimulatedRoom(engine, '')
    const page = tried.page('page', 11, null)
    assert.deepEqual([page.isSynced, page.isSaved], [false, true])
    const connection = room.connect(page)
    rest(room, [connection])
    assert.deepEqual([page.isSynced, page.isSaved], [true, true])
    const states: boolean[] = []
    page.onState(() => states.push(page.isSaved))
    page.edit([{ at: 0, remove: 0, insert: 'a' }])
    room.read(connection)
    assert.equal(page.isSaved, false)
    // The connection is lost when the server has it and has not stored it; the repetition is not mistaken for something stored.
    room.cut(connection)
    const again = room.connect(page)
    while (again.toServer.length + again.toPage.length > 0) {
      room.read(again)
      room.deliver(again)
    }
    assert.equal(page.isSaved, false)
    rest(room, [again])
    assert.equal(page.isSaved, true)
    assert.deepEqual(states, [false, true])
    assert.equal(engine.textOf(room.stored), 'a')
  })

  test(`${name}: what was deleted without a connection is deleted for all when it is back`, () => {
    const room = new SimulatedRoom(engine, 'one two')
    const page = tried.page('page', 11, null)
    const connection = room.connect(page)
    rest(room, [connection])
    room.cut(connection)
    page.edit([{ at: 3, remove: 4, insert: '' }])
    assert.equal(page.isSaved, false)
    rest(room, [room.connect(page)])
    assert.equal(page.isSaved, true)
    assert.equal(engine.textOf(room.stored), 'one')
  })

  test(`${name}: a file that is saved as a whole changes what differs, while others type`, () => {
    const room = new SimulatedRoom(engine, 'first\nsecond 😀\nthird\n')
    const page = tried.page('page', 11, null)
    const connection = room.connect(page)
    rest(room, [connection])
    const heard: unknown[] = []
    page.onChange((changes) => heard.push(...changes))
    page.edit([{ at: 5, remove: 0, insert: ' line' }])
    room.rewrite(() => 'first\nsecond 😁\nthird\nfourth\n')
    rest(room, [connection])
    assert.equal(page.text, 'first line\nsecond 😁\nthird\nfourth\n')
    assert.deepEqual(heard, [
      { at: 18, remove: 2, insert: '😁' },
      { at: 27, remove: 0, insert: 'fourth\n' },
    ])
    assert.equal(engine.rewrite(room.stored, page.text, 'nobody'), null)
    const body = engine.rewrite(room.stored, 'x', 'put') ?? assert.fail('there is a difference')
    const live = engine.open(room.stored)
    const change = live.take(body, 'put') ?? assert.fail('it is new')
    assert.equal(live.take(body, 'put'), null, 'the same rewriting twice is a repetition')
    assert.equal(engine.textOf({ ...room.stored, records: [...room.stored.records, change.bytes] }), 'x')
  })

  test(`${name}: a file that was written long ago keeps all that was typed since, however much`, () => {
    const room = new SimulatedRoom(engine, 'first\nsecond\n')
    const page = tried.page('page', 11, null)
    const connection = room.connect(page)
    rest(room, [connection])
    const before = room.stored.records.length
    for (let line = 0; line < 300; line += 1) {
      page.edit([{ at: 5, remove: 0, insert: '!' }])
      rest(room, [connection])
    }
    const body = engine.rewrite(room.stored, 'first\nSECOND\n', 'put', before) ?? assert.fail('there is a difference')
    const change = engine.open(room.stored).take(body, 'put') ?? assert.fail('it is new')
    const text = engine.textOf({ ...room.stored, records: [...room.stored.records, change.bytes] })
    assert.equal(text, `first${'!'.repeat(300)}\nSECOND\n`)
  })
}

/** A room in which a few pages have said all sorts of things, and what they sent. */
function conversation({ engine, page }: Tried): { readonly room: SimulatedRoom; readonly messages: readonly Uint8Array[] } {
  const room = new SimulatedRoom(engine, 'a text to begin with\n')
  const pages = [1, 2, 3].map((number) => page(`page ${number}`, number + 1, null))
  const connections = pages.map((each) => room.connect(each))
  const messages: Uint8Array[] = []
  const chance = new Chance(7)
  for (let round = 0; round < 12; round += 1) {
    for (const each of pages) {
      const at = chance.below(each.length + 1)
      each.edit([
        {
          at,
          remove: Math.min(chance.below(3), each.length - at),
          insert: round === 0 ? 'first' : chance.pick(['a', 'bc', '😀', '', 'e\u0301']),
        },
      ])
    }
    for (const { toServer } of connections) messages.push(...toServer.map(({ body }) => body.slice()))
    rest(room, connections)
  }
  messages.push(...room.stored.records, ...engine.missing(room.stored, messageOfJoin({ engine, page })))
  return { room, messages: messages.filter(({ length }) => length > 0) }
}

function messageOfJoin({ page }: Pick<Tried, 'page'> & Partial<Tried>): Uint8Array {
  let request = new Uint8Array()
  const replica = page('newcomer', 77, null)
  replica.connect((_, body) => {
    request = body.slice()
  })
  replica.destroy()
  return request
}

/** Everything arrives and is stored. */
function rest(room: SimulatedRoom, connections: readonly Connection[], rounds = 10_000): void {
  for (let round = 0; round < rounds; round += 1) {
    for (const connection of connections) {
      room.read(connection)
      room.deliver(connection)
    }
    const isBusy = !room.isIdle || connections.some(({ toServer, toPage }) => toServer.length + toPage.length > 0)
    room.commit()
    if (!isBusy && connections.every(({ toPage }) => toPage.length === 0)) return
  }
}

function orRefused<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof BadMessage || error instanceof TooFarBehind) return null
    throw error
  }
}
