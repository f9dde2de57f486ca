import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Api } from '../connection/api.ts'
import { entriesOf } from '../files/tree.ts'
import { editableBytes, loadFile } from './loading.ts'

const answering = (bytes: Uint8Array<ArrayBuffer>): Api => ({
  ask: async () => new Response(bytes, { headers: { etag: '"7"' } }),
  json: async () => {
    throw new Error('not asked for')
  },
})
const nobody: Api = {
  ask: async () => {
    throw new Error('not to be fetched')
  },
  json: async () => {
    throw new Error('not to be fetched')
  },
}
const known = (path: string, sizeBytes: number) => entriesOf([{ path, kind: 'file', sizeBytes, version: 3 }]).get(path)
const utf8 = (text: string) => new TextEncoder().encode(text)

test('text is read as UTF-8 with LF endings and the version of its ETag', async () => {
  assert.deepEqual(await loadFile(answering(utf8('é\r\nb\rc')), 'p', 'a.txt', undefined), {
    kind: 'text',
    version: 7,
    text: 'é\nb\nc',
  })
})

test('bytes that are no text are told apart, whatever their name', async () => {
  for (const bytes of [new Uint8Array([255, 254]), new Uint8Array([97, 0, 98])])
    assert.deepEqual(await loadFile(answering(bytes), 'p', 'a.txt', undefined), {
      kind: 'binary',
      version: 7,
      sizeBytes: bytes.length,
    })
})

test('a picture is shown as one, and a large file is not fetched', async () => {
  assert.deepEqual(await loadFile(nobody, 'p', 'dot.png', known('dot.png', 140)), { kind: 'image', version: 3, sizeBytes: 140 })
  const large = editableBytes + 1
  assert.deepEqual(await loadFile(nobody, 'p', 'log.txt', known('log.txt', large)), {
    kind: 'too-large',
    version: 3,
    sizeBytes: large,
  })
})
