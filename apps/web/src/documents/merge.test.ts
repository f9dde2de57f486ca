import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeTexts } from './merge.ts'

test('edits of different lines are put together', () => {
  assert.equal(mergeTexts('a\nb\nc\nd\ne\n', 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\n'), 'A\nb\nc\nd\nE\n')
})

test('an edit on one side only is taken as it is', () => {
  assert.equal(mergeTexts('a', 'b', 'a'), 'b')
  assert.equal(mergeTexts('a', 'a', 'c'), 'c')
  assert.equal(mergeTexts('a', 'b', 'b'), 'b')
})

test('edits of the same line are not decided for the person', () => {
  assert.equal(mergeTexts('a\nb\nc', 'a\nB\nc', 'a\nbb\nc'), null)
})

test('a very long text is left to the person', () => {
  assert.equal(mergeTexts('x\n'.repeat(30_000), `a\n${'x\n'.repeat(30_000)}`, `${'x\n'.repeat(30_000)}b`), null)
})
