import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '../container/container.ts'
import type { SandboxDriver } from '../sandbox.ts'
import { ensureToolchainForTests, languagesFolder } from '../toolchain/test-toolchain.ts'
import type { ToolchainImage } from '../toolchain/toolchain.ts'
import { LanguageCatalogue } from './catalogue.ts'
import { loadLanguages } from './manifest.ts'
import { loadPrograms } from './programs.ts'
import { runPlan } from './run-program.ts'

const limits = {
  ...{ cpuMs: 20_000, wallMs: 60_000, memoryBytes: 256 * 2 ** 20, processes: 64 },
  ...{ diskBytes: 64 * 2 ** 20, diskFiles: 10_000, outputBytes: 2 ** 20 },
}
const nodeBinary = process.execPath
const definitions = await loadLanguages(languagesFolder)
const programs = new Map(
  await Promise.all(definitions.map(async (each) => [each.id, await loadPrograms(languagesFolder, each)] as const)),
)

let driver: SandboxDriver
let image: ToolchainImage

const catalogueWith = (built: ToolchainImage | null): Promise<LanguageCatalogue> =>
  LanguageCatalogue.open({
    definitions,
    nodeBinary,
    toolchain: { state: { state: 'waiting' }, image: built, onChange: () => () => {} },
  })

async function expectAll(id: string, catalogue: LanguageCatalogue): Promise<void> {
  for (const { name, entryPoint, files, expected } of programs.get(id) ?? []) {
    const plan = catalogue.plan({ language: id, entryPoint, args: expected.args, environment: {}, files, limits })
    const { stage, end, stdout, stderr } = await runPlan(driver, plan, expected.stdin)
    const observed = { stage, reason: end.reason, exitCode: end.exitCode, stdout }
    const { stage: wantedStage, reason, exitCode, stdout: wantedOutput, stderrContains } = expected
    const wanted = { stage: wantedStage, reason, exitCode, stdout: wantedOutput }
    assert.deepEqual(observed, wanted, `${id}/${name}: ${stderr} ${end.fault ?? ''}`)
    for (const part of stderrContains) assert.ok(stderr.includes(part), `${id}/${name}: "${part}" is not in ${stderr}`)
    if (stderrContains.length === 0) assert.equal(stderr, '', `${id}/${name}`)
    assert.ok(!stderr.includes(image.folder), `${id}/${name} shows a path of this machine: ${stderr}`)
  }
}

describe('every program of every language does in a box what its folder says', () => {
  before(async () => {
    image = await ensureToolchainForTests()
    driver = createContainerDriver({ log: silentLog, nodeBinary, slots: 4, limits })
  })
  after(() => driver.close())

  for (const { id, name, host } of definitions) {
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
