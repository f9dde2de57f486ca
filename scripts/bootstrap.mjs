/**
 * Brings this copy of the project to the point where a command can run: Node, npm packages, system packages, the page.
 * Everything is looked at each time and done only when needed; when nothing is, it costs a few milliseconds and says nothing.
 *
 * The files under scripts/ that end in .mjs run on the host's Node, before anything is installed: plain JavaScript, no packages.
 */
import { alone } from './setup/lock.mjs'
import { bringNode, findNode } from './setup/node.mjs'
import { arePackagesInstalled, installPackages } from './setup/packages.mjs'
import { buildPage, isPageBuilt } from './setup/page.mjs'
import { makeStateFolder } from './setup/places.mjs'
import { fail } from './setup/steps.mjs'
import { installSystemPackages, missingFrom, systemPackages } from './setup/system-packages.mjs'

/**
 * @param {{ page?: boolean, system?: keyof typeof systemPackages, systemRequired?: boolean }} wants
 * @returns {Promise<string>} the path of the Node to run the project with
 */
export async function bootstrap({ page = false, system, systemRequired = false }) {
  makeStateFolder()
  const wanted = system === undefined ? [] : systemPackages[system]
  const readyNode = findNode()
  if (readyNode !== undefined && arePackagesInstalled() && missingFrom(wanted).length === 0 && (!page || isPageBuilt()))
    return readyNode
  return await alone(async () => {
    const missing = missingFrom(wanted)
    const [node] = await all([
      (async () => {
        const found = findNode() ?? (await bringNode())
        if (!arePackagesInstalled()) await installPackages(found)
        if (page && !isPageBuilt()) await buildPage(found)
        return found
      })(),
      missing.length > 0 ? installSystemPackages(missing, { required: systemRequired }) : undefined,
    ])
    return node
  })
}

/** Like Promise.all, but it waits for all to end before it fails: nothing goes on working behind the message. @template T @param {[Promise<T>, Promise<unknown> | undefined]} work */
async function all(work) {
  await Promise.allSettled(work)
  return await Promise.all(work)
}

/** Runs a command's main function; a failure is written as a person wants to read it. @param {() => Promise<void>} main */
export async function command(main) {
  try {
    await main()
  } catch (error) {
    fail(error)
  }
}
