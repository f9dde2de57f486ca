/** What the scanner lets pass, held against Yjs itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { BadMessage, type Stored, TooFarBehind } from '../engine.ts'
import { Deletions } from './deletions.ts'
import { crdtEngine } from './engine.ts'
import { sharedTextName } from './shared-text.ts'
import { splitUpdate } from './split-update.ts'
import { mergeUpdates } from './update-merge.ts'
import { scanUpdate } from './update-scan.ts'

const empty = { snapshot: crdtEngine.snapshotOf(''), records: [] }
const textOf = (...records: readonly Uint8Array[]): string => crdtEngine.textOf({ ...empty, records })

/** A Y.Doc as any page has it, and what it sends. */
function typist(clientId: number): { readonly doc: Y.Doc; readonly text: Y.Text; readonly sent: Uint8Array[] } {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const sent: Uint8Array[] = []
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'others') sent.push(update)
  })
  return { doc, text: doc.getText(sharedTextName), sent }
}

const at = (list: readonly Uint8Array[], index: number): Uint8Array => list.at(index) ?? assert.fail('nothing was sent')

test('a change that continues what never arrived is not taken, and nothing that comes later is hidden by it', () => {
  const [ann, bob] = [typist(10), typist(20)]
  for (const [index, key] of [...'abcd'].entries()) ann.text.insert(index, key)
  Y.applyUpdate(bob.doc, Y.encodeStateAsUpdate(ann.doc), 'others')
  bob.text.insert(4, 'e')
  bob.text.delete(3, 1)
  const live = crdtEngine.open(empty)
  const records = [live.take(at(ann.sent, 0), 'ann')?.bytes ?? assert.fail()]
  assert.throws(() => live.take(at(ann.sent, 2), 'ann'), TooFarBehind)
  assert.throws(() => live.take(at(bob.sent, 0), 'bob'), TooFarBehind, 'it stands beside text that is not here')
  assert.throws(() => live.take(at(bob.sent, 1), 'bob'), TooFarBehind, 'it deletes text that is not here')
  // Asked for what is lacking, as when it joins, a page sends it in one go.
  const answer = Y.encodeStateAsUpdate(ann.doc, live.ask() ?? undefined)
  records.push(live.take(answer, 'ann')?.bytes ?? assert.fail())
  for (const update of bob.sent) records.push(live.take(update, 'bob')?.bytes ?? assert.fail())
  assert.equal(textOf(...records), 'abce')
})

test('of a message that is known in part only the rest is stored', () => {
  const ann = typist(10)
  ann.text.insert(0, 'one two')
  ann.text.delete(0, 1)
  const live = crdtEngine.open(empty)
  const first = live.take(Y.encodeStateAsUpdate(ann.doc), 'ann') ?? assert.fail()
  assert.equal(live.take(Y.encodeStateAsUpdate(ann.doc), 'ann'), null)
  ann.text.insert(6, ' three')
  ann.text.delete(0, 2)
  const second = live.take(Y.encodeStateAsUpdate(ann.doc), 'ann') ?? assert.fail()
  assert.deepEqual(
    scanUpdate(second.bytes).blocks.map(({ first, end }) => [first, end]),
    [[7, 13]],
  )
  assert.deepEqual(scanUpdate(second.bytes).deletions, [10, 0, 3])
  assert.equal(live.take(Y.encodeStateAsUpdate(ann.doc), 'ann'), null)
  assert.equal(textOf(live.merge([first, second])), ann.text.toString())
})

test('what is no text is refused: formats, objects, maps and nested types', () => {
  const makers: ((text: Y.Text, doc: Y.Doc) => void)[] = [
    (text) => text.insert(0, 'bold', { bold: true }),
    (text) => text.insertEmbed(0, { image: 'x' }),
    (text) => text.setAttribute('a', 'b'),
    (_, doc) => doc.getMap('map').set('key', 'value'),
    (_, doc) => doc.getArray('list').push([1]),
    (_, doc) => doc.getMap('docs').set('inner', new Y.Doc()),
    (text) => text.insertEmbed(0, new Y.Text('inner')),
  ]
  for (const make of makers) {
    const page = typist(10)
    page.doc.transact(() => make(page.text, page.doc))
    assert.throws(() => crdtEngine.open(empty).take(at(page.sent, 0), 'page'), BadMessage)
  }
})

