import assert from 'node:assert/strict'
import { test } from 'node:test'
import { qrCodeOf } from './qr-code.ts'

/** The dark squares, as rows of text. */
function drawn(text: string): readonly string[] {
  const { path, size } = qrCodeOf(text)
  const rows = Array.from({ length: size }, () => Array<string>(size).fill(' '))
  for (const [, column, row] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    const line = rows[Number(row)]
    if (line !== undefined) line[Number(column)] = '#'
  }
  return rows.map((row) => row.join(''))
}

test('a link becomes a square with three finders and the white border that cameras need', () => {
  const rows = drawn('https://code.example.org/join/atl_j_ITr81iPwpKPx5txUSVF5edAPBRc-0H5R61kztFDN4Oc')
  const finder = ['#######', '#     #', '# ### #', '# ### #', '# ### #', '#     #', '#######']
  const at = (row: number, column: number) => finder.map((_, index) => rows[row + index]?.slice(column, column + 7))
  const far = rows.length - 4 - 7
  for (const [row, column] of [
    [4, 4],
    [4, far],
    [far, 4],
  ] as const)
    assert.deepEqual(at(row, column), finder)
  for (const row of [...rows.slice(0, 4), ...rows.slice(-4)]) assert.match(row, /^ *$/)
  for (const row of rows) assert.match(row, /^ {4}.* {4}$/)
})
