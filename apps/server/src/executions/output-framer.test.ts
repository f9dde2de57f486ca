import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { cutCharacterLength, OutputFramer } from './output-framer.ts'

type Stream = 'stdout' | 'stderr'
type Framed = { stream: Stream; data: string; encoding: 'utf8' | 'base64' }

/** A framer whose window ends only when the test says so. */
function framing(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  return freshFramer()
}
function freshFramer() {
  const emitted: Framed[] = []
  const asked: string[] = []
  const framer = new OutputFramer({
    emit: (framed) => emitted.push(framed),
    rest: () => asked.push('rest'),
    goOn: () => asked.push('go on'),
  })
  return { framer, emitted, asked }
}

const bytesOf = (emitted: readonly Framed[], stream: Stream): Buffer =>
  Buffer.concat(emitted.filter((each) => each.stream === stream).map((each) => Buffer.from(each.data, each.encoding)))

test('the first bytes go out at once, later ones together when the window ends', (t) => {
  const { framer, emitted } = framing(t)
  framer.push('stdout', Buffer.from('prompt> '))
  assert.deepEqual(emitted, [{ stream: 'stdout', data: 'prompt> ', encoding: 'utf8' }])
  for (const text of ['a', 'b', 'c']) framer.push('stdout', Buffer.from(text))
  assert.equal(emitted.length, 1)
  t.mock.timers.tick(16)
  assert.deepEqual(emitted[1], { stream: 'stdout', data: 'abc', encoding: 'utf8' })
  framer.end()
})

test('after a quiet window the next bytes go out at once again', (t) => {
  const { framer, emitted } = framing(t)
  framer.push('stdout', Buffer.from('one'))
  t.mock.timers.tick(16)
  framer.push('stdout', Buffer.from('two'))
  assert.equal(emitted.length, 2)
  framer.end()
})

test('much output does not wait for the window', (t) => {
  const { framer, emitted } = framing(t)
  framer.push('stdout', Buffer.from('x'))
  for (let i = 0; i < 8; i++) framer.push('stdout', Buffer.alloc(8 * 1024, 'y'))
  assert.deepEqual(
    emitted.map(({ data }) => data.length),
    [1, 32 * 1024, 32 * 1024],
  )
  framer.end()
})

test('a program that writes single bytes is asked to rest until the window ends', (t) => {
  const { framer, asked } = framing(t)
  for (let i = 0; i < 200; i++) framer.push('stdout', Buffer.from('.'))
  assert.deepEqual(asked, ['rest'])
  t.mock.timers.tick(16)
  assert.deepEqual(asked, ['rest', 'go on'])
  framer.end()
})

test('stdout and stderr keep the order in which they were written', (t) => {
  const { framer, emitted } = framing(t)
  framer.push('stdout', Buffer.from('0'))
  for (const [stream, text] of [
    ['stdout', 'a'],
    ['stderr', 'b'],
    ['stderr', 'c'],
    ['stdout', 'd'],
  ] as const)
    framer.push(stream, Buffer.from(text))
  framer.end()
  assert.deepEqual(
    emitted.map(({ stream, data }) => `${stream} ${data}`),
    ['stdout 0', 'stdout a', 'stderr bc', 'stdout d'],
  )
})

test('a character that was cut in two arrives whole, and each stream has its own cut', (t) => {
  const { framer, emitted } = framing(t)
  const euro = Buffer.from('€')
  framer.push('stdout', euro.subarray(0, 1))
  framer.push('stderr', Buffer.from('é').subarray(0, 1))
  framer.push('stdout', euro.subarray(1))
  framer.push('stderr', Buffer.from('é').subarray(1))
  framer.end()
  assert.deepEqual(emitted, [
    { stream: 'stdout', data: '€', encoding: 'utf8' },
    { stream: 'stderr', data: 'é', encoding: 'utf8' },
  ])
})

test('what is no UTF-8 arrives as base64, a broken end too', (t) => {
  const { framer, emitted } = framing(t)
  framer.push('stdout', Buffer.from([0xff, 0x00, 0xe2, 0x82]))
  framer.end()
  assert.deepEqual(bytesOf(emitted, 'stdout'), Buffer.from([0xff, 0x00, 0xe2, 0x82]))
  assert.ok(emitted.every(({ encoding }) => encoding === 'base64'))
})

const someBytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc
    .constantFrom([0xf0], [0xf0, 0x9f], [0xf0, 0x9f, 0x98], [0x80], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf5])
    .map((list) => Uint8Array.from(list)),
)

test('however the bytes are cut and whenever windows end, what was written is what arrives', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const piece = fc.record({ stream: fc.constantFrom<Stream>('stdout', 'stderr'), bytes: someBytes, windowEnds: fc.boolean() })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const { framer, emitted } = freshFramer()
      for (const { stream, bytes, windowEnds } of pieces) {
        framer.push(stream, bytes)
        if (windowEnds) t.mock.timers.tick(16)
      }
      framer.end()
      for (const stream of ['stdout', 'stderr'] as const) {
        const written = Buffer.concat(pieces.filter((each) => each.stream === stream).map((each) => each.bytes))
        assert.deepEqual(bytesOf(emitted, stream), written)
      }
      assert.ok(emitted.every(({ data }) => data !== ''))
    }),
  )
})

test('valid text is never sent as base64, wherever it is cut', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(200), { maxLength: 20 }),
      (text, cuts) => {
        const { framer, emitted } = freshFramer()
        const bytes = Buffer.from(text)
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
        for (let i = 1; i < places.length; i++) framer.push('stdout', bytes.subarray(places[i - 1], places[i]))
        framer.end()
        assert.equal(emitted.map(({ data }) => data).join(''), text)
      },
    ),
  )
})

test('the cut at the end of bytes is at most three long and begins a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 10 }), fc.nat(3), (text, less) => {
      const bytes = Buffer.from(text)
      const cut = bytes.subarray(0, Math.max(0, bytes.length - less))
      const whole = cut.subarray(0, cut.length - cutCharacterLength(cut))
      assert.ok(text.startsWith(whole.toString('utf8')))
    }),
  )
})
