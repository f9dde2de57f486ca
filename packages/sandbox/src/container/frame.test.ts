import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contractLimits, programOf } from '../contract/run-program.ts'
import { encodeFrame, processLimits } from './frame.ts'

describe('a frame', () => {
  it('is a length, NUL-ended strings with their counts, and the files’ bytes', () => {
    const program = programOf({ argv: ['main.py', 'ż'], environment: { A: 'b' }, files: { 'main.py': 'x=1', e: '' } })
    const bytes = Buffer.concat(encodeFrame(program, ['0=11']))
    const header = bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString()
    assert.deepEqual(header.split('\0'), [
      '2',
      'main.py',
      'ż',
      '1',
      'A',
      'b',
      '1',
      '0=11',
      '2',
      'main.py',
      '3',
      '',
      'e',
      '0',
      '',
      '0',
      '',
    ])
    assert.equal(bytes.subarray(4 + bytes.readUInt32BE(0)).toString(), 'x=1')
  })

  it('ends with what the program wishes', () => {
    const program = programOf({ argv: ['sh'], terminal: { columns: 80, rows: 24 } })
    assert.match(Buffer.concat(encodeFrame(program, [])).toString(), /1\0terminal\0$/)
  })

  it('is one piece when it is small, and copies nothing when it is large', () => {
    const small = programOf({ argv: ['a'], files: { a: 'x' } })
    assert.equal(encodeFrame(small, []).length, 1)
    const large = programOf({ argv: ['a'], files: { a: Buffer.alloc(100_000), b: '' } })
    const parts = encodeFrame(large, [])
    assert.equal(parts.length, 3)
    assert.equal(parts[2], large.files[0]?.content)
  })

  it('carries limits per process, more of them where there are no groups', () => {
    assert.deepEqual(processLimits(contractLimits, true), ['0=11', `1=${2 * contractLimits.diskBytes}`])
    assert.deepEqual(
      processLimits(contractLimits, false).map((limit) => limit.split('=')[0]),
      ['0', '1', '2', '6'],
    )
  })
})
