import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Api } from '../connection/api.ts'
import { beginningOfText, firstBytes } from './first-bytes.ts'
import { hexRows } from './hex-rows.ts'
import { typeOf, viewedKindOf } from './kinds.ts'

test('bytes are shown in rows of sixteen with what of them can be read', () => {
  const rows = hexRows(new TextEncoder().encode('GIF89a\u0000\u0001<b>x</b>!!')).split('\n')
  assert.deepEqual(rows, [
    '00000000  47 49 46 38 39 61 00 01  3c 62 3e 78 3c 2f 62 3e  GIF89a··<b>x</b>',
    '00000010  21 21                                             !!',
  ])
})

test('of a large file only the beginning is fetched', async () => {
  let sent = 0
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1000
      controller.enqueue(new Uint8Array(1000).fill(65))
    },
    cancel() {
      isCancelled = true
    },
  })
  const api = { ask: async () => new Response(body), json: async () => Promise.reject(new Error('not asked for')) } as Api
  const bytes = await firstBytes(api, '/x', 2500, new AbortController().signal)
  assert.equal(bytes.length, 2500)
  assert.ok(sent <= 5000, `${sent} bytes were fetched`)
  assert.ok(isCancelled)
})

test('a text that is cut in the middle of a character is text all the same, bytes that are none are not', () => {
  const euro = new TextEncoder().encode('10 €')
  assert.equal(beginningOfText(euro.subarray(0, 5), false), '10 ')
  assert.equal(beginningOfText(euro.subarray(0, 5), true), null)
  assert.equal(beginningOfText(new Uint8Array([97, 0]), true), null)
  assert.equal(beginningOfText(new Uint8Array([97, 255, 98]), false), null)
})

test('no name makes a browser take a file for a document or a script', () => {
  for (const path of ['a.svg', 'a.html', 'a.xhtml', 'a.js', 'a.pdf', 'a.png.html', 'constructor', 'a.__proto__', 'a.toString'])
    assert.deepEqual([viewedKindOf(path), typeOf(path)], [null, 'application/octet-stream'])
  assert.deepEqual([viewedKindOf('A.PNG'), typeOf('A.PNG')], ['image', 'image/png'])
  assert.equal(viewedKindOf('song.mp3'), 'recording')
})
