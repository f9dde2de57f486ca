import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isolationToAskFor } from './isolation-choice.ts'

const offer = (level: 'container' | 'gvisor' | 'microvm', state: 'usable' | 'examining' | 'unusable') => ({
  ...{ level, state, summary: '', findings: [] },
})
const status = { isolations: [offer('container', 'usable'), offer('gvisor', 'examining'), offer('microvm', 'unusable')] }

test('a run asks for the wall that was chosen, also while the server still examines it', () => {
  assert.equal(isolationToAskFor('container', status), 'container')
  assert.equal(isolationToAskFor('gvisor', status), 'gvisor')
})

test('a run asks for none when none was chosen, or the server does not offer it any more', () => {
  assert.equal(isolationToAskFor(null, status), null)
  assert.equal(isolationToAskFor('microvm', status), null)
  assert.equal(isolationToAskFor('process', status), null)
})
