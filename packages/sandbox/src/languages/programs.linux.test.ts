import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '../container/container.ts'
import type { SandboxDriver } from '../sandbox.ts'
import { ensureToolchainForTests, languagesFolder, testedLanguages } from '../toolchain/test-toolchain.ts'
import type { ToolchainImage } from '../toolchain/toolchain.ts'
import { LanguageCatalogue } from './catalogue.ts'
import { checkProgram, programLimits } from './check-program.ts'
import { loadLanguages } from './manifest.ts'
import { loadPrograms } from './programs.ts'

const nodeBinary = process.execPath
const definitions = await loadLanguages(languagesFolder)
const tested = testedLanguages(definitions)
const programs = new Map(
  await Promise.all(definitions.map(async (each) => [each.id, await loadPrograms(languagesFolder, each)] as const)),
)

let driver: SandboxDriver
let image: ToolchainImage

const catalogueWith = (built: ToolchainImage | null): Promise<LanguageCatalogue> =>
  LanguageCatalogue.open({
    definitions,
    nodeBinary,
    toolchain: { state: { state: 'waiting' }, image: built, isWanted: () => true, onChange: () => () => {} },
  })

async function expectAll(language: string, catalogue: LanguageCatalogue): Promise<void> {
  for (const program of programs.get(language) ?? [])
    assert.deepEqual(await checkProgram({ language, program, catalogue, driver }), [], `${language}/${program.name}`)
}

describe('every program of every language does in a box what its folder says', () => {
  before(async () => {
    image = await ensureToolchainForTests(tested)
    driver = createContainerDriver({ log: silentLog, nodeBinary, slots: 4, limits: programLimits })
  })
  after(() => driver.close())

  for (const { id, name, host, image: wanted } of definitions) {
    if (wanted.comes !== 'first' && !tested.includes(id)) continue
    test(`${name} in the toolchain image`, async () => {
      const catalogue = await catalogueWith(image)
      await expectAll(id, catalogue)
      catalogue.close()
    })
    if (host === undefined) continue
    test(`${name} on this machine's own system, before there is an image`, async () => {
      const catalogue = await catalogueWith(null)
      await expectAll(id, catalogue)
      catalogue.close()
    })
  }
})
