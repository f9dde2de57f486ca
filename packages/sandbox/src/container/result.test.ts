import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BoxResult } from './result.ts'

const report = '{"status":256,"cpuUs":1500,"residentBytes":4096,"full":false}'

function read(...parts: string[]) {
  const heard: string[] = []
  const result = new BoxResult({ onReady: () => heard.push('ready'), onLeftovers: () => heard.push('leftovers') })
  for (const part of parts) result.push(Buffer.from(part))
  return { heard, result }
}

describe('the result of a box', () => {
  it('is heard however it is cut into pieces', () => {
    const { heard, result } = read('R\n', 'K\n', report.slice(0, 9), `${report.slice(9)}\n`)
    assert.deepEqual(heard, ['ready', 'leftovers'])
    assert.deepEqual(result.report, { status: 256, cpuMs: 1.5, residentBytes: 4096, full: false })
    const joined = read(`R\nK\n${report}\n`)
    assert.deepEqual([joined.heard, joined.result.report?.status], [['ready', 'leftovers'], 256])
  })

  it('is nothing until a whole line has come', () => {
    assert.deepEqual(
      [read().result.report, read('R\n').result.report, read(report).result.report, read(report).result.fault],
      [null, null, null, null],
    )
  })

  it('tells what failed before the program ran', () => {
    const { result } = read('{"fault":"OSError: mount"}\n')
    assert.deepEqual([result.report, result.fault], [null, 'OSError: mount'])
  })

  it('hands over collected files, and none that did not arrive whole', () => {
    const files = '[["a",3,false],["b",0,true],["c",9,false]]'
    const { result } = read('R\n', `${report.slice(0, -1)},"files":${files}}\nabc`, 'short')
    assert.deepEqual(
      result.collected.map((file) => [file.path, Buffer.from(file.content).toString(), file.executable]),
      [
        ['a', 'abc', false],
        ['b', '', true],
      ],
    )
  })
})
