import assert from 'node:assert/strict'
import { test } from 'node:test'
import { embedOriginsOf, embedOriginsSetting } from './embed-origins.ts'

test('an embed stands in frames of every page, of none, or of those that are named', () => {
  assert.equal(embedOriginsOf(embedOriginsSetting('*')).ancestors, '*')
  assert.equal(embedOriginsOf(embedOriginsSetting(' none ')).ancestors, "'none'")
  const named = embedOriginsOf(embedOriginsSetting('https://docs.example.org, http://localhost:8000/'))
  assert.deepEqual(named.parents, ['https://docs.example.org', 'http://localhost:8000'])
  assert.equal(named.ancestors, "'self' https://docs.example.org http://localhost:8000")
})

test('what is no origin stops the start', () => {
  for (const odd of [
    '',
    'docs.example.org',
    'https://a.example/path',
    'ftp://a.example',
    'https://a.example; script-src *',
    'https://*.example.org',
  ])
    assert.throws(() => embedOriginsSetting(odd), /must be \*, none, or origins/, odd)
})
