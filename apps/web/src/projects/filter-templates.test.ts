import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Template } from '@atelier/protocol/projects'
import { filterTemplates, languagesOf } from './filter-templates.ts'

const template = (id: string, language: string, description: string, ...tags: string[]): Template => ({
  ...{ id, name: id, description, language, tags, entryPoint: 'main' },
})
const all = [
  template('Units', 'python', 'Converts', 'command line', 'tests'),
  template('Weather', 'python', 'A plot', 'data'),
  template('Secret', 'go', 'Caesar', 'command line', 'tests'),
  template('Empty', '', ''),
]
const find = (search: string, language: string | null = null) =>
  filterTemplates(all, search, language, (id) => (id === 'go' ? 'Go' : id)).map(({ id }) => id)

test('each word of a search begins a word of the name, the description, the tags or the language', () => {
  assert.deepEqual(find('  TESTS line '), ['Units', 'Secret'])
  assert.deepEqual(find('tests go'), ['Secret'])
  assert.deepEqual(find('plot'), ['Weather'])
  assert.deepEqual(find('ests'), [])
  assert.deepEqual(find('nothing'), [])
  assert.deepEqual(find(''), ['Units', 'Weather', 'Secret', 'Empty'])
})

test('a language leaves its own templates; languages with most of them come first', () => {
  assert.deepEqual(find('tests', 'python'), ['Units'])
  assert.deepEqual(languagesOf(all), ['python', 'go'])
})