test('text that is written to another place of the document is stored, and no part of the file', () => {
  const page = typist(10)
  page.doc.getText('notes').insert(0, 'mine')
  page.text.insert(0, 'ours')
  const live = crdtEngine.open(empty)
  const records = page.sent.map((update) => live.take(update, 'page')?.bytes ?? assert.fail())
  assert.equal(textOf(...records), 'ours')
})

test('one connection brings a limited number of authors, and others go on', () => {
  const live = crdtEngine.open(empty)
  const bring = (author: number, member: string): void => {
    const page = typist(author)
    page.text.insert(0, 'x')
    live.take(at(page.sent, 0), member)
  }
  for (let author = 100; author < 356; author += 1) bring(author, 'flood')
  assert.throws(() => bring(400, 'flood'), BadMessage)
  bring(400, 'somebody else')
})

test('authors who stand beside each other in a circle are refused: Yjs would wait for ever', () => {
  // Client 2 writes right of client 1's first unit, which stands right of client 2's.
  const block = (client: number, neighbour: number): number[] => [1, client, 0, 4 | 128, neighbour, 0, 1, 97]
  assert.throws(() => crdtEngine.open(empty).take(Uint8Array.from([2, ...block(2, 1), ...block(1, 2), 0]), 'x'), /in a circle/)
  const straight = Uint8Array.from([2, ...block(2, 1), ...[1, 1, 0, 4, 1, 1, 99, 1, 98], 0])
  assert.notEqual(crdtEngine.open(empty).take(straight, 'x'), null)
})

test('who joins gets the text before the answer, and never an empty one first', () => {
  const page = typist(10)
  const live = crdtEngine.open(empty)
  page.text.insert(0, 'a text')
  const early = Y.encodeStateVector(page.doc)
  page.text.insert(6, ', longer')
  page.text.delete(0, 2)
  const records = page.sent.map((update) => live.take(update, 'page')?.bytes ?? assert.fail())
  const stored = { ...empty, records }
  const newcomer = Uint8Array.of(0)
  for (const request of [newcomer, early, Y.encodeStateVector(page.doc)])
    for (const bodies of [live.join(stored, request), crdtEngine.missing(stored, request)]) {
      const doc = new Y.Doc()
      if (request !== newcomer) Y.applyUpdate(doc, at(page.sent, 0))
      if (request !== newcomer && request !== early) Y.applyUpdate(doc, at(page.sent, 1))
      assert.ok(bodies !== null && bodies.length > 0)
      for (const body of bodies.slice(0, -1)) Y.applyUpdate(doc, body)
      assert.equal(
        scanUpdate(bodies.at(-1) ?? assert.fail()).blocks.length,
        request === early ? 1 - Math.min(1, bodies.length - 1) : 0,
      )
      for (const body of bodies.slice(-1)) Y.applyUpdate(doc, body)
      assert.equal(doc.getText(sharedTextName).toString(), 'text, longer')
    }
})

test('a join of somebody who knows a part is left to a worker when much is stored', () => {
  const stored = { snapshot: crdtEngine.snapshotOf('x'.repeat(200_000)), records: [] }
  const live = crdtEngine.open(stored)
  assert.equal(live.join(stored, Uint8Array.of(1, 1, 5)), null)
  assert.equal(live.join(stored, Uint8Array.of(0))?.length, 2)
  const doc = new Y.Doc()
  for (const body of crdtEngine.missing(stored, Uint8Array.of(1, 1, 5))) Y.applyUpdate(doc, body)
  assert.equal(doc.store.pendingStructs?.missing.size, 1, 'only what is lacking is sent')
})

