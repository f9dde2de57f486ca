/** The image that tests use: built once into a folder that is kept between runs, however many tests ask for it at once. */
import { join } from 'node:path'
import { silentLog } from '@atelier/base/log'
import { loadLanguages } from '../languages/manifest.ts'
import { Toolchain, type ToolchainImage } from './toolchain.ts'

const projectFolder = join(import.meta.dirname, '../../../..')

export const languagesFolder = join(projectFolder, 'languages')

/** ATELIER_TEST_TOOLCHAIN names another folder, for a CI that keeps it between machines. */
export const testToolchainFolder = process.env.ATELIER_TEST_TOOLCHAIN ?? join(projectFolder, '.atelier', 'test-toolchain')

/** Throws with the reason and the remedy where this machine cannot have an image. */
export async function ensureToolchainForTests(): Promise<ToolchainImage> {
  const languages = await loadLanguages(languagesFolder)
  const toolchain = new Toolchain({
    folder: testToolchainFolder,
    languages,
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
