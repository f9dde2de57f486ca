import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import type { OutputEvent } from '@atelier/protocol/executions'
import { Output, ReaderGone } from './output.ts'

const event = (stream: 'stdout' | 'stderr', bytes: Buffer): OutputEvent => ({
  ...{ type: 'output', seq: 1, stage: 'run', stream, data: bytes.toString('base64'), encoding: 'base64' },
})

test('bytes go to the stream that the program wrote them to, exactly as they are', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const output = new Output(stdout, stderr)
  const bytes = Buffer.from([0, 0xff, 0xc3, 0x28, 10])
  await output.write(event('stdout', bytes))
  await output.write(event('stderr', Buffer.from('oh')))
  await output.write({ ...event('stdout', bytes), data: 'né', encoding: 'utf8' })
  await output.finish()
  assert.deepEqual(stdout.read(), Buffer.concat([bytes, Buffer.from('né')]))
  assert.equal(stderr.read().toString(), 'oh')
})

test('writing waits for a reader who is slow', async () => {
  let release = (): void => {}
  const stdout = new Writable({ write: (_bytes, _encoding, done) => (release = done) })
  const output = new Output(stdout, new PassThrough())
  let written = false
  const writing = output.write(event('stdout', Buffer.from('x'))).then(() => (written = true))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(written, false)
  release()
  await writing
})

test('a reader who is gone is told apart from a disk that is full', async () => {
  for (const [code, isGone] of [
    ['EPIPE', true],
    ['ENOSPC', false],
  ] as const) {
    const stdout = new Writable({ write: (_bytes, _encoding, done) => done(Object.assign(new Error(code), { code })) })
    const output = new Output(stdout, new PassThrough())
    const attempt = async () => {
      await output.write(event('stdout', Buffer.from('x')))
      await new Promise((resolve) => setImmediate(resolve))
      await output.write(event('stdout', Buffer.from('y')))
    }
    await assert.rejects(attempt(), (error) => error instanceof ReaderGone === isGone)
  }
})

test('when nobody reads stderr the program goes on', async () => {
  const stderr = new Writable({ write: (_bytes, _encoding, done) => done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })) })
  const output = new Output(new PassThrough(), stderr)
  for (let i = 0; i < 3; i++) {
    await output.write(event('stderr', Buffer.from('x')))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await output.finish()
})

test('how much is missing is counted from what was received', async () => {
  const output = new Output(new PassThrough(), new PassThrough())
  await output.write(event('stdout', Buffer.alloc(100)))
  assert.equal(output.skip(250), 150)
  await output.write(event('stderr', Buffer.alloc(50)))
  assert.equal(output.skip(300), 0)
  assert.equal(output.skip(310), 10)
})
