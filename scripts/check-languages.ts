/**
 * Brings languages into a toolchain image and runs their programs in real boxes; says for each how long "hello" takes the
 * first time and again. ATELIER_TEST_TOOLCHAIN names another folder for the images.
 */
import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '@atelier/sandbox/container/container'
import { LanguageCatalogue } from '@atelier/sandbox/languages/catalogue'
import { checkProgram, type ProgramCheck, programLimits } from '@atelier/sandbox/languages/check-program'
import { loadLanguages } from '@atelier/sandbox/languages/manifest'
import { loadPrograms } from '@atelier/sandbox/languages/programs'
import { languagesFolder, testToolchainFolder } from '@atelier/sandbox/toolchain/test-toolchain'
import { Toolchain } from '@atelier/sandbox/toolchain/toolchain'

const definitions = await loadLanguages(languagesFolder)
const asked = process.argv.slice(2)
const unknown = asked.find((name) => name !== 'all' && !definitions.some((each) => each.id === name))
if (unknown !== undefined) {
  console.error(`There is no folder languages/${unknown}.`)
  process.exit(1)
}
const chosen = definitions.filter(({ id }) => asked.includes('all') || asked.includes(id))

const toolchain = new Toolchain({
  ...{ folder: testToolchainFolder, languages: definitions, wanted: chosen.map((each) => each.id), builds: true },
  ...{ environment: process.env, isGentle: false, log: silentLog },
})
let step = ''
toolchain.onChange(() => {
  const { state } = toolchain
  if (state.state !== 'building' || state.step === step) return
  step = state.step
  console.log(`  ${step} …`)
})
await toolchain.start()
await toolchain.settled()
const { state, image } = toolchain
if (state.state !== 'ready' || image === null) {
  console.error('reason' in state ? `✗ ${state.reason}. ${state.remedy}` : `✗ the image is ${state.state}`)
  process.exit(1)
}
console.log(`Image of ${Math.round(image.sizeBytes / 2 ** 20)} MB, built in ${image.seconds} s\n`)

const nodeBinary = process.execPath
const catalogue = await LanguageCatalogue.open({ definitions, toolchain, nodeBinary })
const driver = createContainerDriver({ log: silentLog, nodeBinary, slots: 4, limits: programLimits })
// The first box of an image costs more than any other: it is nobody's.
await (await driver.open({ root: { kind: 'image', folder: image.folder }, warmth: 'exec' })).destroy()

let failures = 0
for (const definition of chosen) {
  const { id, name } = definition
  const binaries = new Map<string, Uint8Array>()
  const compiled: NonNullable<ProgramCheck['compiled']> = {
    find: async (key) => binaries.get(key) ?? null,
    keep: async (key, binary) => void binaries.set(key, binary),
  }
  const complaints: string[] = []
  const seconds: string[] = []
  const programs = await loadPrograms(languagesFolder, definition)
  for (const program of [...programs, ...programs.filter((each) => each.name === 'hello')]) {
    const startedAt = performance.now()
    const found = await checkProgram({ language: id, program, catalogue, driver, compiled })
    if (program.name === 'hello') seconds.push(((performance.now() - startedAt) / 1000).toFixed(2))
    complaints.push(...found.map((text) => `    ${program.name}: ${text}`))
  }
  const times = `hello ${seconds[0]} s, again ${seconds[1]} s`
  console.log(`${complaints.length === 0 ? '✓' : '✗'} ${name} ${image.versions[id] ?? ''}: ${programs.length} programs, ${times}`)
  for (const complaint of complaints) console.log(complaint)
  if (complaints.length > 0) failures += 1
}
catalogue.close()
await driver.close()
await toolchain.close()
process.exitCode = failures === 0 ? 0 : 1
