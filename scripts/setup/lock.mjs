/** One set-up at a time in one copy of the project: the others wait, and then find everything done. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { inState, makeStateFolder } from './places.mjs'
import { note } from './steps.mjs'

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(work, lockFile = inState('setup.lock')) {
  makeStateFolder()
  const own = `${lockFile}.${process.pid}`
  writeFileSync(own, identityOf(process.pid) ?? '')
  try {
    let hasSaid = false
    while (!take(own, lockFile)) {
      if (!hasSaid) note(' · another process is setting up; waiting for it')
      hasSaid = true
      await delay(200)
    }
    return await work()
  } finally {
    if (readText(lockFile) === identityOf(process.pid)) rmSync(lockFile, { force: true })
    rmSync(own, { force: true })
  }
}

/** @param {string} own @param {string} lockFile */
function take(own, lockFile) {
  try {
    linkSync(own, lockFile) // fails when there is one: the file system decides who was first
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
  }
  const holder = readText(lockFile)
  if (holder === undefined || holder === identityOf(Number.parseInt(holder, 10))) return false
  // Its process is gone. Only one of those who see that can move it away; a fresh lock moved by mistake is put back.
  const stale = `${own}.stale`
  try {
    renameSync(lockFile, stale)
    if (readText(stale) !== holder) linkSync(stale, lockFile)
    rmSync(stale)
  } catch {
    // Somebody else was faster.
  }
  return false
}

/** A process id with its start time: together never used twice. @param {number} pid */
function identityOf(pid) {
  const status = readText(`/proc/${pid}/stat`)
  if (status === undefined) return undefined
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  return 'ZX'.includes(fields[0] ?? '') ? undefined : `${pid} ${fields[19]}`
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
