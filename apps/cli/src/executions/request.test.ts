import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExecutionRequest } from '@atelier/protocol/executions'
import fc from 'fast-check'
import { Failure } from '../failure.ts'
import { inlineFileOf, requestOf } from './request.ts'

const sources = { files: [{ path: 'a.py', content: Buffer.from('print(1)') }], entryPoint: 'a.py' }
const isUsage = (error: unknown): boolean => error instanceof Failure && error.exitCode === 2

test('what the options say becomes a request that the protocol accepts', () => {
  const request = requestOf(sources, ['--deep', ''], {
    language: 'python',
    timeout: '2.5',
    memory: '64',
    isolation: 'gvisor',
    env: ['A=1', 'B=x=y', 'C='],
  })
  assert.deepEqual(request, {
    files: [{ path: 'a.py', content: 'print(1)', encoding: 'utf8' }],
    entryPoint: 'a.py',
    language: 'python',
    args: ['--deep', ''],
    environment: { A: '1', B: 'x=y', C: '' },
    limits: { wallMs: 2500, cpuMs: 10_000, memoryBytes: 64 * 1024 * 1024 },
    isolation: 'gvisor',
    interactive: true,
    waitsForReaders: true,
  })
  assert.equal(ExecutionRequest.safeParse(request).success, true)
  assert.equal(ExecutionRequest.safeParse(requestOf({ ...sources, entryPoint: undefined }, [], {})).success, true)
})

test('a timeout beyond the usual computing time raises that too', () => {
  assert.deepEqual(requestOf(sources, [], { timeout: '60' }).limits, { wallMs: 60_000, cpuMs: 60_000 })
})

test('nonsense in options is refused as wrong use', () => {
  for (const text of ['0', '-1', 'NaN', 'abc', '', '1e9', '0.0', '10000000000', 'Infinity', ' 5'])
    for (const options of [{ timeout: text }, { memory: text }])
      assert.throws(() => requestOf(sources, [], options), isUsage, text)
  for (const pair of ['A', '=x', '1A=x', 'A-B=x', '']) assert.throws(() => requestOf(sources, [], { env: [pair] }), isUsage, pair)
  assert.throws(() => requestOf(sources, Array<string>(101).fill('x'), {}), isUsage)
})

test('the bytes of a file arrive as they are, in at most a good third more characters of JSON', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 2000 }),
        fc.string({ unit: 'binary', maxLength: 500 }).map((text) => Buffer.from(text)),
      ),
      (content) => {
        const file = inlineFileOf({ path: 'x', content })
        assert.deepEqual(Buffer.from(file.content, file.encoding), Buffer.from(content))
        assert.ok(Buffer.byteLength(JSON.stringify(file.content)) <= content.length * 1.34 + 20)
      },
    ),
  )
})

test('an isolation that nobody has is a usage error that names those that there are', () => {
  for (const isolation of ['docker', '', 'Container', 'toString'])
    assert.throws(() => requestOf(sources, [], { isolation }), isUsage, isolation)
})
