/** The project's npm packages: installed when what lies in node_modules is not what package-lock.json says. */
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { runNpm } from './node.mjs'
import { inProject, projectFolder } from './places.mjs'
import { step } from './steps.mjs'

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean,
 *   os?: string | string[], cpu?: string | string[], libc?: string | string[] }} LockedPackage
 */

/** Compares with npm's own note of what it installed, which is written last: an interrupted installation has none. */
export function arePackagesInstalled() {
  try {
    const isThere = (/** @type {string} */ path) => existsSync(inProject(path, 'package.json'))
    return isAsLocked(lockedPackages('package-lock.json'), lockedPackages('node_modules/.package-lock.json'), isThere)
  } catch {
    return false
  }
}

/**
 * Optional packages count when they are made for this machine.
 * @param {Record<string, LockedPackage>} wanted @param {Record<string, LockedPackage>} installed @param {(path: string) => boolean} isThere
 */
export function isAsLocked(wanted, installed, isThere) {
  return Object.entries(wanted).every(([path, locked]) => {
    if (!path.startsWith('node_modules/') || locked.link) return isThere(path)
    if (!isForThisMachine(locked)) return true
    // What an optional package for other machines needs is optional too, and names no machine.
    if (locked.optional && locked.cpu === undefined && installed[path] === undefined) return true
    return installed[path]?.version === locked.version && installed[path]?.integrity === locked.integrity
  })
}

/** @param {string} node the Node that npm is run by */
export async function installPackages(node) {
  await step('packages', async () => {
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
    await runNpm(node, ['ci'], { cwd: projectFolder, env })
  })
}

/** @param {string} path @returns {Record<string, LockedPackage>} */
const lockedPackages = (path) => JSON.parse(readFileSync(inProject(path), 'utf8')).packages

/** @param {LockedPackage} locked */
function isForThisMachine({ os, cpu, libc }) {
  return allows(os, process.platform) && allows(cpu, process.arch) && allows(libc, 'glibc')
}

/** npm's rule: a list of names, or of names with "!" that are excluded. @param {string | string[] | undefined} rule @param {string} name */
function allows(rule, name) {
  const list = [rule ?? []].flat()
  const isExcluded = list.includes(`!${name}`)
  const names = list.filter((each) => !each.startsWith('!'))
  return !isExcluded && (names.length === 0 || names.includes(name))
}
