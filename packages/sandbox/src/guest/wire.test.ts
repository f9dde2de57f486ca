/** A guest is taken for hostile: whatever it sends, the server's side answers with frames it understands or with one fault. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { GuestFiles } from './guest-files.ts'
import { readMessage } from './guest-report.ts'
import { GuestStream } from './guest-stream.ts'
import {
  channels,
  encodeCredit,
  encodeFrame,
  type Frame,
  FrameReader,
  GuestFault,
  kinds,
  pieceBytes,
  windowBytes,
} from './wire.ts'

const anyFrame = fc.record({
  kind: fc.constantFrom(...Object.values(kinds).filter((kind) => kind !== kinds.credit)),
  channel: fc.nat(0xffff),
  payload: fc.uint8Array({ maxLength: 300 }),
})

describe("a guest's frames", () => {
  it('are the same however the stream is cut', () => {
    const frames = fc.array(anyFrame.map((frame) => (isEmpty(frame.kind) ? { ...frame, payload: new Uint8Array() } : frame)))
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 50 })), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(({ kind, channel, payload }) => encodeFrame(kind, channel, payload)))
        const reader = new FrameReader()
        const read: Frame[] = []
        for (let at = 0; at < bytes.byteLength; ) {
          const size = cuts.next().value ?? 1
          for (const frame of reader.read(bytes.subarray(at, at + size)))
            read.push({ ...frame, payload: Buffer.from(frame.payload) })
          at += size
        }
        assert.deepEqual(
          read,
          sent.map(({ kind, channel, payload }) => ({ kind, channel, payload: Buffer.from(payload) })),
        )
      }),
    )
  })

  it('that make no sense are one fault, and nothing else ever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 })), (pieces) => {
        const reader = new FrameReader()
        try {
          for (const piece of pieces) for (const { payload } of reader.read(piece)) assert.ok(payload.byteLength <= pieceBytes)
        } catch (error) {
          assert.ok(error instanceof GuestFault, String(error))
        }
      }),
    )
  })

  it('never announce more than a frame may hold', () => {
    const head = Buffer.from([kinds.data, 0, 3, 0xff, 0xff, 0xff, 0xff])
    assert.throws(() => [...new FrameReader().read(head)], GuestFault)
    assert.throws(() => [...new FrameReader().read(Buffer.from([9, 0, 0, 0, 0, 0, 0]))], GuestFault)
  })
})

describe("a guest's stream", () => {
  const open = () => {
    const source = new PassThrough()
    const target = new PassThrough()
    const heard: string[] = []
    let kept = 0
    const stream = new GuestStream(source, target, {
      data: (channel, bytes) => {
        kept += bytes.byteLength
        heard.push(`data ${channel} ${bytes.byteLength}`)
      },
      end: (channel) => heard.push(`end ${channel}`),
      say: (message) => heard.push(`say ${JSON.stringify(readMessage(message))}`),
      opened: (channel) => heard.push(`opened ${channel}`),
      over: (fault) => heard.push(`over ${fault?.message ?? ''}`),
    })
    return { stream, source, target, heard, kept: () => kept }
  }
  const flush = () => new Promise((resolve) => setImmediate(resolve))

  it('may bring no more of a channel than was asked for, until somebody took it', async () => {
    const { source, stream, heard, kept } = open()
    const piece = encodeFrame(kinds.data, channels.stdout, Buffer.alloc(pieceBytes))
    for (let sent = 0; sent < windowBytes; sent += pieceBytes) source.write(piece)
    await flush()
    assert.equal(kept(), windowBytes)
    stream.consumed(channels.stdout, pieceBytes)
    source.write(piece)
    await flush()
    assert.equal(kept(), windowBytes + pieceBytes)
    source.write(piece)
    await flush()
    assert.match(heard.at(-1) ?? '', /^over the guest sent more than/)
    assert.equal(kept(), windowBytes + pieceBytes)
  })

  it('sends a program no more than it has room for, and goes on when it has', async () => {
    const { stream, source, target } = open()
    let received = 0
    const reader = new FrameReader()
    target.on('data', (bytes: Buffer) => {
      for (const { payload } of reader.read(bytes)) received += payload.byteLength
    })
    let isWritten = false
    const writing = stream.write(channels.stdin, Buffer.alloc(windowBytes + 10)).then(() => {
      isWritten = true
    })
    await flush()
    assert.deepEqual([received, isWritten], [windowBytes, false])
    source.write(encodeCredit(channels.stdin, 10))
    await writing
    await flush()
    assert.equal(received, windowBytes + 10)
  })

  it('is over at the first message that says nothing, and lets go of whoever waits', async () => {
    const { stream, source, heard } = open()
    const writing = stream.write(channels.stdin, Buffer.alloc(windowBytes * 2))
    source.write(encodeFrame(kinds.say, 0, Buffer.from('{"say":"ended","status":"well"}')))
    await writing
    assert.equal(heard.at(-1), 'over the guest said something that makes no sense')
    source.write(encodeFrame(kinds.data, channels.stdout, Buffer.from('late')))
    await flush()
    assert.equal(heard.length, 1)
  })

  it('survives whatever arrives', async () => {
    const say = fc.json().map((text) => encodeFrame(kinds.say, 0, Buffer.from(text)))
    const framed = anyFrame.map(({ kind, channel, payload }) => encodeFrame(kind, channel % 40, payload))
    const credit = fc.nat().map((bytes) => encodeCredit(channels.stdin, bytes))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(say, framed, credit, fc.uint8Array())), async (pieces) => {
        const { source, heard, kept } = open()
        for (const piece of pieces) if (!source.destroyed) source.write(piece)
        await flush()
        assert.ok(heard.filter((word) => word.startsWith('over')).length <= 1)
        assert.ok(kept() <= 64 * windowBytes)
      }),
      { numRuns: 50 },
    )
  })
})

describe("a guest's files", () => {
  const header = (facts: unknown) => {
    const text = Buffer.from(JSON.stringify(facts))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.byteLength)
    return Buffer.concat([length, text])
  }
  const files = () => new GuestFiles({ collect: ['a'], collectBytes: 10, artefacts: { files: 2, bytes: 20 } })

  it('are those that were asked for, however they arrive', () => {
    const whole = Buffer.concat([
      ...[header(['a', 3, true, false]), Buffer.from('abc'), header(['d/b', 0, false, true]), header(['c', 2, false, true])],
      ...[Buffer.from('cc'), header(['', 0, true, true])],
    ])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.byteLength }), (size) => {
        const read = files()
        for (let at = 0; at < whole.byteLength; at += size) read.push(whole.subarray(at, at + size))
        assert.deepEqual(
          [read.collected, read.artefacts].map((each) => each.map(({ path, content }) => [path, content.toString()])),
          [
            [['a', 'abc']],
            [
              ['d/b', ''],
              ['c', 'cc'],
            ],
          ],
        )
        assert.equal(read.areAll, true)
      }),
    )
  })

  it('that nobody asked for are a fault', () => {
    for (const facts of [
      ...[
        ['b', 1, true, false],
        ['a', 11, true, false],
        ['../x', 1, true, true],
        ['x', 21, true, true],
        ['x', -1, true, true],
      ],
      ...[['x', 1e300, true, true], ['/etc/x', 1, true, true], ['x\0', 1, true, true], 'x', [], null],
    ]) {
      assert.throws(() => files().push(header(facts)), GuestFault, JSON.stringify(facts))
    }
    assert.throws(() => files().push(Buffer.from([0xff, 0, 0, 0])), GuestFault)
    const three = files()
    for (const name of ['x', 'y']) three.push(header([name, 0, true, true]))
    assert.throws(() => three.push(header(['z', 0, true, true])), GuestFault)
  })

  it('survive whatever arrives', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array(), fc.jsonValue().map(header))), (pieces) => {
        try {
          const read = files()
          for (const piece of pieces) read.push(Buffer.from(piece))
        } catch (error) {
          assert.ok(error instanceof GuestFault, String(error))
        }
      }),
    )
  })
})

const isEmpty = (kind: number): boolean => ([kinds.end, kinds.open, kinds.close] as number[]).includes(kind)
