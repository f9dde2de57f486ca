import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { followLanguageWishes, readLanguageWishes } from './language-wishes.ts'

const inFolder = async (work: (dataFolder: string) => Promise<void>): Promise<void> => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-wishes-'))
  try {
    await work(dataFolder)
  } finally {
    await rm(dataFolder, { recursive: true })
  }
}

test('without a file nothing is wished, and a file that cannot be used changes nothing', () =>
  inFolder(async (dataFolder) => {
    const options = { dataFolder, log: silentLog }
    assert.deepEqual(await readLanguageWishes(options), [])
    for (const text of ['', '{', '{"languages": "lua"}', '{"languages": ["../x"]}', `{"languages": ["${'a'.repeat(70_000)}"]}`]) {
      await writeFile(join(dataFolder, 'languages.json'), text)
      assert.equal(await readLanguageWishes(options), null, text.slice(0, 40))
    }
    await writeFile(join(dataFolder, 'languages.json'), '{"languages": ["lua", "c"]}')
    assert.deepEqual(await readLanguageWishes(options), ['lua', 'c'])
  }))

test('a file that takes the place of another is heard of, until one stops to listen', () =>
  inFolder(async (dataFolder) => {
    const heard = Promise.withResolvers<void>()
    const stop = followLanguageWishes({ dataFolder, log: silentLog }, (languages) => {
      if (languages[0] === 'lua') heard.resolve()
    })
    await writeFile(join(dataFolder, 'new'), '{"languages": ["lua"]}')
    await rename(join(dataFolder, 'new'), join(dataFolder, 'languages.json'))
    // The watch alone keeps no process alive.
    const alive = setInterval(() => {}, 1000)
    await heard.promise
    clearInterval(alive)
    stop()
  }))
