import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadLanguages, loadPrograms } from '@atelier/sandbox/languages'
import { beginLanguage } from './new-language.ts'

test('a new language begins with a manifest and programs that can be loaded, and never over another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-new-language-'))
  try {
    const lua = { id: 'lua', name: 'Lua', extension: '.lua', command: '/usr/bin/lua5.4', packages: ['lua5.4'] }
    await beginLanguage(folder, lua)
    const [language] = await loadLanguages(folder)
    assert.ok(language !== undefined)
    assert.deepEqual(
      [language.id, language.image.packages, language.run.argv],
      ['lua', ['lua5.4'], ['/usr/bin/lua5.4', '{entry}']],
    )
    assert.equal((await loadPrograms(folder, language)).length, 4)
    await assert.rejects(beginLanguage(folder, lua), /There is a language in .*lua already/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
