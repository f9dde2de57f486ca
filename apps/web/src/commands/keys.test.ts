import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comboOf, shownKeys } from './keys.ts'

const event = (
  key: string,
  modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {},
  code = '',
) => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
})

test('Ctrl is Mod, and Cmd is Mod on a Mac', () => {
  assert.equal(comboOf(event('s', { ctrlKey: true }), false), 'Mod+S')
  assert.equal(comboOf(event('s', { metaKey: true }), true), 'Mod+S')
  assert.equal(comboOf(event('P', { ctrlKey: true, shiftKey: true }), false), 'Mod+Shift+P')
  assert.equal(comboOf(event('Enter', { ctrlKey: true }), false), 'Mod+Enter')
})

test('function keys need no modifier, letters do', () => {
  assert.equal(comboOf(event('F5'), false), 'F5')
  assert.equal(comboOf(event('F5', { shiftKey: true }), false), 'Shift+F5')
  assert.equal(comboOf(event('a'), false), null)
  assert.equal(comboOf(event('A', { shiftKey: true }), false), null)
})

test('letters are found on keyboards of other scripts', () => {
  assert.equal(comboOf(event('ы', { ctrlKey: true }, 'KeyS'), false), 'Mod+S')
  assert.equal(comboOf(event('Dead', { ctrlKey: true }, 'Backquote'), false), 'Mod+`')
})

test('keys are shown as the system writes them', () => {
  assert.equal(shownKeys('Mod+Shift+P', false), 'Ctrl+Shift+P')
  assert.equal(shownKeys('Mod+Shift+P', true), '⇧⌘P')
  assert.equal(shownKeys('Mod+Enter', true), '⌘↩')
})
