/** The image that tests use: built once into a folder that is kept between runs, however many tests ask for it at once. */
import { join } from 'node:path'
import { silentLog } from '@atelier/base/log'
import { type LanguageDefinition, loadLanguages } from '../languages/manifest.ts'
import { Toolchain, type ToolchainImage } from './toolchain.ts'

const projectFolder = join(import.meta.dirname, '../../../..')

export const languagesFolder = join(projectFolder, 'languages')

/** ATELIER_TEST_TOOLCHAIN names another folder, for a CI that keeps it between machines. */
export const testToolchainFolder = process.env.ATELIER_TEST_TOOLCHAIN ?? join(projectFolder, '.atelier', 'test-toolchain')

/** Languages whose packages are small: every run of the tests adds them to the first, as a layer. */
const small = ['awk', 'bash', 'c', 'cpp', 'lua', 'perl', 'php', 'ruby', 'sql', 'tcl']

/** Ids of the languages to test beside the first: ATELIER_TEST_LANGUAGES names others, or `all`. */
export function testedLanguages(languages: readonly LanguageDefinition[]): readonly string[] {
  const asked = process.env.ATELIER_TEST_LANGUAGES ?? ''
  const rest = languages.filter((each) => each.image.comes !== 'first').map((each) => each.id)
  if (asked === 'all') return rest
  const ids = asked === '' ? small : asked.split(/[\s,]+/)
  const unknown = ids.find((id) => !rest.includes(id))
  if (unknown !== undefined) throw new Error(`ATELIER_TEST_LANGUAGES names "${unknown}", which is not a language to add`)
  return ids
}

/**
 * The image with the first languages, or, as a layer on it, with the ones given too. Throws with the reason and the remedy
 * where this machine cannot have an image.
 */
export async function ensureToolchainForTests(wanted: readonly string[] = []): Promise<ToolchainImage> {
  if (wanted.length > 0) await ensureToolchainForTests()
  const languages = await loadLanguages(languagesFolder)
  const toolchain = new Toolchain({
    folder: testToolchainFolder,
    languages,
    wanted,
    builds: true,
    environment: process.env,
    log: silentLog,
  })
  await toolchain.start()
  await toolchain.settled()
  const { state, image } = toolchain
  // Not closed then: until this process ends, nobody may remove the image.
  if (state.state === 'ready' && image !== null) return image
  await toolchain.close()
  throw new Error('reason' in state ? `no toolchain image: ${state.reason}. ${state.remedy}` : `the toolchain is ${state.state}`)
}
