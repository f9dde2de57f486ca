import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const megabyte = 1024 * 1024
const program = join(import.meta.dirname, 'fixtures', 'objects-that-live-on.ts')

/** In a process of its own: V8's flags are everybody's. */
const youngBytesWith = async (requestsAtOnce: number): Promise<number> =>
  Number((await promisify(execFile)(process.execPath, [program, String(requestsAtOnce)])).stdout)

test('memory for young objects grows for many requests at once, and not for what lives on', async () => {
  // Once more it may double before it is looked at.
  assert.ok((await youngBytesWith(0)) <= 32 * megabyte)
  assert.ok((await youngBytesWith(16)) > 32 * megabyte)
})
