import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultDataFolder } from './data-folder.mjs'

test('data goes into the project, except where root has a project that nobody else may enter', async () => {
  const project = await mkdtemp(join(tmpdir(), 'atelier-project-'))
  try {
    assert.match(defaultDataFolder(false, project), /\.atelier\/data$/)
    assert.match(defaultDataFolder(true, project), /^\/var\/lib\/atelier\/atelier-project-\w+-[0-9a-f]{8}$/)
    await chmod(project, 0o711)
    assert.match(defaultDataFolder(true, project), /\.atelier\/data$/)
  } finally {
    await rm(project, { recursive: true })
  }
})
