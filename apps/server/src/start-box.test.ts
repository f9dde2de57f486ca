import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StartBox, startBox } from './start-box.ts'

const box: Omit<StartBox, 'wall'> = {
  ...{ url: 'http://localhost:3000', dataFolder: '/data', adminUrl: null, seconds: 1, version: '1', columns: 80 },
  isolation: { level: 'container', summary: 'all namespaces', findings: [] },
}

test('a database without the second wall is told of at the start, with what to do; with it nothing is said', () => {
  const [why, remedy] = ['the user "school" may not create the role', 'As a superuser: CREATE ROLE school_member']
  const words = startBox({ ...box, wall: { role: null, why, remedy } }).replaceAll(/[│\s]+/g, ' ')
  assert.ok(words.includes(`Database ! row security is not in force: ${why} → ${remedy}`), words)
  assert.ok(!startBox({ ...box, wall: { role: 'atelier_member' } }).includes('row security'))
})
