import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOnlyOnce } from './only-once.ts'

const chunk = (...moduleIds: string[]) => ({ type: 'chunk', moduleIds })

test('a page with two copies of a library, or one in two pieces, is not built', () => {
  const yjs = '/a/node_modules/yjs/dist/yjs.mjs'
  checkOnlyOnce(
    { 'one.js': chunk(yjs, '/a/src/x.ts'), 'two.js': chunk('/a/node_modules/yjs-like/x.js'), 's.css': { type: 'asset' } },
    'yjs',
  )
  assert.throws(() => checkOnlyOnce({ 'one.js': chunk(yjs), 'two.js': chunk(yjs) }, 'yjs'), /one\.js, two\.js/)
  assert.throws(() => checkOnlyOnce({ 'one.js': chunk(yjs, '/a/b/node_modules/yjs/dist/yjs.cjs') }, 'yjs'), /more than once/)
})
