/** `npm run faults -- saves`, shortened: the long version is for a quiet hour. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { projectFolder } from './server-under-test.ts'

test('server and database are killed in the middle of saves, and every acknowledged save is there, in the file and in its history', async () => {
  const program = join(projectFolder, 'apps/lab/src/faults.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'saves', '--cycles', '2'], { cwd: projectFolder })
  const found = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number | boolean>
  const { lost, strange, missingVersions, holds, cycles } = found
  assert.deepEqual(
    { lost, strange, missingVersions, holds, cycles },
    { lost: 0, strange: 0, missingVersions: 0, holds: true, cycles: 2 },
    stdout,
  )
  for (const kind of ['acknowledged', 'inDoubt', 'blobs', 'checkedVersions'])
    assert.ok(Number(found[kind]) > 0, `${kind}: ${stdout}`)
})
