import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DatabaseRefusal } from '../db/database-refusal.ts'
import { beginRestoring, finishRestore, type Part, restoringFolder, swap } from './restoring.ts'

const now = new Date('2026-11-20T12:00:00Z')
const parts: readonly Part[] = ['postgres', 'blobs', 'keys', 'languages.json']
const aside = 'replaced-2026-11-20-12-00-00'

/** A data folder with old parts, and new ones that wait in `restoring`. */
async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-restoring-'))
  for (const part of parts) await make(join(folder, part), 'old')
  await make(join(folder, 'toolchain'), 'old')
  const restoring = await beginRestoring(folder)
  for (const part of parts) await make(join(restoring, part), 'new')
  return { folder, restoring, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function make(path: string, text: string): Promise<void> {
  if (path.endsWith('.json')) return await writeFile(path, text)
  await mkdir(path)
  await writeFile(join(path, 'text'), text)
}

const textIn = (folder: string, part: string): Promise<string> =>
  readFile(part.endsWith('.json') ? join(folder, part) : join(folder, part, 'text'), 'utf8')

test('what was restored takes the place of what was there, which is kept beside it; the rest stays', async () => {
  await using t = await openFolder()
  assert.equal(await swap(t.folder, parts, now), join(t.folder, aside))
  for (const part of parts)
    assert.deepEqual([await textIn(t.folder, part), await textIn(join(t.folder, aside), part)], ['new', 'old'])
  assert.equal(await textIn(t.folder, 'toolchain'), 'old')
  assert.deepEqual((await readdir(t.folder)).sort(), [...parts, aside, 'toolchain'].sort())
})

test('a server does not start while a restore is not whole, says what to do, and goes on with the old data when that is done', async () => {
  await using t = await openFolder()
  await assert.rejects(finishRestore(t.folder), (error: Error) => {
    assert.ok(error instanceof DatabaseRefusal)
    assert.match(error.message, /"atelier restore" again; or delete .*restoring/)
    return true
  })
  await rm(restoringFolder(t.folder), { recursive: true })
  await finishRestore(t.folder)
  for (const part of parts) assert.equal(await textIn(t.folder, part), 'old')
})

test('a state that was not written whole counts as a restore that is not whole', async () => {
  await using t = await openFolder()
  for (const text of [
    '',
    '{',
    '{"phase":"swapping","parts":["../x"],"aside":"replaced-1"}',
    '{"phase":"swapping","parts":[],"aside":"../x"}',
  ]) {
    await writeFile(join(t.restoring, 'state.json'), text)
    await assert.rejects(finishRestore(t.folder), DatabaseRefusal, text)
  }
})

test('wherever the last renames were interrupted, the next start finishes them', async () => {
  // Each part takes two renames; `steps` of them were done when the power went.
  for (let steps = 0; steps <= 2 * parts.length; steps += 1) {
    await using t = await openFolder()
    await writeFile(join(t.restoring, 'state.json'), JSON.stringify({ phase: 'swapping', parts, aside }))
    await mkdir(join(t.folder, aside))
    for (let step = 0; step < steps; step += 1) {
      const part = parts[Math.floor(step / 2)] ?? ''
      const [from, to] = step % 2 === 0 ? [t.folder, join(t.folder, aside)] : [t.restoring, t.folder]
      await rename(join(from, part), join(to, part))
    }
    await finishRestore(t.folder)
    for (const part of parts)
      assert.deepEqual(
        [await textIn(t.folder, part), await textIn(join(t.folder, aside), part)],
        ['new', 'old'],
        `${steps} ${part}`,
      )
    assert.ok(!(await readdir(t.folder)).includes('restoring'))
  }
})

test('a folder that no restore touched is left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-restoring-'))
  await finishRestore(folder)
  assert.deepEqual(await readdir(folder), [])
  await rm(folder, { recursive: true })
})
