import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableOf } from './table.ts'

test('columns are as wide as their widest cell, and lines do not end in spaces', () => {
  assert.equal(
    tableOf(
      ['ID', 'NAME'],
      [
        ['1', 'one'],
        ['twenty', ''],
      ],
    ),
    'ID      NAME\n1       one\ntwenty\n',
  )
})

test('a name cannot steer the terminal', () => {
  assert.equal(tableOf(['NAME'], [['\u001b[2J\u009b1m\r\nx']]), 'NAME\n?[2J?1m??x\n')
})