test('deleted ranges are known exactly, in whatever order and size they come', () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.nat({ max: 60 }), fc.integer({ min: 1, max: 9 }))
  fc.assert(
    fc.property(fc.array(fc.array(range, { maxLength: 14 }), { maxLength: 8 }), (batches) => {
      const deletions = new Deletions()
      const units = new Set<string>()
      for (const batch of batches) {
        deletions.add(batch.flatMap(([client, first, length]) => [client, first, first + length]))
        for (const [client, first, length] of batch)
          for (let clock = first; clock < first + length; clock += 1) units.add(`${client} ${clock}`)
      }
      for (const client of [1, 2])
        for (let first = 0; first < 70; first += 1)
          for (const length of [1, 3]) {
            const all = Array.from({ length }, (_, index) => units.has(`${client} ${first + index}`)).every(Boolean)
            assert.equal(deletions.has(client, first, first + length), all)
          }
      for (const [, ranges] of deletions.entries())
        for (let index = 1; index < ranges.length; index += 1) assert.ok((ranges[index] ?? 0) > (ranges[index - 1] ?? 0))
    }),
    { numRuns: 60 },
  )
})

/** Three pages that type at random and hear of each other late. */
function session(random: readonly number[]): {
  readonly updates: readonly Uint8Array[]
  readonly text: string
  readonly doc: Y.Doc
} {
  const pages = [typist(7), typist(300), typist(70_000)]
  const updates: Uint8Array[] = []
  let heard = 0
  const hear = (): void => {
    for (const other of pages) for (const update of updates.slice(heard)) Y.applyUpdate(other.doc, update, 'others')
    heard = updates.length
  }
  for (const [index, number] of random.entries()) {
    const page = pages[number % 3] ?? assert.fail()
    const place = number % (page.text.length + 1)
    if (number % 5 === 0 && place < page.text.length) page.text.delete(place, Math.min(page.text.length - place, 2))
    else page.text.insert(place, ['a', 'bcd', 'é😀', '\n'][number % 4] ?? '')
    updates.push(...page.sent.splice(0))
    if (index % 4 === 3) hear()
  }
  hear()
  const { doc, text } = pages[0] ?? assert.fail()
  return { updates, text: text.toString(), doc }
}

const numbers = fc.array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 60 })

test('merged by copying bytes, updates give the text that Yjs makes of them', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 20 }), (random, size) => {
      const { updates, text } = session(random)
      const live = crdtEngine.open(empty)
      const changes = updates.flatMap((update) => live.take(update, 'page') ?? [])
      const records: Uint8Array[] = []
      for (let from = 0; from < changes.length; from += size) records.push(live.merge(changes.slice(from, from + size)))
      assert.equal(textOf(...records), text)
      assert.equal(textOf(Y.mergeUpdates(records)), text)
      assert.equal(textOf(mergeUpdates(records)), text)
    }),
    { numRuns: 25 },
  )
})

test('a large update goes in small ones, of which the server takes each', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 70, max: 400 }), (random, mostBytes) => {
      const { doc, text } = session(random)
      doc.getText(sharedTextName).insert(text.length, '0123456789é😀'.repeat(50))
      const pieces = splitUpdate(Y.encodeStateAsUpdate(doc), new Map(), mostBytes)
      const live = crdtEngine.open(empty)
      const records = pieces.map((piece) => live.take(piece, 'page')?.bytes ?? assert.fail())
      assert.ok(pieces.length > 1)
      for (const piece of pieces.slice(0, -1)) assert.ok(piece.length < mostBytes + 100)
      assert.equal(textOf(...records), doc.getText(sharedTextName).toString())
      assert.equal(live.take(Y.encodeStateAsUpdate(doc), 'page'), null)
    }),
    { numRuns: 20 },
  )
})

test('the tail that is merged for one who joins is continued for the next, and begun anew after a snapshot', () => {
  const page = typist(10)
  const live = crdtEngine.open(empty)
  let stored: Stored = empty
  for (let key = 0; key < 90; key += 1) {
    page.text.insert(page.text.length, String(key % 10))
    if (key % 3 === 0) page.text.delete(0, 1)
    for (const update of page.sent.splice(0)) {
      const change = live.take(update, 'page') ?? assert.fail()
      stored = { ...stored, records: [...stored.records, live.merge([change])] }
    }
    if (key % 7 === 0 || key > 80) {
      const newcomer = new Y.Doc()
      for (const body of live.join(stored, Uint8Array.of(0)) ?? assert.fail()) Y.applyUpdate(newcomer, body)
      assert.equal(newcomer.getText(sharedTextName).toString(), page.text.toString())
    }
    if (key === 50) stored = { snapshot: crdtEngine.compact(stored).snapshot, records: [] }
  }
})
