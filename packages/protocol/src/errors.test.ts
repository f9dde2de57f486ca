import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { closeCodeOf, errorCodes, statusOf, titleOf } from './errors.ts'

test('every refusal has a status for HTTP, a close code that an application may use, and a title', () => {
  for (const code of errorCodes) {
    assert.ok(statusOf(code) >= 400 && statusOf(code) < 600, code)
    const close = closeCodeOf(code)
    assert.ok((close >= 4000 && close < 5000) || close === 1011 || close === 1012, code)
    assert.match(titleOf(code), /^[A-Z].*[^.]$/)
    assert.match(code, /^[a-z]+(-[a-z]+)*$/)
  }
})

test('the table of errors in SPECIFICATION.md is this one, in the same order', () => {
  const specification = readFileSync(join(import.meta.dirname, '../../../SPECIFICATION.md'), 'utf8')
  const rows = errorCodes.map((code) => `| \`${code}\` | ${statusOf(code)} | ${closeCodeOf(code)} | ${titleOf(code)} |`)
  assert.ok(specification.includes(rows.join('\n')), `write into SPECIFICATION.md:\n${rows.join('\n')}`)
})
