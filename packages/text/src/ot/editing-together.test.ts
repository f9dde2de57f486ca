/** Sequencer and pages together: any order of messages, lost connections, restarts of the server from what it has stored. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { apply, OperationBuilder } from './operation.ts'
import { PendingEdits } from './pending-edits.ts'
import { type Pushed, type Sequenced, Sequencer } from './sequencer.ts'

class Page {
  readonly pending: PendingEdits
  text: string
  isConnected = true
  readonly toServer: Pushed[] = []
  readonly fromServer: Sequenced[] = []

  constructor(name: string, server: Sequencer) {
    this.pending = new PendingEdits(name, server.version)
    this.text = server.text
  }

  type(share: number, removed: number, inserted: string): void {
    const at = Math.floor(share * this.text.length)
    const operation = new OperationBuilder()
      .retain(at)
      .insert(inserted)
      .remove(Math.min(removed, this.text.length - at))
      .build()
    this.text = apply(this.text, operation)
    this.send(this.pending.edit(operation))
  }

  send(pushed: Pushed | null): void {
    if (pushed !== null && this.isConnected) this.toServer.push(pushed)
  }

  takeOne(): void {
    const sequenced = this.fromServer.shift()
    if (sequenced === undefined) return
    const { change, send } = this.pending.receive(sequenced)
    if (change !== null) this.text = apply(this.text, change)
    this.send(send)
  }

  cut(): void {
    this.isConnected = false
    this.toServer.length = 0
    this.fromServer.length = 0
  }

  reconnect(server: Sequencer): void {
    this.cut()
    this.isConnected = true
    this.fromServer.push(...(server.since(this.pending.version) ?? assert.fail('forgotten')))
    while (this.fromServer.length > 0) this.takeOne()
    // What was sent meanwhile is what is sent again now.
    this.toServer.length = 0
    this.send(this.pending.resend())
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('type' as const),
      who: fc.nat({ max: 3 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat({ max: 3 }),
      inserted: fc.string({ maxLength: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('serve' as const), who: fc.nat({ max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('take' as const), who: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut' as const, 'reconnect' as const), who: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), who: fc.constant(0) }) },
)

test('whatever comes in whatever order, all end with the same text, and every edit is in it exactly once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const stored: Sequenced[] = []
      let server = new Sequencer({ text: 'once upon a time', version: 0 })
      const pages = ['a', 'b', 'c', 'd'].map((name) => new Page(name, server))
      const serveOne = (page: Page): void => {
        const pushed = page.toServer.shift()
        if (pushed === undefined) return
        const outcome = server.push(pushed)
        assert.notEqual(outcome.kind, 'too-old')
        if (outcome.kind !== 'accepted') return
        stored.push(outcome.sequenced)
        for (const each of pages) if (each.isConnected) each.fromServer.push(outcome.sequenced)
      }
      for (const each of steps) {
        const page = pages[each.who] ?? assert.fail()
        if (each.do === 'type') page.type(each.share, each.removed, each.inserted)
        else if (each.do === 'serve') serveOne(page)
        else if (each.do === 'take') page.takeOne()
        else if (each.do === 'cut') page.cut()
        else if (each.do === 'reconnect') page.reconnect(server)
        else {
          // What was on its way is lost; what was stored is all there is.
          for (const other of pages) other.cut()
          server = new Sequencer({ text: server.text, version: stored.length, tail: stored })
        }
      }
      for (const page of pages) if (!page.isConnected) page.reconnect(server)
      for (let busy = true; busy; ) {
        busy = false
        for (const page of pages) {
          if (page.toServer.length + page.fromServer.length > 0) busy = true
          serveOne(page)
          page.takeOne()
        }
      }
      for (const page of pages) {
        assert.equal(page.text, server.text)
        assert.equal(page.pending.isSaved, true)
      }
      assert.equal(
        stored.reduce((text, { operation }) => apply(text, operation), 'once upon a time'),
        server.text,
      )
      const keys = stored.map(({ author, sequence }) => `${author} ${sequence}`)
      assert.equal(new Set(keys).size, keys.length)
    }),
    { numRuns: 400 },
  )
})

test('who is too far behind is told so, who repeats is told what became of it, and who is ahead is refused', () => {
  const server = new Sequencer({ text: '', version: 0 }, { window: 5 })
  for (let sequence = 1; sequence <= 20; sequence += 1)
    server.push({ author: 'a', sequence, base: sequence - 1, operation: ['x'] })
  assert.deepEqual(server.push({ author: 'b', sequence: 1, base: 2, operation: ['y'] }).kind, 'too-old')
  assert.deepEqual(server.push({ author: 'a', sequence: 20, base: 19, operation: ['x'] }), { kind: 'known', version: 20 })
  assert.throws(() => server.push({ author: 'b', sequence: 1, base: 21, operation: ['y'] }), /no version 21/)
  assert.throws(() => server.push({ author: 'b', sequence: 1, base: 20, operation: [21, 'y'] }))
  assert.equal(server.version, 20)
})

test('a change that takes long to be brought up to date is taken once in a while', () => {
  const server = new Sequencer({ text: 'x'.repeat(10_000), version: 0 })
  for (let sequence = 1; sequence <= 2000; sequence += 1)
    server.push({ author: 'a', sequence, base: sequence - 1, operation: [sequence, 'y'] })
  const wide = Array.from({ length: 300 }, () => [7, 'z']).flat()
  const push = (author: string): string => server.push({ author, sequence: 1, base: 0, operation: wide }).kind
  assert.deepEqual([push('b'), push('c')], ['accepted', 'too-old'])
  for (let sequence = 2001; sequence <= 2200; sequence += 1)
    server.push({ author: 'a', sequence, base: sequence, operation: ['y'] })
  assert.equal(push('c'), 'accepted')
})
