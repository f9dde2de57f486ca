import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStore } from 'zustand/vanilla'
import { absentSurface } from '../editor/absent-surface.ts'
import { type DocumentsState, renamePaths } from './documents.ts'
import { savedState } from './save-state.ts'

const python = { id: 'python', name: 'Python', extensions: ['.py'], editorLanguage: 'python' } as never

test('the surface hears of a new name when its language is known already', () => {
  const store = createStore<DocumentsState>(() => ({
    ...{ tabs: ['notes.txt', 'other.txt'], active: 'notes.txt', keepsDrafts: true },
    open: { 'notes.txt': { kind: 'text', version: 1, save: savedState, live: null, language: 'plaintext' } },
  }))
  const renames: unknown[] = []
  const surface = {
    ...absentSurface,
    rename(from: string, to: string): void {
      const state = store.getState().open[to]
      renames.push([from, to, state?.kind === 'text' ? state.language : null])
    },
  }
  renamePaths(store, surface, 'notes.txt', 'main.py', [python])
  assert.deepEqual(renames, [['notes.txt', 'main.py', 'python']])
  assert.deepEqual(store.getState().tabs, ['main.py', 'other.txt'])
  assert.equal(store.getState().active, 'main.py')
})
