/** A page of ours beside programs that know nothing of its rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import type { TextChange } from '../replica.ts'
import { CrdtReplica } from './replica.ts'
import { sharedTextName } from './shared-text.ts'

function beside(text: string): { readonly page: CrdtReplica; readonly other: Y.Doc; readonly editor: () => string } {
  const page = new CrdtReplica()
  const other = new Y.Doc()
  let editor = ''
  page.onChange((changes: readonly TextChange[]) => {
    for (const { at, remove, insert } of [...changes].reverse()) editor = editor.slice(0, at) + insert + editor.slice(at + remove)
  })
  page.connect((_, body) => {
    if (page.isSynced) Y.applyUpdate(other, body)
  })
  page.receive(1, Uint8Array.of(0, 0))
  other.on('update', (update: Uint8Array) => page.receive(2, update))
  other.getText(sharedTextName).insert(0, text)
  page.receive(0, Y.encodeStateVector(other))
  return { page, other, editor: () => editor }
}

test('a program that cuts a character in two leaves the same text in the page and in the editor', () => {
  const cuts: ((text: Y.Text) => void)[] = [
    (text) => text.insert(2, 'x'),
    (text) => text.delete(2, 1),
    (text) => text.delete(1, 1),
    (text) => {
      text.insert(2, 'x')
      text.insert(5, 'y')
      text.delete(0, 2)
    },
  ]
  for (const cut of cuts) {
    const { page, other, editor } = beside('a😀b😁c')
    other.transact(() => cut(other.getText(sharedTextName)))
    assert.equal(page.text, other.getText(sharedTextName).toString())
    assert.equal(page.text, page.doc.getText(sharedTextName).toString())
    assert.equal(editor(), page.text)
    page.destroy()
  }
})

test('an edit that cuts a character in two is the same for all, and the editor is told', () => {
  const { page, other, editor } = beside('a😀b')
  assert.equal(editor(), 'a😀b')
  const told: TextChange[] = []
  page.onChange((changes) => told.push(...changes))
  page.edit([{ at: 2, remove: 0, insert: '\ud83d-' }])
  assert.equal(page.text, 'a\ufffd\ufffd-\ufffdb')
  assert.equal(other.getText(sharedTextName).toString(), page.text)
  assert.deepEqual(told, [{ at: 1, remove: 4, insert: '\ufffd\ufffd-\ufffd' }])
  page.destroy()
})

test('what the browser has kept of an earlier visit is sent like an edit', () => {
  const earlier = beside('shared ')
  earlier.page.disconnect()
  earlier.page.edit([{ at: 7, remove: 0, insert: 'and kept' }])
  assert.equal(earlier.page.isSaved, false)
  const { page, other } = beside('')
  Y.applyUpdate(page.doc, Y.encodeStateAsUpdate(earlier.page.doc), 'from the device')
  assert.equal(page.isSaved, false)
  assert.equal(other.getText(sharedTextName).toString(), 'shared and kept')
  page.acknowledge(100)
  assert.equal(page.isSaved, true)
  earlier.page.destroy()
  page.destroy()
})

test('when the page was told what the server lacks before it was connected, nothing is sent', () => {
  const page = new CrdtReplica()
  page.edit([{ at: 0, remove: 0, insert: 'early' }])
  page.receive(0, Uint8Array.of(0))
  const sent: number[] = []
  page.connect((kind) => sent.push(kind))
  page.edit([{ at: 5, remove: 0, insert: '!' }])
  assert.deepEqual(sent, [0])
  page.receive(0, Uint8Array.of(0))
  assert.deepEqual(sent, [0, 2])
  assert.equal(page.isSaved, false)
  page.acknowledge(1)
  assert.equal(page.isSaved, true)
  page.destroy()
})
